import { expect, test } from 'vitest';
import { hoursReach } from '../emissions/intensity-errors.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { gridAhead } from './grid-ahead.ts';

const HOUR = 3_600_000;
const hourly = (values: readonly number[], known: Partial<IntensitySeries> = {}): IntensitySeries => ({
  ...{ zone: 'DE', provider: 'test', kind: 'average', scope: 'lifecycle', quality: 'measured', source: '' },
  ...{ licence: '', year: null, from_ms: Float64Array.from(values, (_, i) => i * HOUR) },
  ...{ to_ms: Float64Array.from(values, (_, i) => (i + 1) * HOUR), g_per_kwh: Float64Array.from(values), ...known },
});
const flow = (from_h: number, to_h: number, kwh: number) => ({
  ...{ from_ms: from_h * HOUR, to_ms: to_h * HOUR, energy_j: kwh * 3.6e6 },
});

test('2 kWh over an hour of 200 and one of 400 g/kWh are 600 g, by the hour; a PUE of 1.5 makes 900 g', () => {
  const ahead = gridAhead(flow(0, 2, 2), [hourly([200, 400])])!;
  expect(ahead.emissions_g).toBeCloseTo(600, 9);
  expect([ahead.down_g, ahead.up_g]).toEqual([0, 0]);
  expect(ahead.course.map(({ at_ms }) => at_ms)).toEqual([0, HOUR, 2 * HOUR]);
  expect(ahead.course.map(({ emissions_g }) => Math.round(emissions_g))).toEqual([0, 200, 600]);
  expect(gridAhead(flow(0, 2, 2), [hourly([200, 400])], 1.5)!.emissions_g).toBeCloseTo(900, 9);
});

test('where the intensity ends before the energy does, nothing is told', () => {
  expect(gridAhead(flow(0, 3, 1), [hourly([200, 400])])).toBeNull();
  expect(gridAhead(flow(0, 1, 1), [])).toBeNull();
});

test('nothing more is no emissions', () => {
  expect(gridAhead(flow(0, 2, 0), [hourly([200, 400])])).toMatchObject({ emissions_g: 0, up_g: 0, down_g: 0 });
});

test('a forecast is less sure the further ahead it is: by its lead, as real forecasts erred', () => {
  // 48 hours, made at their beginning: on average 24 hours ahead.
  const known = { mean_g_per_kwh: 300, variation: 0.3 };
  const forecast = hourly(new Array(48).fill(300), { quality: 'forecast', evidence: { lead_h: 24, known } });
  const off = (from_h: number, to_h: number) => {
    const { emissions_g, up_g } = gridAhead(flow(from_h, to_h, 1), [forecast])!;
    return up_g / emissions_g;
  };
  const stated = { quality: 'forecast', g_per_kwh: 300, hours: 2, known, weeks: null, wind_and_sun: null } as const;
  expect(off(0, 2)).toBeCloseTo(hoursReach({ ...stated, lead_h: 1 }).up, 9);
  expect(off(40, 42)).toBeCloseTo(hoursReach({ ...stated, lead_h: 41 }).up, 9);
  expect(off(40, 42)).toBeGreaterThan(1.3 * off(0, 2));
});
