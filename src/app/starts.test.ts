// A run at other starts, on intensities that can be summed by hand.

import { expect, test } from 'vitest';
import { inputOf, series, T0 } from '../../test/helpers/report-input.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { startsIn } from './starts.ts';

const HALF_HOUR_MS = 1_800_000;
const DAY_MS = 86_400_000;
/** 3600 W for 1000 s: 1 kWh; the PUE is 1.3. */
const run = (chain: readonly IntensitySeries[]) => inputOf([Array(1000).fill(3600)], [], chain);

test('each half-hour within a day of the start, by the mean from there on', () => {
  // From a minute before the start: 100 g/kWh for 31 min, then 400 for as long.
  const told = startsIn(run([series([100, 400], 31 * 60_000)]));
  expect(told.starts).toHaveLength(97);
  expect(told.started.at_ms).toBe(T0);
  expect(told.starts[0]!.at_ms).toBe(T0 - DAY_MS);
  expect(told.starts.at(-1)!.at_ms).toBe(T0 + DAY_MS);
  const [before, own, next, after] = [47, 48, 49, 50].map((i) => told.starts[i]!);
  expect(own).toEqual({ at_ms: T0, g_per_kwh: expect.closeTo(100, 9), emissions_g: expect.closeTo(130, 9) });
  // A half-hour later it lies wholly in the second piece, which ends 61 min after T0.
  expect(next).toEqual({
    at_ms: T0 + HALF_HOUR_MS,
    g_per_kwh: expect.closeTo(400, 9),
    emissions_g: expect.closeTo(520, 9),
  });
  // What is not known for all of the run is unknown.
  expect(before).toEqual({ at_ms: T0 - HALF_HOUR_MS, g_per_kwh: null, emissions_g: null });
  expect(after!.g_per_kwh).toBeNull();
  expect(told.why).toBeNull();
});

test('why none is known is told', () => {
  expect(startsIn({ ...run([]), no_intensity: 'no zone is known: give --zone' }).why).toBe(
    'no zone is known: give --zone',
  );
  const annual: IntensitySeries = { ...series([300], DAY_MS), quality: 'annual', year: 2024 };
  expect(startsIn(run([annual])).why).toContain('annual mean, which has no hours');
  expect(startsIn(inputOf([[0]], [], [series([100], DAY_MS)])).why).toBe('no energy of the run is known');
});

test('the PUE is in, where it is known', () => {
  const input = run([series([100], DAY_MS)]);
  const pue = { ...input.run, pue: 1.5 };
  expect(startsIn({ ...input, run: pue as typeof input.run }).starts[48]!.emissions_g).toBeCloseTo(150, 6);
});
