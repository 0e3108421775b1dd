// The parts of a report's intensity add up: their shares to the coverage, their grams to the emissions.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputOf, series, T0 } from '../../test/helpers/report-input.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { buildReport } from './build.ts';

const KWH = 3.6e6;
const QUALITIES = ['measured', 'estimated', 'forecast', 'climatology', 'annual'] as const;
/** What is left of a series where these pieces of it are not known. */
const holed = (whole: IntensitySeries, missing: ReadonlySet<number>, quality: IntensitySeries['quality']) => {
  const kept = (list: Float64Array) => list.filter((_, i) => !missing.has(i));
  return {
    ...{ ...whole, quality, from_ms: kept(whole.from_ms), to_ms: kept(whole.to_ms) },
    g_per_kwh: kept(whole.g_per_kwh),
  };
};
const chains = fc
  .array(
    fc.record({
      values: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 }),
      step_ms: fc.integer({ min: 1_500, max: 90_000 }),
      missing: fc.uniqueArray(fc.nat(59), { maxLength: 30 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((all) =>
    all.map(({ values, step_ms, missing }, i) => holed(series(values, step_ms), new Set(missing), QUALITIES[i]!)),
  );
const watts = fc.array(fc.double({ min: 1, max: 700, noNaN: true }), { minLength: 120, maxLength: 120 });

describe('parts', () => {
  test('shares add up to the coverage, grams to the total, whatever the chain knows', () => {
    fc.assert(
      fc.property(fc.array(watts, { minLength: 1, maxLength: 3 }), chains, (power, chain) => {
        const { energy, emissions } = buildReport(inputOf(power, [], chain));
        const { parts, coverage, mean_g_per_kwh } = emissions.intensity;
        expect(Math.abs(parts.reduce((s, { share }) => s + share, 0) - coverage)).toBeLessThanOrEqual(1e-12);
        const it_kwh = energy.it_j.value! / KWH;
        const grams = parts.reduce((s, part) => s + part.share * it_kwh * part.mean_g_per_kwh, 0);
        if (parts.length === 0) expect(mean_g_per_kwh).toBeNull();
        else expect(Math.abs(grams - mean_g_per_kwh! * coverage * it_kwh)).toBeLessThanOrEqual(1e-12 * (1 + grams));
        const total = emissions.operational_g.value;
        if (coverage < 1 - 1e-9) expect(total).toBeNull();
        else expect(Math.abs(grams * 1.3 - total!)).toBeLessThanOrEqual(1e-9 * (1 + total!)); // the PUE of the run
      }),
    );
  });

  test('by hand: of four minutes at 900 W two are measured at 100 g, one forecast at 300, one annual at 500', () => {
    const at = (from: number, to: number, g: number, quality: IntensitySeries['quality']): IntensitySeries => ({
      ...{ ...series([g], 1), quality, g_per_kwh: Float64Array.of(g) },
      ...{ from_ms: Float64Array.of(T0 + from * 60_000), to_ms: Float64Array.of(T0 + to * 60_000) },
    });
    const chain = [at(0, 2, 100, 'measured'), at(1, 3, 300, 'forecast'), at(-99, 99, 500, 'annual')];
    const { emissions } = buildReport(inputOf([Array(240).fill(900)], [], chain));
    expect(
      emissions.intensity.parts.map(({ quality, share, mean_g_per_kwh }) => [quality, share, mean_g_per_kwh]),
    ).toEqual([
      ['measured', expect.closeTo(0.5, 12), expect.closeTo(100, 9)],
      ['forecast', expect.closeTo(0.25, 12), expect.closeTo(300, 9)],
      ['annual', expect.closeTo(0.25, 12), expect.closeTo(500, 9)],
    ]);
    // 0.06 kWh × (50 + 75 + 125) g/kWh × PUE 1.3
    expect(emissions.operational_g.value).toBeCloseTo(19.5, 9);
  });
});
