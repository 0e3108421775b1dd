import { expect, test } from 'vitest';
import type { Grid, Quality } from './grid-document.ts';
import { cleanestOf, gridHeat, HOUR_MS, hoursOf, pastMean, pointAt, spanOf } from './grid-hours.ts';

const T = Date.UTC(2026, 10, 28);
const at = (h: number) => T + h * HOUR_MS;
/** Pieces of an hour, or as long as given. */
const grid = (pieces: readonly (readonly [from: number, to: number, g: number, quality?: Quality])[]): Grid => ({
  ...{ zone: 'DE', kind: 'average', scope: 'lifecycle', from_ms: T, to_ms: at(48), mean_g_per_kwh: null, coverage: 1 },
  ...{ schema: 'joulebook/grid/v1', provider: null, region: null, basis: null, holes: [], source: '', licence: '' },
  ...{ issued_at_ms: null, sources: [], warnings: [] },
  points: pieces.map(([from, to, g_per_kwh, quality = 'measured']) => ({
    ...{ from_ms: at(from), to_ms: at(to), g_per_kwh, quality, provider: quality === 'measured' ? 'neso' : 'file' },
    retrieved_at_ms: null,
  })),
});

test('the span begins at a midnight, and ends at a whole hour', () => {
  expect(spanOf(at(9.5), { days: 2, ahead_h: 24 })).toEqual({ from_ms: at(-24), to_ms: at(34) });
  expect(spanOf(at(9), { days: 1, ahead_h: 24 })).toEqual({ from_ms: at(0), to_ms: at(33) });
});

test('an hour is the mean of its parts by time, and unknown where a part is missing', () => {
  const known = grid([
    [0, 0.25, 400],
    [0.25, 1, 200],
    [1, 1.5, 100],
    [2, 3, 300, 'forecast'],
  ]);
  expect(hoursOf(known, { from_ms: at(0), to_ms: at(4) })).toEqual([
    { g_per_kwh: 250, expected: false, note: 'measured by neso' },
    { g_per_kwh: null, expected: false, note: null },
    { g_per_kwh: 300, expected: true, note: 'forecast by file' },
    { g_per_kwh: null, expected: false, note: null },
  ]);
});

test('the heat map tells the hours in UTC, and where now is', () => {
  const heat = gridHeat([grid([[0, 1, 400]])], { from_ms: at(0), to_ms: at(2) }, at(0.5));
  expect(heat).toMatchObject({
    columns: ['28 Nov 00:00', '28 Nov 01:00'],
    rows: ['DE'],
    values: [[400, null]],
    line: { column: 0.5 },
  });
});

test('the cleanest stretch is the one with the least mean, against a start now', () => {
  // Two hours from 10:30 on: half of 400, then 200, then half of 100; best from 12:00 on, at 100 and 160.
  const known = grid([
    [10, 11, 400],
    [11, 12, 200, 'forecast'],
    [12, 13, 100, 'forecast'],
    [13, 14, 160, 'forecast'],
    [14, 15, 500, 'forecast'],
  ]);
  const found = cleanestOf(known, { now_ms: at(10.5), to_ms: at(15), long_ms: 2 * HOUR_MS });
  expect(found).toMatchObject({ start: { at_ms: at(12), g_per_kwh: expect.closeTo(130, 9) }, qualities: ['forecast'] });
  // (0.5 × 400 + 200 + 0.5 × 100) ÷ 2 = 225; 1 − 130 ÷ 225.
  expect(found.start === null ? null : found.now?.g_per_kwh).toBeCloseTo(225, 9);
  expect(found.start === null ? null : found.saved).toBeCloseTo(1 - 130 / 225, 9);
});

test('where no hour is known apart, or a hole is in every stretch, it says why there is none', () => {
  const why = (of: Grid, long = 2) => {
    const found = cleanestOf(of, { now_ms: at(10), to_ms: at(15), long_ms: long * HOUR_MS });
    return found.start === null ? found.why : null;
  };
  expect(why(grid([[0, 48, 380, 'annual']]))).toBe('only the annual mean is known, which tells no hour from another');
  expect(why(grid([[0, 9, 380]]))).toBe('nothing is known of the coming hours');
  expect(
    why(
      grid([
        [10, 11, 380],
        [12, 13, 300],
      ]),
    ),
  ).toBe('no stretch of that length is all known');
  expect(why(grid([[10, 15, 380]]), 6)).toBe('the load is longer than the time that is looked at');
});

test('the past is told without what is a mean of a year', () => {
  const known = grid([
    [0, 6, 100],
    [6, 12, 300],
    [12, 48, 380, 'annual'],
  ]);
  expect(pastMean(known, { from_ms: at(0), to_ms: at(24) })).toEqual({ mean: 200, coverage: 0.5 });
  expect(pastMean(grid([]), { from_ms: at(0), to_ms: at(24) })).toEqual({ mean: null, coverage: 0 });
  expect(pointAt(known, at(6))?.g_per_kwh).toBe(300);
});
