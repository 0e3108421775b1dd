import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, type Figure, isKnown, toJson, unknown, withRelative } from '../core/figure.ts';
import { breakEvenOf, type LifeRun, madeAndUsed, type Served, servingOf, sumOf } from './lifecycle.ts';

const DAY = 86_400_000;
const grid = (value: number, reach = 0.1) => withRelative(value, { grid: { down: reach, up: reach } });
const run = (id: string, stage: string | null, total_g: Figure, day = 0): LifeRun => ({
  ...{ id, stage, started_at_ms: day * DAY },
  lines: { it_j: exactly(1), operational_g: total_g, embodied_g: unknown('no source'), total_g },
});
const served = (g: Figure, from: number, to: number): Served => ({
  g,
  spans: [{ from_ms: from * DAY, to_ms: to * DAY }],
});

describe('sums', () => {
  test('an error of one cause adds linearly: 10 % of each run is 10 % of the sum, not 10 % / √2', () => {
    const { figure } = sumOf([run('a', null, grid(100)), run('b', null, grid(300))], 'total_g');
    expect(toJson(figure)).toEqual({ value: 400, low: 360, high: 440 });
  });

  test('one that is not known makes the sum unknown; what is known stands beside it, and who is missing', () => {
    const runs = [run('a', null, exactly(100)), run('b', null, unknown('no zone')), run('c', null, exactly(20))];
    const { figure, known, missing } = sumOf(runs, 'total_g');
    expect(figure).toEqual({ value: null, why: 'not known of 1 of 3 runs: no zone' });
    expect(known?.value).toBe(120);
    expect(missing).toEqual([{ run: 'b', why: 'no zone' }]);
    expect(sumOf(runs, 'embodied_g')).toMatchObject({ known: null, figure: { value: null } });
    expect(sumOf([], 'total_g').figure).toEqual(exactly(0));
  });

  test('stages add up to the total, value and interval, whatever the stages', () => {
    const one = fc.record({
      ...{
        stage: fc.constantFrom('search', 'pre-train', 'serve', null),
        g: fc.double({ min: 0, max: 1e9, noNaN: true }),
      },
      ...{ reach: fc.double({ min: 0, max: 1, noNaN: true }), day: fc.integer({ min: 0, max: 9 }) },
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1 }), (all) => {
        const runs = all.map(({ stage, g, reach, day }, i) => run(String(i), stage, grid(g, reach), day));
        const parts = [...new Set(all.map(({ stage }) => stage))].map((stage) =>
          sumOf(
            runs.filter((one) => one.stage === stage),
            'total_g',
          ),
        );
        const { made, used } = madeAndUsed(runs);
        const whole = toJson(sumOf(runs, 'total_g').figure);
        if (whole.value === null) throw new Error('unknown');
        for (const some of [parts, [made, used].map((group) => sumOf(group, 'total_g'))]) {
          const ends = some.map(({ figure }) => toJson(figure));
          for (const key of ['value', 'low', 'high'] as const) {
            const sum = ends.reduce((s, end) => s + (end.value === null ? Number.NaN : end[key]), 0);
            expect(Math.abs(sum - whole[key])).toBeLessThanOrEqual(1e-9 * whole.high);
          }
        }
      }),
    );
  });
});

test('use is serving, and evaluation from the first serving on; all else made the model', () => {
  const runs = [
    run('search', 'search', exactly(1), 0),
    run('unsaid', null, exactly(1), 9),
    run('early', 'evaluate', exactly(1), 1),
    run('serve', 'serve', exactly(1), 2),
    run('late', 'evaluate', exactly(1), 3),
    run('tune', 'fine-tune', exactly(1), 8),
  ];
  const { made, used } = madeAndUsed(runs);
  expect(made.map(({ id }) => id)).toEqual(['search', 'unsaid', 'early', 'tune']);
  expect(used.map(({ id }) => id)).toEqual(['serve', 'late']);
  expect(madeAndUsed(runs.filter(({ stage }) => stage !== 'serve')).used).toEqual([]);
});

describe('break-even', () => {
  const days = (made: Figure, ...all: Served[]) => {
    const { days: figure, at_ms } = breakEvenOf(made, all);
    return [figure.value, at_ms === null ? null : at_ms / DAY];
  };

  test.each([
    // 820 g by 20 g a day: after 41 days, 10 of which are over
    ['to come', 820, [served(exactly(200), 0, 10)], [41, null]],
    // 100 g by 20 g a day from day 3 on
    ['come to pass, with the day', 100, [served(exactly(200), 3, 13)], [5, 8]],
    // 50 g until day 5, nothing until day 20, then 10 g a day: 50 g more by day 25, on the tenth day of serving
    ['the time between does not count', 100, [served(exactly(50), 0, 5), served(exactly(100), 20, 30)], [10, 25]],
    // 10 g a day, from day 4 on 30 g a day with the second: 40 + 2 × 30
    ['two at once', 100, [served(exactly(100), 0, 10), served(exactly(120), 4, 10)], [6, 6]],
    [
      'two at once, to come: 220 g in 10 days',
      880,
      [served(exactly(100), 0, 10), served(exactly(120), 4, 10)],
      [40, null],
    ],
    ['at its last moment', 200, [served(exactly(200), 0, 10)], [10, 10]],
    ['nothing to make up for', 0, [served(exactly(200), 1, 10)], [0, 1]],
  ])('%s', (_, made, all, expected) => {
    expect(days(exactly(made), ...all)).toEqual(expected.map((n) => (n === null ? null : expect.closeTo(n, 9))));
  });

  test('what both have in common cancels, what they have not does not', () => {
    for (const made of [100, 820])
      expect(toJson(breakEvenOf(grid(made), [served(grid(200), 0, 10)]).days)).toEqual({
        value: expect.closeTo(made / 20, 9),
        low: expect.closeTo(made / 20, 9),
        high: expect.closeTo(made / 20, 9),
      });
    const apart = withRelative(820, { sensor: { down: 0.1, up: 0.1 } });
    expect(toJson(breakEvenOf(apart, [served(exactly(200), 0, 10)]).days)).toEqual({
      value: 41,
      low: expect.closeTo(36.9, 9),
      high: expect.closeTo(45.1, 9),
    });
  });

  test('the same days whether serving is told in one run or in several, with its interval', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.double({ min: 1, max: 500, noNaN: true }), (at, made) => {
        const edges = [0, ...at.sort((a, b) => a - b), 100];
        const parts = edges.slice(1).map((to, i) => served(grid(2 * (to - edges[i]!)), edges[i]!, to));
        const made_g = withRelative(made, { sensor: { down: 0.2, up: 0.3 } });
        const [one, many] = [[served(grid(200), 0, 100)], parts].map((all) => breakEvenOf(made_g, all));
        const [a, b] = [toJson(one!.days), toJson(many!.days)];
        for (const key of ['value', 'low', 'high'] as const)
          expect((a as Record<string, number>)[key]).toBeCloseTo((b as Record<string, number>)[key]!, 9);
        expect(one!.at_ms === null).toBe(many!.at_ms === null);
      }),
    );
  });

  test.each([
    ['it was not served', exactly(100), [], 'it was not served yet'],
    ['what made it is not known', unknown('no zone'), [served(exactly(1), 0, 1)], 'no zone'],
    ['what serving emitted is not known', exactly(1), [served(unknown('no sensor'), 0, 1)], 'no sensor'],
    ['serving emitted nothing', exactly(1), [served(exactly(0), 0, 2)], 'nothing was emitted in 2 days of serving'],
  ])('unknown, with the reason: %s', (_, made, all, why) => {
    expect(breakEvenOf(made, all)).toEqual({ days: { value: null, why }, at_ms: null });
  });

  test('pace: g over the days in which it was served at all', () => {
    const pace = servingOf([served(exactly(100), 0, 10), served(exactly(120), 5, 15), served(exactly(80), 20, 25)]);
    expect([pace.days, pace.g.value, pace.g_per_day.value]).toEqual([20, 300, 15]);
    expect(isKnown(servingOf([]).g_per_day)).toBe(false);
  });
});
