import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { characterOf, evidenceOf, withOwn } from './evidence.ts';
import type { Piece } from './knowledge.ts';
import type { IntensitySeries } from './series.ts';

const H = 3_600_000;
const piece = (from_h: number, to_h: number, g: number, more: Partial<Piece> = {}): Piece => ({
  ...{ from_ms: from_h * H, to_ms: to_h * H, g_per_kwh: g, quality: 'forecast', retrieved_at_ms: 0 },
  ...more,
});
const span = { from_ms: 10 * H, to_ms: 20 * H };

describe('how even a zone is', () => {
  test('three quarters of the time 200, a quarter 400: mean 250, deviation √7500 = 86.6', () => {
    const { mean_g_per_kwh, variation } = characterOf([piece(0, 126, 200), piece(126, 168, 400)])!;
    expect(mean_g_per_kwh).toBeCloseTo(250, 9);
    expect(variation).toBeCloseTo(86.6025 / 250, 5);
  });

  test('less than a week, or nothing but zeros, tells nothing', () => {
    expect(characterOf([piece(0, 167, 200)])).toBeNull();
    expect(characterOf([])).toBeNull();
    expect(characterOf([piece(0, 400, 0)])).toBeNull();
  });

  test('however time is cut, it is the same', () => {
    const values = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 168, maxLength: 200 });
    fc.assert(
      fc.property(values, (all) => {
        const hours = characterOf(all.map((g, i) => piece(i, i + 1, g)))!;
        const halves = characterOf(all.flatMap((g, i) => [piece(i, i + 0.5, g), piece(i + 0.5, i + 1, g)]))!;
        expect(halves.mean_g_per_kwh / hours.mean_g_per_kwh).toBeCloseTo(1, 9);
        expect(halves.variation).toBeCloseTo(hours.variation, 9);
      }),
      { numRuns: 20 },
    );
  });
});

test('the lead is that of what the run used, on average', () => {
  const made = { issued_at_ms: 4 * H };
  const pieces = [piece(0, 10, 1, made), piece(10, 12, 1, made), piece(12, 24, 1, { issued_at_ms: 5 * H })];
  // 2 h at a lead of 7 h, 8 h (of the piece 12 to 24) at 13 h.
  expect(evidenceOf(pieces, span, null)).toEqual({ lead_h: (2 * 7 + 8 * 13) / 10 });
});

test('weeks are a mean over the run too; what is not known is not there', () => {
  const pieces = [piece(10, 15, 1, { weeks: 4 }), piece(15, 20, 1, { weeks: 1 }), piece(20, 30, 1, { weeks: 1 })];
  const known = { mean_g_per_kwh: 1, variation: 0.2 };
  expect(evidenceOf(pieces, span, known)).toEqual({ weeks: 2.5, known });
  expect(evidenceOf([piece(0, 50, 1)], span, null)).toEqual({});
});

test('what the user’s own series shows of the zone is said of what follows it, unless more is known', () => {
  const series = (hours: number, more: Partial<IntensitySeries> = {}): IntensitySeries => ({
    ...{ zone: 'DE', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured' },
    ...{ source: '', licence: '', year: null },
    from_ms: Float64Array.from({ length: hours }, (_, i) => i * H),
    to_ms: Float64Array.from({ length: hours }, (_, i) => (i + 1) * H),
    g_per_kwh: Float64Array.from({ length: hours }, (_, i) => (i % 2 === 0 ? 100 : 300)),
    ...more,
  });
  const told = { known: { mean_g_per_kwh: 7, variation: 0.7 } };
  const after = withOwn([series(168)], [series(1, { quality: 'annual' }), series(1, { evidence: told })]);
  expect(after[0]!.evidence).toBeUndefined();
  expect(after[1]!.evidence!.known).toEqual({ mean_g_per_kwh: 200, variation: expect.closeTo(0.5, 9) });
  expect(after[2]!.evidence).toEqual(told);
  const annual = series(1, { quality: 'annual' });
  expect(withOwn([series(24)], [annual])[1]).toBe(annual);
});
