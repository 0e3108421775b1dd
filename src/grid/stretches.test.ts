import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IntensityPart, type IntensitySeries, intensityAt } from './series.ts';
import { cleanestStart, holesIn, meanOver, type Stretch, standing, stretchesOf } from './stretches.ts';

const series = (
  pieces: readonly (readonly [from: number, to: number, g: number])[],
  quality: IntensityPart['quality'] = 'measured',
): IntensitySeries => ({
  ...{
    zone: 'DE',
    provider: quality,
    kind: 'average',
    scope: 'lifecycle',
    quality,
    source: '',
    licence: '',
    year: null,
  },
  from_ms: Float64Array.from(pieces, ([from]) => from),
  to_ms: Float64Array.from(pieces, ([, to]) => to),
  g_per_kwh: Float64Array.from(pieces, ([, , g]) => g),
});
const span = { from_ms: 0, to_ms: 100 };
const told = (course: readonly Stretch[]) => course.map((one) => [one.from_ms, one.to_ms, one.g_per_kwh, one.quality]);

describe('a chain as one course', () => {
  const measured = series([
    [-5, 10, 1],
    [30, 50, 2],
  ]);
  const forecast = series([[0, 40, 3]], 'forecast');
  test('the first that knows counts, what no one knows is a hole', () => {
    const course = stretchesOf([measured, forecast], span);
    expect(told(course)).toEqual([
      [0, 10, 1, 'measured'],
      [10, 30, 3, 'forecast'],
      [30, 50, 2, 'measured'],
    ]);
    expect(holesIn(course, span)).toEqual([{ from_ms: 50, to_ms: 100 }]);
    // (10 × 1 + 20 × 3 + 20 × 2) / 50
    expect(meanOver(course, span)).toEqual({ mean_g_per_kwh: 2.2, coverage: 0.5 });
  });

  test('an annual mean fills all that is left', () => {
    const annual = series([[-Infinity, Infinity, 9]], 'annual');
    expect(told(stretchesOf([measured, annual], span))).toEqual([
      [0, 10, 1, 'measured'],
      [10, 30, 9, 'annual'],
      [30, 50, 2, 'measured'],
      [50, 100, 9, 'annual'],
    ]);
  });

  test('nothing at all', () => {
    expect(stretchesOf([], span)).toEqual([]);
    expect(holesIn([], span)).toEqual([span]);
    expect(meanOver([], span)).toEqual({ mean_g_per_kwh: null, coverage: 0 });
  });

  test('at every instant what the chain says, instant by instant', () => {
    const pieces = fc
      .uniqueArray(fc.integer({ min: -5, max: 25 }), { maxLength: 12 })
      .map((edges) => edges.sort((a, b) => a - b))
      .map((edges) => edges.slice(1).flatMap((to, i) => (to % 3 === 0 ? [] : [[edges[i]!, to, to] as const])));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 4 }), (chain) => {
        const all = chain.map((one) => series(one));
        const course = stretchesOf(all, { from_ms: 0, to_ms: 20 });
        for (let at = 0; at < 20; at++) {
          const wanted = all.map((one) => intensityAt(one, at)).find((g) => g !== null) ?? null;
          const found = course.filter(({ from_ms, to_ms }) => at >= from_ms && at < to_ms);
          expect(found.map(({ g_per_kwh }) => g_per_kwh)).toEqual(wanted === null ? [] : [wanted]);
        }
      }),
    );
  });
});

describe('how a value stands', () => {
  const course = stretchesOf(
    [
      series([
        [0, 10, 100],
        [10, 40, 200],
        [40, 50, 300],
      ]),
    ],
    span,
  );
  test('by the time that was dirtier and cleaner', () => {
    expect(standing(course, span, 200)).toEqual({ cleaner_than: 0.2, dirtier_than: 0.2, coverage: 0.5 });
    expect(standing(course, span, 150)).toEqual({ cleaner_than: 0.8, dirtier_than: 0.2, coverage: 0.5 });
  });

  test('against nothing, and against means that say nothing of an hour', () => {
    const nothing = { cleaner_than: null, dirtier_than: null, coverage: 0 };
    expect(standing([], span, 5)).toEqual(nothing);
    expect(standing(stretchesOf([series([[0, 100, 5]], 'annual')], span), span, 5)).toEqual(nothing);
  });
});

describe('the cleanest start', () => {
  const start = (pieces: readonly (readonly [number, number, number])[], length: number) =>
    cleanestStart(stretchesOf([series(pieces)], span), span, length);
  test.each<[string, readonly (readonly [number, number, number])[], number, number | null, number | null]>([
    [
      'begins at an edge',
      [
        [0, 50, 200],
        [50, 100, 100],
      ],
      20,
      50,
      100,
    ],
    [
      'ends at an edge',
      [
        [0, 30, 100],
        [30, 40, 150],
        [40, 100, 200],
      ],
      40,
      0,
      112.5,
    ],
    [
      'the earliest of several',
      [
        [0, 20, 100],
        [20, 40, 200],
        [40, 100, 100],
      ],
      10,
      0,
      100,
    ],
    // [35, 45) would be lower, and is not known whole.
    [
      'not over a hole',
      [
        [0, 20, 200],
        [20, 40, 150],
        [45, 100, 170],
      ],
      10,
      20,
      150,
    ],
    ['all alike', [[0, 100, 100]], 10, null, null],
    [
      'nothing long enough',
      [
        [0, 5, 100],
        [50, 55, 90],
      ],
      10,
      null,
      null,
    ],
    // From 30 on: 20 × 100 + 10 × 400 over 30 is 200; from 20 on 10 × 300 + 20 × 100 over 30 is 166.7.
    [
      'with its end at an edge',
      [
        [0, 30, 300],
        [30, 50, 100],
        [50, 100, 400],
      ],
      30,
      20,
      500 / 3,
    ],
  ])('%s', (_, pieces, length, at, g) => {
    const found = start(pieces, length);
    expect(found?.at_ms ?? null).toBe(at);
    if (g !== null) expect(found!.g_per_kwh).toBeCloseTo(g, 9);
  });

  test('says of what it is made; an annual mean does not compete', () => {
    const chain = [series([[0, 50, 200]]), series([[50, 80, 100]], 'forecast'), series([[-1, 101, 10]], 'annual')];
    expect(cleanestStart(stretchesOf(chain, span), span, 30)).toEqual({
      at_ms: 50,
      g_per_kwh: 100,
      qualities: ['forecast'],
    });
  });
});
