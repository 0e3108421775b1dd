import { describe, expect, test } from 'vitest';
import spread from '../../data/pue-spread.json' with { type: 'json' };
import { over, toJson } from '../core/figure.ts';
import { accountedPue } from './pue.ts';

const MAY_2025 = Date.UTC(2025, 4, 1);
const frankfurt = (pue_scope: string | null, pue_year: number | null = 2025) => ({
  ...{ pue: 1.2, zone: 'DE', place: { name: 'aws:eu-central-1', pue_scope, pue_year } },
});
const intervalOf = (said: Parameters<typeof accountedPue>[0], at_ms = MAY_2025) => {
  const { value, low, high } = toJson(accountedPue(said, at_ms).figure) as { value: number; low: number; high: number };
  return [value, low, high].map((x) => Number(x.toFixed(4)));
};

describe('what a user says', () => {
  test('a number is taken as said, also in a place; with an interval that is its own', () => {
    expect(intervalOf({ pue: 1.2, zone: 'DE' })).toEqual([1.2, 1.2, 1.2]);
    expect(intervalOf(frankfurt(null))).toEqual([1.2, 1.2, 1.2]);
    expect(intervalOf({ ...frankfurt(null), pue_low: 1.15, pue_high: 1.3 })).toEqual([1.2, 1.15, 1.3]);
    expect(intervalOf({ pue: 1.2, pue_low: 1.2, pue_high: 1.3, zone: null })).toEqual([1.2, 1.2, 1.3]);
  });

  test('of one zone it is one cause, of two it is two', () => {
    const of = (zone: string) => accountedPue({ pue: 1.2, pue_low: 1.1, pue_high: 1.3, zone }, MAY_2025).figure;
    expect(toJson(over(of('DE'), of('DE')))).toEqual({ value: 1, low: 1, high: 1 });
    const apart = toJson(over(of('DE'), of('FR'))) as { high: number };
    // The one's 1.3 ÷ 1.2 and the other's 1.2 ÷ 1.1 multiply.
    expect(Math.log(apart.high)).toBeCloseTo(Math.hypot(Math.log(1.3 / 1.2), Math.log(1.2 / 1.1)), 9);
  });
});

describe('what a place publishes', () => {
  test("its own region's of the year of the run: the season, on the overhead alone", () => {
    // An overhead of 0.2 times e^∓0.357, the 90th percentile of quarters around their year.
    expect(intervalOf(frankfurt('region'))).toEqual([1.2, 1.14, 1.2858]);
  });

  test('a year later that of another year besides, four years later twice that', () => {
    const [, , later] = intervalOf(frankfurt('region'), Date.UTC(2026, 4, 1));
    expect(later).toBeCloseTo(1.2 + 0.2 * Math.hypot(Math.expm1(0.357), Math.expm1(0.336)), 3);
    const [, , much] = intervalOf(frankfurt('region', 2021));
    expect(much).toBeCloseTo(1.2 + 0.2 * Math.hypot(Math.expm1(0.357), Math.expm1(0.672)), 3);
  });

  test('a mean over a continent is less sure than a region, and never below 1', () => {
    const width = (scope: string) => {
      const [, low, high] = intervalOf(frankfurt(scope));
      expect(low).toBeGreaterThan(1);
      return high! - low!;
    };
    expect(width('fleet')).toBeGreaterThan(width('region'));
    expect(width('continent')).toBeGreaterThan(width('fleet'));
  });

  test('two runs of one quarter share it all; of two quarters what it is a mean of, not the season', () => {
    const at = (month: number) => accountedPue(frankfurt('fleet'), Date.UTC(2025, month, 1)).figure;
    expect(toJson(over(at(3), at(5)))).toEqual({ value: 1, low: 1, high: 1 });
    const apart = toJson(over(at(0), at(5))) as { high: number };
    // The one's season at its worst, 1.2 + 0.2 (e^0.357 − 1), and the other's at its best.
    const season = [Math.expm1(0.357), Math.expm1(-0.357)].map((by) => Math.log((1.2 + 0.2 * by) / 1.2));
    expect(Math.log(apart.high)).toBeCloseTo(Math.hypot(...season), 9);
    for (const { hint } of accountedPue(frankfurt('fleet'), MAY_2025).causes) expect(hint).toMatch(/--pue 1\.2/);
  });
});

test('the numbers are the percentiles of the published tables', () => {
  // By hand, of the sorted tables of scripts/build-pue-spread.mjs: Google's South Carolina, a quarter of 1.07 in a year of 1.1.
  expect(spread.season).toBeCloseTo(Math.log(0.1 / 0.07), 3);
  // Microsoft's Illinois, 1.35 and then 1.25.
  expect(spread.year).toBeCloseTo(Math.log(0.35 / 0.25), 3);
  // Google's Ohio 1.06 of 1.09, and AWS's Paris 1.35 of 1.14; of continents Melbourne 1.07 of 1.25, and Paris of Europe's 1.11.
  expect(spread.fleet.down).toBeCloseTo(Math.log(0.09 / 0.06), 3);
  expect(spread.fleet.up).toBeCloseTo(Math.log(0.35 / 0.14), 3);
  expect(spread.continent.down).toBeCloseTo(Math.log(0.25 / 0.07), 3);
  expect(spread.continent.up).toBeCloseTo(Math.log(0.35 / 0.11), 3);
});
