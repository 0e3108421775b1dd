import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import { addCells, spread } from './operational.ts';
import { attributed, type Cause, gridChanges, type Stage } from './restate.ts';

const H = 3_600_000;
/** Hours from 0 on; null is a hole. */
const series = (values: readonly (number | null)[], more: Partial<IntensitySeries> = {}): IntensitySeries => {
  const told = values.flatMap((g, i) => (g === null ? [] : [[i, g] as const]));
  return {
    ...{ zone: 'FR', provider: 'p', kind: 'average', scope: 'lifecycle', quality: 'measured', source: 's' },
    ...{ licence: 'l', year: null, ...more },
    from_ms: Float64Array.from(told, ([i]) => i * H),
    to_ms: Float64Array.from(told, ([i]) => (i + 1) * H),
    g_per_kwh: Float64Array.from(told, ([, g]) => g),
  };
};
/** 1 kWh in each of so many hours. */
const hours = (count: number) => ({
  from_ms: Array.from({ length: count }, (_, i) => i * H),
  to_ms: Array.from({ length: count }, (_, i) => (i + 1) * H),
  energy_j: new Array<number>(count).fill(3.6e6),
});

describe('what the grid changed', () => {
  test('France 2022: 101 becomes 90 g/kWh, over the hours that it is of', () => {
    const now = series([90, 90], { retrieved_at_ms: 7 });
    expect(gridChanges(hours(2), [series([101, 101])], [now])).toEqual([
      {
        ...{ before: expect.objectContaining({ quality: 'measured' }), after: now },
        ...{ from_ms: 0, to_ms: 2 * H, ms: 2 * H, energy_j: 7.2e6, before_g: 202, after_g: 180 },
      },
    ]);
  });

  test('an hour that stays is in no change; estimated hours that are measured now are one, revised ones another', () => {
    const estimated = series([null, 200, 300], { quality: 'estimated' });
    const found = gridChanges(hours(4), [series([100, null, null, 400]), estimated], [series([100, 210, 290, 500])]);
    expect(
      found.map(({ before, after, ms, before_g, after_g }) => [
        before?.quality,
        after?.quality,
        ms / H,
        before_g,
        after_g,
      ]),
    ).toEqual([
      ['measured', 'measured', 1, 400, 500],
      ['estimated', 'measured', 2, 500, 500],
    ]);
  });

  test('what was unknown has no series, and 0 g is not said of it', () => {
    const [change] = gridChanges(hours(2), [series([100])], [series([100, 50])]);
    expect(change).toMatchObject({ before: null, before_g: 0, after_g: 50, ms: H, from_ms: H });
  });

  test('an interval across a breakpoint is cut there', () => {
    const long = { from_ms: [0], to_ms: [2 * H], energy_j: [7.2e6] };
    expect(gridChanges(long, [series([100, 100])], [series([100, 90])])).toMatchObject([
      { from_ms: H, to_ms: 2 * H, before_g: 100, after_g: 90 },
    ]);
  });

  test('no energy, no change', () => {
    expect(gridChanges({ from_ms: [], to_ms: [], energy_j: [] }, [series([1])], [series([2])])).toEqual([]);
  });

  test('changes of whole chains add up to the difference of the accounts', () => {
    const values = fc.array(fc.option(fc.integer({ min: 1, max: 900 })), { minLength: 6, maxLength: 6 });
    const qualities = ['measured', 'estimated', 'forecast'] as const;
    const chain = fc
      .tuple(values, values, values)
      .map((all) => [
        ...all.map((one, i) => series(one, { quality: qualities[i]! })),
        series([50, 50, 50, 50, 50, 50], { quality: 'annual' }),
      ]);
    fc.assert(
      fc.property(chain, chain, (before, after) => {
        const grams = (one: IntensitySeries[]) => addCells(spread(hours(6), [0, 6 * H], one)).emissions_g;
        const sum = gridChanges(hours(6), before, after).reduce((s, c) => s + c.after_g - c.before_g, 0);
        expect(sum).toBeCloseTo(grams(after) - grams(before), 9);
      }),
    );
  });
});

describe('causes in their order', () => {
  const A = 'average lifecycle';
  const cause = (what: string, by: Cause['by'] = 'amendment', change_g: number | null = null): Cause => ({
    by,
    what,
    change_g,
  });
  const stage = (value_g: number | null, causes: Cause[], basis: string | null = A): Stage => ({
    value_g,
    basis,
    causes,
  });

  test('each is the account with it less the one before: 120 → 110 by PUE, → 99 by the grid', () => {
    const grid = [cause('a', 'grid', -10), cause('b', 'grid', -1)];
    expect(attributed({ value_g: 120, basis: A }, [stage(110, [cause('PUE')]), stage(99, grid)])).toEqual([
      cause('PUE', 'amendment', -10),
      ...grid,
    ]);
  });

  test('an unknown account in between: what is on both sides of it is told as one', () => {
    const stages = [stage(null, [cause('zone XX')], null), stage(80, [cause('zone FR')])];
    expect(attributed({ value_g: 100, basis: A }, stages)).toEqual([cause('zone XX; zone FR', 'amendment', -20)]);
  });

  test('another kind or scope is not subtracted, at the end or in between', () => {
    const direct = stage(70, [cause('zone US')], 'average direct');
    expect(attributed({ value_g: 100, basis: A }, [direct])).toEqual([cause('zone US')]);
    expect(attributed({ value_g: 100, basis: A }, [direct, stage(90, [cause('back')])])).toEqual([
      cause('zone US; back', 'amendment', -10),
    ]);
  });

  test('an account that was unknown has causes without grams', () => {
    expect(attributed({ value_g: null, basis: null }, [stage(80, [cause('zone FR')])])).toEqual([cause('zone FR')]);
  });

  test('whatever came in between, the causes add up to the whole change', () => {
    const value = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { freq: 4 });
    const between = fc.record({
      value,
      basis: fc.constantFrom(A, A, 'average direct'),
      parts: fc.integer({ min: 1, max: 3 }),
    });
    const known = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(known, fc.array(between), known, (first, stages, last) => {
        const all = [
          ...stages.map((one) =>
            stage(
              one.value,
              Array.from({ length: one.parts }, (_, i) => cause(`${i}`)),
              one.basis,
            ),
          ),
          stage(last, [cause('grid', 'grid', 1), cause('more', 'grid', -3)]),
        ];
        const causes = attributed({ value_g: first, basis: A }, all);
        expect(causes.every(({ change_g }) => change_g !== null)).toBe(true);
        const sum = causes.reduce((s, { change_g }) => s + change_g!, 0);
        expect(Math.abs(sum - (last - first))).toBeLessThanOrEqual(1e-12 * 1e6 * (all.length + 2));
      }),
    );
  });
});
