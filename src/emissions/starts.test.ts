// The best of the starts that are tried is the best of all starts: against every millisecond, summed up one by one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IntensitySeries, intensityAt } from '../grid/series.ts';
import { profileOf, startAt, startsOf, steady } from './starts.ts';

const series = (values: readonly (number | null)[], step: number): IntensitySeries => {
  const known = values.flatMap((g, i) => (g === null ? [] : [{ from: i * step, g }]));
  return {
    ...{ zone: '', provider: '', kind: 'average', scope: 'direct', quality: 'measured', source: '', licence: '' },
    from_ms: Float64Array.from(known, ({ from }) => from),
    to_ms: Float64Array.from(known, ({ from }) => from + step),
    g_per_kwh: Float64Array.from(known, ({ g }) => g),
    year: null,
  };
};
/** The mean from a start on, a millisecond after the other; null where one of them is not known. */
const byMillisecond = (power: readonly number[], course: IntensitySeries, at: number) => {
  const known = power.map((_, i) => intensityAt(course, at + i));
  if (known.some((g, i) => g === null && power[i]! > 0)) return null;
  const total = power.reduce((s, p) => s + p, 0);
  return power.reduce((s, p, i) => s + (p / total) * (known[i] ?? 0), 0);
};

const values = fc.array(fc.option(fc.integer({ min: 0, max: 900 }), { freq: 9 }), { minLength: 2, maxLength: 20 });
const power = fc
  .array(fc.tuple(fc.constantFrom(0, 100, 300, 700), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 5 })
  .filter((parts) => parts.some(([watts]) => watts > 0));
/** One interval a part: only its edges are the load's. */
const usedBy = (parts: readonly (readonly [watts: number, long: number])[]) => {
  const ends = parts.map((_, i) => parts.slice(0, i + 1).reduce((s, [, long]) => s + long, 0));
  const energy_j = parts.map(([watts, long]) => watts * long);
  return { from_ms: [0, ...ends.slice(0, -1)], to_ms: ends, energy_j };
};

describe('starts', () => {
  test('each has the mean that its milliseconds add up to, and no other start is better than the best', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 9 }), power, fc.nat(40), (all, step, parts, from_ms) => {
        const course = series(all, step);
        const watts = parts.flatMap(([power, long]) => Array<number>(long).fill(power));
        const profile = profileOf(usedBy(parts), { from: 0, to: watts.length });
        const window = { from_ms, to_ms: from_ms + 60 };
        const { starts } = startsOf(profile, [course], window);
        for (const { at_ms, g_per_kwh } of starts)
          expect(g_per_kwh).toBeCloseTo(byMillisecond(watts, course, at_ms)!, 6);
        const every = Array.from({ length: 61 }, (_, i) => byMillisecond(watts, course, from_ms + i));
        const least = Math.min(...every.filter((g) => g !== null));
        const best = Math.min(...starts.map(({ g_per_kwh }) => g_per_kwh));
        if (Number.isFinite(least)) expect(best).toBeCloseTo(least, 6);
        else expect(best).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 400 },
    );
  });

  test('a start in the middle of a piece: six hours from half past one, by hand', () => {
    const HOUR = 3_600_000;
    const course = series([100, 200, 300, 400, 500, 600, 700, 800], HOUR);
    // ½ · 200 + 300 + 400 + 500 + 600 + 700 + ½ · 800, over six hours
    expect(startAt(steady(6 * HOUR, 1), [course], 1.5 * HOUR)).toEqual({
      ...{ at_ms: 1.5 * HOUR, g_per_kwh: expect.closeTo(500, 9) },
    });
    expect(startAt(steady(6 * HOUR, 1), [course], 2.5 * HOUR)).toBeNull();
  });

  test('ten thousand rows are told in two hundred cells, with all their energy', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => i);
    const used = { from_ms: rows, to_ms: rows.map((i) => i + 1), energy_j: rows.map(() => 0.5) };
    const { edges_ms, energy_j } = profileOf(used, { from: 0, to: 10_000 });
    expect([edges_ms.length, edges_ms[0], edges_ms[200]]).toEqual([201, 0, 10_000]);
    for (const j of energy_j) expect(j).toBeCloseTo(25, 9);
  });
});
