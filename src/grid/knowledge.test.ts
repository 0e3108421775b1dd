import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { climatology } from './climatology.ts';
import { asOf, forecasts, news, observed, type Retrieval } from './knowledge.ts';
import type { Point } from './provider.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 0, 1);

const point = (from: number, g: number, more: { hours?: number; quality?: Point['quality'] } = {}): Point => ({
  ...{ from_ms: T + from * H, to_ms: T + (from + (more.hours ?? 1)) * H, g_per_kwh: g },
  quality: more.quality ?? 'measured',
});
const heard = (at: number, points: readonly Point[], more: Partial<Retrieval> = {}): Retrieval => ({
  ...{ what: 'history', retrieved_at_ms: T + at * H, issued_at_ms: null, from_ms: T, to_ms: T + 24 * H, region: 'X' },
  ...{ source: 'a book', licence: 'CC0', points, ...more },
});
const told = (pieces: readonly { from_ms: number; to_ms: number; g_per_kwh: number }[]) =>
  pieces.map(({ from_ms, to_ms, g_per_kwh }) => [(from_ms - T) / H, (to_ms - T) / H, g_per_kwh]);

describe('what is known as of a moment', () => {
  const entries = [
    heard(1, [point(0, 101), point(1, 102, { quality: 'estimated' })]),
    heard(48, [point(1, 90)]),
    heard(2, [point(2, 50)]), // of a clock that went back: what was retrieved later counts, not what was kept later
  ];
  test.each([
    [0.5, []],
    [
      1,
      [
        [0, 1, 101],
        [1, 2, 102],
      ],
    ],
    [
      47,
      [
        [0, 1, 101],
        [1, 2, 102],
        [2, 3, 50],
      ],
    ],
    [
      48,
      [
        [0, 1, 101],
        [1, 2, 90],
        [2, 3, 50],
      ],
    ],
  ])('after %f hours', (at, wanted) => {
    expect(told(observed(asOf({ entries }, T + at * H)))).toEqual(wanted);
  });

  test('an hour said again by its quarters, and quarters by an hour', () => {
    const quarters = [0, 1, 2].map((i) => ({ ...point(i / 4, 10 + i), to_ms: T + ((i + 1) * H) / 4 }));
    expect(told(observed({ entries: [heard(1, [point(0, 100)]), heard(2, quarters)] }))).toEqual([
      [0, 0.25, 10],
      [0.25, 0.5, 11],
      [0.5, 0.75, 12],
      [0.75, 1, 100],
    ]);
    expect(told(observed({ entries: [heard(1, quarters), heard(2, [point(0, 100)])] }))).toEqual([[0, 1, 100]]);
  });

  test('of forecasts the one made last counts, whenever it came; how it was is another matter', () => {
    const forecast = (at: number, issued: number, g: number) =>
      heard(at, [point(5, g, { quality: 'forecast' })], { what: 'forecast', issued_at_ms: T + issued * H });
    const entries = [forecast(1, 1, 300), forecast(3, 2.5, 200), forecast(4, 2, 250)];
    expect(told(forecasts({ entries }))).toEqual([[5, 6, 200]]);
    expect(told(forecasts(asOf({ entries }, T + 2 * H)))).toEqual([[5, 6, 300]]);
    expect(observed({ entries })).toEqual([]);
  });

  test('only what changed is news', () => {
    const known = observed({ entries: [heard(1, [point(0, 100), point(1, 200)])] });
    expect(news(known, [point(0, 100), point(1, 201), point(2, 5)])).toEqual([point(1, 201), point(2, 5)]);
    expect(news(known, [point(0, 100, { quality: 'estimated' })]).length).toBe(1);
  });

  test('at every instant the last answer that covers it, as of any moment', () => {
    const answer = fc.record({
      from: fc.nat(20),
      hours: fc.integer({ min: 1, max: 6 }),
      g: fc.nat(500),
      at: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 12 }), fc.nat(30), (answers, moment) => {
        const entries = answers.map(({ from, hours, g, at }) => heard(at, [point(from, g, { hours })]));
        const pieces = told(observed(asOf({ entries }, T + moment * H)));
        for (let hour = 0; hour < 27; hour++) {
          const covering = answers
            .map((one, order) => ({ ...one, order }))
            .filter(({ from, hours, at }) => from <= hour && hour < from + hours && at <= moment)
            .sort((a, b) => a.at - b.at || a.order - b.order);
          const piece = pieces.find(([from, to]) => from! <= hour && hour < to!);
          expect(piece?.[2]).toBe(covering.at(-1)?.g);
        }
      }),
    );
  });
});

describe('the usual course', () => {
  test('the mean of the same hour of earlier weeks that are known whole', () => {
    const week = 168;
    const entries = [
      heard(1, [
        ...[point(10, 100), point(10 + week, 300)],
        ...[point(10 + 2 * week, 50, { hours: 0.5 })], // half an hour: not counted
        point(10 + 3 * week, 200),
      ]),
    ];
    const at = (hour: number) => ({ from_ms: T + hour * H + 60_000, to_ms: T + hour * H + 120_000 });
    expect(told(climatology(observed({ entries }), at(10 + 4 * week)))).toEqual([[10 + 4 * week, 11 + 4 * week, 200]]);
    expect(told(climatology(observed({ entries }), at(10 + week)))).toEqual([[10 + week, 11 + week, 100]]);
    expect(told(climatology(observed({ entries }), at(11 + week)))).toEqual([]);
  });
});
