// Spreads of intensities: the way they are fitted on grids made up with known spreads, and the shipped numbers on the real
// grids of ../shared where it is there (their licences keep them out of the repository).

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import spread from '../../data/intensity-spread.json' with { type: 'json' };
import type { SpreadModel } from '../../src/emissions/intensity-errors.ts';
import { readCorpus } from '../helpers/intensity-corpus.ts';
import { coverageRows, type Row } from '../helpers/intensity-coverage.ts';
import { type Corpus, coverage, fitted, quantile, statedReach } from '../helpers/intensity-fit.ts';
import { annualSamples, climatologySamples, nowcastSamples, producerSamples } from '../helpers/intensity-samples.ts';
import { characterOf, haveTraces, means, readNowcast, readTraces, type Trace } from '../helpers/intensity-traces.ts';

/** Numbers 0..1 that repeat: a linear congruential generator (Knuth, TAOCP 2, §3.3.4). */
function chance(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return Number(state >> 11n) / 2 ** 53;
  };
}

/** A year of hours, each by itself: even between 1 − spread and 1 + spread of the mean. */
function madeUp(zone: string, spread: number, seed: number): Trace {
  const next = chance(seed);
  const g_per_kwh = Float64Array.from({ length: 8760 }, () => 300 * (1 + spread * (2 * next() - 1)));
  return { name: zone, zone, from_h: 0, g_per_kwh };
}

const made = [madeUp('A', 0.3, 1), madeUp('B', 0.5, 2), madeUp('C', 0.7, 3)];

describe('grids that are made up', () => {
  test('means over hours, holes left out', () => {
    const values = Float64Array.of(1, 2, 3, Number.NaN, 5, 7);
    expect([...means(values, 2)]).toEqual([1.5, 2.5, Number.NaN, Number.NaN, 6, Number.NaN]);
    expect(characterOf(values, 0, 6)).toBeNull();
    // Even between 0.5 and 1.5: a standard deviation of 1/√12.
    expect(characterOf(made[1]!.g_per_kwh, 0, 8760)!.variation).toBeCloseTo(1 / Math.sqrt(12), 2);
  });

  test('a quantile is over zones of equal weight', () => {
    const many = Array.from({ length: 99 }, () => ({ zone: 'A', x: 1 }));
    expect(quantile([...many, { zone: 'B', x: 2 }], 0.6)).toBe(2);
    expect(quantile([...many, { zone: 'B', x: 2 }], 0.4)).toBe(1);
  });

  test('an hour lies evenly in ±50 % of its year: 90 % of hours from 0.55 to 1.45', () => {
    const samples = annualSamples(made[1]!, 1);
    expect(samples.length).toBeGreaterThan(700);
    const ratios = samples.map(({ zone, g_per_kwh, truth_g_per_kwh }) => ({ zone, x: truth_g_per_kwh / g_per_kwh }));
    expect(quantile(ratios, 0.05)).toBeCloseTo(0.55, 1);
    expect(quantile(ratios, 0.95)).toBeCloseTo(1.45, 1);
    const share = coverage(samples, () => ({ down: 0.45, up: 0.45 })).get('B')!.share;
    expect(share).toBeGreaterThan(0.87);
    expect(share).toBeLessThan(0.93);
  });

  test('another producer that tells a fifth more is a fifth off, whichever is the truth', () => {
    const other = { ...made[0]!, name: 'A2', g_per_kwh: made[0]!.g_per_kwh.map((g) => 1.2 * g) };
    for (const { g_per_kwh, truth_g_per_kwh } of producerSamples(made[0]!, other, 24))
      expect(g_per_kwh / truth_g_per_kwh).toBeCloseTo(1.2, 9);
  });

  test('fitted on two grids the interval holds the hours of the third, which is more uneven than both', () => {
    const by = (hours: readonly number[], of: (trace: Trace, hours: number) => ReturnType<typeof annualSamples>) =>
      new Map(hours.map((length) => [length, made.flatMap((trace) => of(trace, length))] as const));
    const climatology = by([1, 24], (trace, hours) => climatologySamples(trace, hours, 4));
    const told = by([1, 24], (trace, hours) => producerSamples(trace, trace, hours));
    const corpus = {
      ...{ annual: by([1, 24], annualSamples), climatology, forecast: told, estimated: told, producer: told },
      fewer: by([1, 2, 3, 4], (trace, weeks) => climatologySamples(trace, 1, weeks)),
      ...{ tables: [], otherYears: [], years: [], parts: [] },
    };
    const model = fitted(corpus, 'C');
    const held = coverage(annualSamples(made[2]!, 1), (sample) => statedReach(sample, model)).get('C')!.share;
    expect(held).toBeGreaterThan(0.8);
    expect(held).toBeLessThan(0.97);
    const { annual, climatology: usual } = model;
    // Even ±50 %: ln 0.55 and ln 1.45 over a deviation of 0.289 and the floor of 0.02.
    expect(annual.down[0]).toBeCloseTo(-Math.log(0.55) / 0.309, 0);
    expect(annual.up[0]).toBeCloseTo(Math.log(1.45) / 0.309, 0);
    // Hours by themselves average out over a day: √24 times less, so ±1.645 × 0.289/√24 = ±0.097.
    expect(annual.up[1]).toBeCloseTo(0.097 / 0.309, 1);
    // The mean of four weeks is off by half a deviation more: fewer weeks, more.
    expect(usual.by_weeks).toEqual(usual.by_weeks.toSorted((a, b) => b - a));
    expect(usual.by_weeks[0]! / usual.by_weeks[3]!).toBeGreaterThan(1.15);
  });
});

describe('a spring of Great Britain, as NESO has it', () => {
  const folder = join(import.meta.dirname, '../fixtures/grid');
  const [gb] = readTraces(folder) as [Trace];
  // The year's own mean: 125.1 g/kWh.
  const annual = (hours: number) => annualSamples(gb, hours, 125.1);
  const unknown = (hours: number) => annual(hours).map((sample) => ({ ...sample, known: null }));
  const shipped = spread as SpreadModel;
  test.each([
    ['estimated', (hours: number) => nowcastSamples(gb, readNowcast(gb, folder), hours)],
    ['climatology of 4 weeks', (hours: number) => climatologySamples(gb, hours, 4)],
    ['climatology of 1 week', (hours: number) => climatologySamples(gb, hours, 1)],
    ['annual, weeks of the zone known', annual],
    ['annual, level and mix alone', unknown],
  ])('%s: three quarters of starts are held, and not by an interval that holds anything', (_, samplesOf) => {
    for (const hours of [1, 24]) {
      const samples = samplesOf(hours);
      expect(samples.length).toBeGreaterThan(100);
      const { share, width } = coverage(samples, (sample) => statedReach(sample, shipped)).get('GB_NESO-2024')!;
      expect(share, `${hours} h`).toBeGreaterThanOrEqual(0.75);
      expect(width, `${hours} h`).toBeLessThan(2.5);
      const half = coverage(samples, (sample) => {
        const { down, up } = statedReach(sample, shipped);
        return { down: down / 4, up: up / 4 };
      });
      expect(half.get('GB_NESO-2024')!.share, `a quarter of it, ${hours} h`).toBeLessThan(0.75);
    }
  });
});

if (haveTraces)
  describe('the real grids of ../shared', () => {
    let corpus: Corpus;
    let rows: Row[] = [];
    beforeAll(() => {
      corpus = readCorpus();
      rows = coverageRows(corpus, readTraces());
    }, 300_000);

    test('the shipped numbers are those of the traces', () => {
      const near = (value: unknown): unknown => {
        if (typeof value === 'number') return expect.closeTo(value, 2);
        if (Array.isArray(value)) return value.map(near);
        return Object.fromEntries(Object.entries(value as object).map(([key, of]) => [key, near(of)]));
      };
      const { sources, ...numbers } = spread;
      expect(Object.keys(sources)).toEqual(['hours', 'forecast', 'estimated', 'producer', 'year']);
      expect(numbers).toEqual(near(fitted(corpus)));
    });

    test('on zones left out 85 to 95 % of starts are held, of each zone three quarters', () => {
      for (const { what, hours, pooled, zones } of rows) {
        const where = `${what}, ${hours} h`;
        expect(pooled, where).toBeGreaterThanOrEqual(0.85);
        expect(pooled, where).toBeLessThanOrEqual(0.95);
        expect(zones[0]!.share, `${where}: ${zones[0]!.name}`).toBeGreaterThanOrEqual(0.75);
      }
      expect(rows).toHaveLength(26);
    });

    test('intervals are no wider than what they replace would be: the surer, the narrower', () => {
      const width = (what: string) => rows.find((row) => row.hours === 1 && row.what === what)!.width;
      expect(width('estimated')).toBeLessThan(width('forecast, the second day'));
      expect(width('climatology of 4 weeks')).toBeLessThan(width('annual, four weeks of the zone known'));
      expect(width('annual, four weeks of the zone known')).toBeLessThan(1);
    });
  });
