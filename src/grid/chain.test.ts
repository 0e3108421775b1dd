import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annualIntensity } from './annual.ts';
import { type ChainSpec, chainFrom, DEFAULT_CHAIN, viewOfMany } from './chain.ts';
import { asOf, type Known, type Topic } from './knowledge.ts';
import type { Point } from './provider.ts';
import { intensityAt } from './series.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 5, 3);
const WEEK = 168;

const point = (from: number, g: number, quality: Point['quality'] = 'measured'): Point => ({
  ...{ from_ms: T + from * H, to_ms: T + (from + 1) * H, g_per_kwh: g, quality },
});
const known = (points: readonly Point[], topic: Partial<Topic> = {}): Known => ({
  ...{ provider: 'electricity-maps', zone: 'DE', kind: 'average', scope: 'lifecycle', damaged: 0 },
  ...topic,
  entries: [
    {
      ...{ what: 'history', retrieved_at_ms: T, issued_at_ms: null, from_ms: T - 9 * WEEK * H, to_ms: T + WEEK * H },
      ...{ region: 'DE', source: 'a source', licence: 'a licence', points },
    },
  ],
});
const span = { from_ms: T, to_ms: T + 8 * H };
const annual = annualIntensity('DE');
const chain = (facts: readonly Known[], spec: Partial<ChainSpec> = {}) =>
  chainFrom({ ...DEFAULT_CHAIN, ...spec }, { known: facts, annual }, span);
const at = (facts: readonly Known[], hour: number, spec: Partial<ChainSpec> = {}) => {
  const first = chain(facts, spec).series.find((series) => intensityAt(series, T + hour * H) !== null);
  return first === undefined ? null : [first.provider, first.quality, intensityAt(first, T + hour * H)];
};

const FULL = known([
  ...[point(0, 100), point(1, 110, 'estimated'), point(2, 120, 'forecast')],
  ...[point(3 - WEEK, 200), point(3 - 2 * WEEK, 400)],
]);

describe('the fallback chain of a zone', () => {
  test.each([
    [0, ['electricity-maps', 'measured', 100]],
    [1, ['electricity-maps', 'estimated', 110]],
    [2, ['electricity-maps', 'forecast', 120]],
    [3, ['electricity-maps', 'climatology', 300]],
    [4, ['ember', 'annual', annual.g_per_kwh[0]]],
  ])('hour %i is known as %j', (hour, wanted) => {
    expect(at([FULL], hour)).toEqual(wanted);
  });

  test('what is left out of the chain stands in for nothing', () => {
    const qualities = ['measured', 'annual'] as const;
    expect([0, 1, 3].map((hour) => at([FULL], hour, { qualities })?.[1])).toEqual(['measured', 'annual', 'annual']);
    expect(at([FULL], 4, { qualities: ['measured'] })).toBeNull();
  });

  test('providers in their order within a quality: a measured second is before an estimated first', () => {
    const second = known([point(0, 1), point(1, 2)], { provider: 'entsoe' });
    const providers = ['electricity-maps', 'entsoe'];
    expect([0, 1].map((hour) => at([second, FULL], hour, { providers }))).toEqual([
      ['electricity-maps', 'measured', 100],
      ['entsoe', 'measured', 2],
    ]);
    expect(at([second, FULL], 0, { providers: ['entsoe', 'electricity-maps'] })).toEqual(['entsoe', 'measured', 1]);
    expect(at([second, FULL], 0, { providers: ['entsoe'] })?.[0]).toBe('entsoe');
  });

  test('what people brought comes before providers that nobody named', () => {
    expect(at([FULL, known([point(0, 7)], { provider: 'import' })], 0)).toEqual(['import', 'measured', 7]);
  });

  test('another kind or scope is left out, and it is said which', () => {
    const direct = known([point(0, 1)], { provider: 'neso', scope: 'direct' });
    const marginal = known([point(0, 1)], { provider: 'watttime', scope: 'direct', kind: 'marginal' });
    const { series, notes } = chain([FULL, direct, marginal]);
    expect(new Set(series.map(({ kind, scope }) => `${kind} ${scope}`))).toEqual(new Set(['average lifecycle']));
    expect(notes).toEqual([
      'neso is left out: it tells average direct intensity, this account is average lifecycle',
      'watttime is left out: it tells marginal direct intensity, this account is average lifecycle',
    ]);
    expect(chain([direct]).notes).toEqual([
      'the annual mean (Ember, via Our World in Data) is left out: it is average lifecycle, this account is average direct',
    ]);
  });

  test('where no scope is asked for, the one of which most is known counts; of equals lifecycle', () => {
    const direct = (points: readonly Point[]) => known(points, { provider: 'neso', scope: 'direct' });
    expect(chain([known([point(0, 5)]), direct([point(0, 1), point(1, 1)])]).series[0]!.scope).toBe('direct');
    expect(chain([known([point(0, 5)]), direct([point(3, 1)])]).series[0]!.scope).toBe('lifecycle');
    // Two hours that were expected and then measured, or told by two providers, are two hours.
    const expected = [point(0, 1), point(1, 1)].map((one) => ({ ...one, quality: 'forecast' as const }));
    const three = known([point(0, 5), point(1, 5), point(2, 5)]);
    expect(chain([three, direct([point(0, 1), point(1, 1), ...expected])]).series[0]!.scope).toBe('lifecycle');
    const again = known([point(0, 1), point(1, 1)], { provider: 'watttime', scope: 'direct' });
    expect(chain([three, direct([point(0, 1), point(1, 1)]), again]).series[0]!.scope).toBe('lifecycle');
    // Nor does one that is not asked.
    const own = known([point(0, 5)], { provider: 'import' });
    const [told] = chain([own, direct([point(0, 1), point(1, 1)])], { providers: ['import'] }).series;
    expect([told!.provider, told!.scope]).toEqual(['import', 'lifecycle']);
    expect(chain([]).series).toEqual([annual]);
    const [first] = chainFrom(DEFAULT_CHAIN, { known: [], annual: annualIntensity('US-CAL-CISO') }, span).series;
    expect(first!.scope).toBe('direct');
  });

  test('a series says what tells how sure it is: weeks, lead, and how even the known hours are', () => {
    const month = Array.from({ length: 4 * WEEK }, (_, i) => point(i - 4 * WEEK, i % 2 === 0 ? 100 : 300));
    const evidence = Object.fromEntries(
      chain([known([...month, point(0, 100), point(1, 110, 'estimated'), point(2, 120, 'forecast')])]).series.map(
        (one) => [one.quality, one.evidence],
      ),
    );
    // Hours of 100 and 300 by turns: mean 200, deviation 100. The forecast of [2, 3) was retrieved at 0.
    const even = { mean_g_per_kwh: expect.closeTo(200, 0), variation: expect.closeTo(0.5, 2) };
    expect(evidence).toEqual({
      measured: undefined,
      estimated: { known: even },
      forecast: { known: even, lead_h: 2.5 },
      climatology: { known: even, weeks: 4 },
      annual: { known: even },
    });
    expect(chain([FULL]).series.map((one) => [one.quality, one.evidence])).toEqual([
      ['measured', undefined],
      ['estimated', {}],
      ['forecast', { lead_h: 2.5 }],
      ['climatology', { weeks: 2 }],
      ['annual', undefined],
    ]);
  });

  test('nothing that was retrieved later counts', () => {
    const early = chainFrom(DEFAULT_CHAIN, { known: [asOf(FULL, T - 1)], annual }, span);
    expect(early.series.map(({ quality }) => quality)).toEqual(['annual']);
  });
});

test('who asks about many spans is told of each what who asks about it alone is told', () => {
  const hour = fc.integer({ min: -6 * WEEK, max: WEEK });
  const quality = fc.constantFrom<Point['quality']>('measured', 'estimated', 'forecast');
  const points = fc.array(fc.tuple(hour, fc.integer({ min: 1, max: 900 }), quality), { maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(points, { minLength: 1, maxLength: 4 }),
      fc.array(hour, { maxLength: 4 }),
      (answers, starts) => {
        const entries = answers.map((told, i) => {
          const unique = new Map(told.map(([from, g, kind]) => [from, point(from, g, kind)]));
          return { ...known([...unique.values()]).entries[0]!, retrieved_at_ms: T + i };
        });
        const facts = { known: [{ ...known([]), entries }], annual };
        const view = viewOfMany();
        for (const start of starts) {
          const asked = { from_ms: T + start * H, to_ms: T + (start + 5) * H };
          const course = (more: { view?: typeof view }) =>
            chainFrom(DEFAULT_CHAIN, { ...facts, ...more }, asked).series.map((series) => [
              ...[series.quality, series.source],
              ...Array.from({ length: 5 }, (_, i) => intensityAt(series, asked.from_ms + i * H)),
            ]);
          expect(course({ view })).toEqual(course({}));
        }
      },
    ),
    { numRuns: 50 },
  );
});
