// Mixes by hand: shares × the IPCC's medians.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Codes, EXPECTED_WITHIN_MS, holesNote, type MixRow, mixIntensity, mixPoints } from './mix.ts';

const HOUR = 3_600_000;
const CODES: Codes = { COL: 'coal', NG: 'gas', NUC: 'nuclear', WAT: 'hydro', WND: 'wind', PS: 'storage' };
const row = (hour: number, given: Record<string, number>): MixRow => ({
  ...{ from_ms: hour * HOUR, to_ms: (hour + 1) * HOUR },
  by_code: new Map(Object.entries(given)),
});

describe('one mix', () => {
  test.each<[string, Record<string, number>, number | null, number | null]>([
    ['half coal, half wind: (820 + 11) / 2 and 760 / 2', { COL: 500, WND: 500 }, 415.5, 380],
    ['3 gas, 1 nuclear: (3 × 490 + 12) / 4 and 3 × 370 / 4', { NG: 300, NUC: 100 }, 370.5, 277.5],
    ['a code that nobody knows is the documented default', { XYZ: 10 }, 700, 575],
    ['a code by the name of a property of every object too', { constructor: 10 }, 700, 575],
    ['pumping is no generation', { NG: 100, WAT: -900 }, 490, 370],
    ['storage is no generation, given or taken', { NG: 100, PS: 300 }, 490, 370],
    ['nothing is generated', { NG: 0, WAT: -5 }, null, null],
    ['nothing is known', {}, null, null],
  ])('%s', (_, given, lifecycle, direct) => {
    expect(mixIntensity(row(0, given), CODES, 'lifecycle')).toBe(lifecycle);
    expect(mixIntensity(row(0, given), CODES, 'direct')).toBe(direct);
  });

  test('it lies between the factors of what is in it, whatever the amounts', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (coal, wind) => {
          const g = mixIntensity(row(0, { COL: coal, WND: wind }), CODES, 'lifecycle')!;
          expect(g).toBeGreaterThanOrEqual(11 - 1e-9);
          expect(g).toBeLessThanOrEqual(820 + 1e-9);
        },
      ),
    );
  });
});

describe('mixes over time', () => {
  test('a kind that is missing makes a hole, in the middle and at the end', () => {
    const rows = [row(0, { COL: 1, WND: 1 }), row(1, { WND: 1 }), row(2, { COL: 1, WND: 1 }), row(3, { COL: 1 })];
    const { points, lacking } = mixPoints(rows, CODES, 'lifecycle');
    expect(points.map(({ from_ms, g_per_kwh }) => [from_ms / HOUR, g_per_kwh])).toEqual([
      [0, 415.5],
      [2, 415.5],
    ]);
    expect(lacking).toEqual([[], ['COL'], [], ['WND']]);
    expect(holesNote(rows, lacking, { from_ms: 0, to_ms: 4 * HOUR })).toEqual([
      '2 pieces are left out: not every kind of generation is reported there (COL, WND)',
    ]);
    expect(holesNote(rows, lacking, { from_ms: 0, to_ms: HOUR })).toEqual([]);
  });

  test('a kind that ended for good (Germany’s reactors, April 2023) is not waited for longer than a week', () => {
    const last = EXPECTED_WITHIN_MS / HOUR;
    const rows = [row(0, { COL: 1, NUC: 1 }), row(last, { COL: 1 }), row(last + 1, { COL: 1 })];
    expect(mixPoints(rows, CODES, 'direct').points.map(({ from_ms }) => from_ms / HOUR)).toEqual([0, last + 1]);
  });

  test('storage that is not reported is not missed', () => {
    const rows = [row(0, { COL: 1, PS: 5 }), row(1, { COL: 1 })];
    expect(mixPoints(rows, CODES, 'direct').points.length).toBe(2);
  });

  test('a row in which nothing is generated is a hole, not 0', () => {
    expect(mixPoints([row(0, { COL: 0 })], CODES, 'direct')).toEqual({ points: [], lacking: [[]] });
  });
});
