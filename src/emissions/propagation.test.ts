// The interval of a figure beside that of an independent simulation: factors drawn one by one from the distributions of
// docs/methodology.md#distributions, and the formula of the account worked out for each draw.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exactly,
  type Figure,
  type Known,
  over,
  plus,
  scaled,
  times,
  toJson,
  withBounds,
  withRelative,
} from '../core/figure.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { accountedIntensity } from './intensity-account.ts';
import { hoursReach, producerReach, yearReach } from './intensity-errors.ts';
import { addCells, spread } from './operational.ts';
import { accountedPue } from './pue.ts';

const H = 3_600_000;
const MONDAY = Date.UTC(2026, 5, 1, 8);

/** Normal numbers that repeat: a linear congruential generator (Knuth, TAOCP 2, §3.3.4) and Box and Muller's transform. */
function normals(seed: number): () => number {
  let state = BigInt(seed);
  const even = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return (Number(state >> 11n) + 0.5) / 2 ** 53;
  };
  return () => Math.sqrt(-2 * Math.log(even())) * Math.cos(2 * Math.PI * even());
}
const normal = normals(7);
const Z90 = 1.6449;

/** A draw around 1 of a factor with these relative reaches: two halves of a normal, of logarithms where it is skewed so. */
const even = ({ down, up }: { down: number; up: number }, z: number) => 1 + (z / Z90) * (z < 0 ? down : up);
const skewed = ({ down, up }: { down: number; up: number }, z: number) =>
  Math.exp((z / Z90) * (z < 0 ? -Math.log1p(-down) : Math.log1p(up)));

/** 5th and 95th percentile of 40 000 draws. */
function simulated(draw: () => number): [low: number, high: number] {
  const draws = Float64Array.from({ length: 40_000 }, draw).sort();
  return [draws[2000]!, draws[38_000]!];
}
function expectNear(figure: Figure, [low, high]: readonly [number, number], share = 0.06) {
  const told = toJson(figure) as { low: number; high: number };
  expect(Math.abs(told.low - low) / (high - low), `low ${told.low} beside ${low}`).toBeLessThan(share);
  expect(Math.abs(told.high - high) / (high - low), `high ${told.high} beside ${high}`).toBeLessThan(share);
}

/** An hour under Ember's mean of two years before: the hours, another producer and the years. */
const ember = (zone: string): IntensitySeries => ({
  ...{
    zone,
    provider: 'ember',
    kind: 'average',
    scope: 'lifecycle',
    quality: 'annual',
    source: '',
    licence: '',
    year: 2024,
  },
  from_ms: Float64Array.of(Number.NEGATIVE_INFINITY),
  to_ms: Float64Array.of(Number.POSITIVE_INFINITY),
  g_per_kwh: Float64Array.of(330),
});
function intensity(from_ms = MONDAY, zone = 'DE'): Known {
  const span = { from_ms, to_ms: from_ms + H };
  const all = addCells(
    spread({ from_ms: [from_ms], to_ms: [from_ms + H], energy_j: [3.6e6] }, [from_ms, from_ms + H], [ember(zone)]),
  );
  return accountedIntensity(all, [ember(zone)], { span, hours: 1 }).figure;
}
const HIDDEN = hoursReach({
  ...{ quality: 'annual', g_per_kwh: 330, hours: 1, known: null, wind_and_sun: 0.394, lead_h: null, weeks: null },
});
const FIVE = { down: 0.05, up: 0.05 };
const energy = (kwh: number, sensor = 'sensor:gpu:counter') => withRelative(kwh, { [sensor]: FIVE });
const pue = accountedPue({ pue: 1.2, pue_low: 1.15, pue_high: 1.35, zone: 'DE' }, MONDAY).figure;
/** kg: 164 by its vendor, 572 bottom-up, in between as likely in each part of a doubling. */
const made = withBounds(exactly(306), 'embodied', 164 - 306, 572 - 306);
const drawnMade = () => 306 * skewed({ down: 142 / 306, up: 266 / 306 }, normal());
const drawnGrams = () =>
  330 * skewed(HIDDEN, normal()) * skewed(producerReach(), normal()) * skewed(yearReach(2), normal());
const drawnPue = () => 1.2 + 1.2 * (even({ down: 0.05 / 1.2, up: 0.15 / 1.2 }, normal()) - 1);

describe('beside a simulation', () => {
  test('an intensity of three skewed factors', () => {
    expectNear(intensity(), simulated(drawnGrams));
  });

  test('operational emissions: energy × PUE × intensity', () => {
    const figure = times(times(energy(10), pue), intensity());
    expectNear(
      figure,
      simulated(() => 10 * even(FIVE, normal()) * drawnPue() * drawnGrams()),
    );
  });

  test('with what making the hardware has to do with it: a sum of skewed lines', () => {
    const figure = plus(times(energy(10), intensity()), scaled(made, 10));
    expectNear(
      figure,
      simulated(() => 10 * even(FIVE, normal()) * drawnGrams() + 10 * drawnMade()),
    );
  });

  test('several devices on one grid: what they share adds up, what they do not evens out', () => {
    const figure = times(plus(plus(energy(5), energy(5)), energy(4, 'sensor:cpu-package:model')), intensity());
    expectNear(
      figure,
      simulated(() => (10 * even(FIVE, normal()) + 4 * even(FIVE, normal())) * drawnGrams()),
    );
  });

  test('the ratio of two runs in two grids: the sensor cancels, producers and hours do not', () => {
    const figure = over(times(energy(10), intensity()), times(energy(8), intensity(MONDAY, 'PL')));
    const poland = hoursReach({
      ...{ quality: 'annual', g_per_kwh: 330, hours: 1, known: null, wind_and_sun: 0.21, lead_h: null, weeks: null },
    });
    const other = () =>
      330 * skewed(poland, normal()) * skewed(producerReach(), normal()) * skewed(yearReach(2), normal());
    expectNear(
      figure,
      simulated(() => (10 * drawnGrams()) / (8 * other())),
    );
  });

  test('the difference of two runs of the same hour: the energy that was saved, on one grid', () => {
    const figure = plus(times(energy(10), intensity()), scaled(times(energy(8), intensity()), -1));
    expectNear(
      figure,
      simulated(() => 2 * even(FIVE, normal()) * drawnGrams()),
    );
  });
});

describe('what two runs share', () => {
  const width = (figure: Figure) => {
    const { value, low, high } = toJson(figure) as { value: number; low: number; high: number };
    return (high - low) / value;
  };
  const ratio = (later_ms: number) => width(over(intensity(), intensity(MONDAY + later_ms)));

  test('the same hour cancels; of a day, a week and another week less and less does', () => {
    expect(ratio(0)).toBeCloseTo(0, 9);
    const widths = [5 * H, 26 * H, 14 * 24 * H].map(ratio);
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
    expect(new Set(widths.map((one) => one.toFixed(6))).size).toBe(3);
    expect(widths[2]).toBeLessThan(width(over(intensity(), intensity(MONDAY + 14 * 24 * H, 'FR'))));
  });

  test('a cause that all share cancels in any ratio and adds up in any sum, however skewed', () => {
    const reach = fc.record({
      down: fc.double({ min: 0, max: 0.9, noNaN: true }),
      up: fc.double({ min: 0, max: 5, noNaN: true }),
    });
    const value = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(value, value, reach, (x, y, shared) => {
        const [a, b] = [x, y].map((of) => withRelative(of, { shared })) as [Known, Known];
        const cancelled = toJson(over(a, b)) as { value: number; low: number; high: number };
        expect(cancelled.low / cancelled.value).toBeCloseTo(1, 9);
        expect(cancelled.high / cancelled.value).toBeCloseTo(1, 9);
        const sum = toJson(plus(a, b)) as { value: number; high: number };
        expect(sum.high / sum.value).toBeCloseTo(1 + shared.up, 9);
      }),
    );
  });
});
