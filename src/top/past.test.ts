// A job made by hand: 100 W, a step a second, 1000 steps; so each moment's end is 100 kJ.

import { expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import type { StepRow } from '../ledger/records.ts';
import { createPast } from './past.ts';

const T0 = 1_700_000_000_000;
const step = (s: number): StepRow =>
  ({
    ...{ at_ms: T0 + s * 1000, step: s, epoch: null, tokens: null, tokens_are: null, samples: null, batch: null },
    ...({
      lr: null,
      loss: null,
      phase: null,
      total: 1000,
      units: null,
      rank: null,
      told: null,
      metrics: null,
    } as object),
    it_j: s * 100,
  }) as StepRow;

/** 360 gCO2e/kWh are 0.1 g for each kJ. */
const FLAT: IntensitySeries = {
  ...{ zone: 'X', provider: 'p', kind: 'average', scope: 'lifecycle', quality: 'measured', source: 's' },
  ...{ from_ms: Float64Array.of(T0 - 1e9), to_ms: Float64Array.of(T0 + 1e9), g_per_kwh: Float64Array.of(360) },
} as IntensitySeries;

function past(seconds: number, chain: readonly IntensitySeries[]) {
  const one = createPast({ pue: null });
  for (let s = 0; s < seconds; s++) one.add({ from_ms: T0 + s * 1000, to_ms: T0 + (s + 1) * 1000, energy_j: 100 });
  const rows = Array.from({ length: seconds }, (_, s) => step(s + 1));
  return one.courses({ chain, steps: { rows, total: 1000 }, to_ms: T0 + seconds * 1000 });
}

test('what was spent by each moment, and the end as it was foreseen then', () => {
  const [energy, emissions] = past(100, [FLAT]);
  expect(energy!.of).toBe('energy');
  expect(energy!.at_ms).toHaveLength(100);
  expect([energy!.spent[0], energy!.spent[49], energy!.spent.at(-1)]).toEqual([100, 5000, 10_000]);
  // Nobody can tell at the first steps.
  expect(energy!.end[0]).toBeNull();
  expect(energy!.end.at(-1)).toBeCloseTo(100_000, -2);
  expect(energy!.end_low[60]).toBeLessThanOrEqual(energy!.end[60]!);
  expect(emissions!.spent.at(-1)).toBeCloseTo(1, 9);
  expect(emissions!.end.at(-1)).toBeCloseTo(10, 1);
});

test('without an intensity its emissions are unknown, never 0', () => {
  const [, emissions] = past(50, []);
  expect(new Set(emissions!.spent)).toEqual(new Set([null]));
});

test('hours are some hundred moments, and what was spent adds up', () => {
  const hours = createPast({ pue: null });
  // One gap of an hour in the middle, filled by the counter.
  hours.add({ from_ms: T0, to_ms: T0 + 3_600_000, energy_j: 3600 });
  for (let s = 3600; s < 20_000; s++) hours.add({ from_ms: T0 + s * 1000, to_ms: T0 + (s + 1) * 1000, energy_j: 1 });
  hours.add({ from_ms: T0, to_ms: T0 + 1000, energy_j: null });
  const to_ms = T0 + 20_000_000;
  const [energy] = hours.courses({ chain: [], steps: { rows: [], total: null }, to_ms });
  expect(energy!.at_ms.length).toBeLessThanOrEqual(130);
  expect(energy!.at_ms.length).toBeGreaterThan(50);
  energy!.at_ms.forEach((at_ms, i) => {
    // A joule each second, but for the edge of the first stretch.
    expect(Math.abs(energy!.spent[i]! - (at_ms - T0) / 1000)).toBeLessThan(33);
  });
});
