import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import { cleanestStart } from './hindsight.ts';

const HOUR = 3_600_000;
const hourly = (values: readonly number[]): IntensitySeries => ({
  ...{ zone: 'X', provider: 'file', kind: 'average', scope: 'lifecycle', quality: 'measured', source: '', licence: '' },
  from_ms: Float64Array.from(values, (_, i) => i * HOUR),
  to_ms: Float64Array.from(values, (_, i) => (i + 1) * HOUR),
  g_per_kwh: Float64Array.from(values),
  year: null,
});
const evenly = (from: number, to: number, energy_j = 3.6e6) => ({ from_ms: [from], to_ms: [to], energy_j: [energy_j] });

describe('cleanestStart', () => {
  test('an hour at 300 g could have been at 100', () => {
    const found = cleanestStart(
      evenly(2 * HOUR, 3 * HOUR),
      { from: 2 * HOUR, to: 3 * HOUR },
      hourly([200, 100, 300, 400]),
    )!;
    expect(found.started).toEqual({ at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(300, 6) });
    expect(found.cleanest).toEqual({ at_ms: HOUR, g_per_kwh: expect.closeTo(100, 6) });
  });

  test('two hours are compared as a whole, with the energy where it was used', () => {
    // 3 kWh in the first hour, 1 in the second: 200·¾ + 600·¼ = 300; from hour 1: 600·¾ + 100·¼ = 475.
    const used = { from_ms: [0, HOUR], to_ms: [HOUR, 2 * HOUR], energy_j: [10.8e6, 3.6e6] };
    const found = cleanestStart(used, { from: 0, to: 2 * HOUR }, hourly([200, 600, 100]))!;
    expect(found.started.g_per_kwh).toBeCloseTo(300, 6);
    expect(found.cleanest.at_ms).toBe(0);
    const later = cleanestStart(used, { from: 0, to: 2 * HOUR }, hourly([200, 600, 100, 100]))!;
    expect(later.cleanest).toEqual({ at_ms: 2 * HOUR, g_per_kwh: expect.closeTo(100, 6) });
  });

  test('a start that the series does not cover to the end is not offered', () => {
    const found = cleanestStart(evenly(0, 2 * HOUR), { from: 0, to: 2 * HOUR }, hourly([200, 200, 10]))!;
    expect(found.cleanest.at_ms).toBe(HOUR); // 200 and 10; from hour 2 on only one hour is known
  });

  test('where no other start could be compared nothing is claimed', () => {
    // Two hours of use on a series of two hours: from hour 1 on only half of it is known.
    expect(cleanestStart(evenly(0, 2 * HOUR), { from: 0, to: 2 * HOUR }, hourly([200, 300]))).toBeNull();
    // One hour of use: the other hour can be compared, and it is dirtier.
    const found = cleanestStart(evenly(0, HOUR), { from: 0, to: HOUR }, hourly([200, 300]))!;
    expect(found.cleanest).toEqual(found.started);
  });

  test('nor one more than a day away, nor anything from one constant value', () => {
    const long = hourly([...Array(30).fill(300), 1]);
    expect(cleanestStart(evenly(0, HOUR), { from: 0, to: HOUR }, long)!.cleanest.g_per_kwh).toBeCloseTo(300, 6);
    expect(cleanestStart(evenly(0, HOUR), { from: 0, to: HOUR }, hourly([300]))).toBeNull();
    expect(cleanestStart(evenly(40 * HOUR, 41 * HOUR), { from: 40 * HOUR, to: 41 * HOUR }, long)).toBeNull();
  });
});
