import { expect, test } from 'vitest';
import { over, toJson } from '../core/figure.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { accountedIntensity } from './intensity-account.ts';
import { hoursReach, producerReach, productReach } from './intensity-errors.ts';
import { addCells, spread } from './operational.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 5, 3);

const series = (
  quality: IntensitySeries['quality'],
  pieces: readonly [from_h: number, to_h: number, g: number][],
  more: Partial<IntensitySeries> = {},
): IntensitySeries => ({
  ...{
    zone: 'DE',
    provider: 'entsoe',
    kind: 'average',
    scope: 'lifecycle',
    quality,
    source: '',
    licence: '',
    year: null,
  },
  from_ms: Float64Array.from(pieces, ([from]) => T + from * H),
  to_ms: Float64Array.from(pieces, ([, to]) => T + to * H),
  g_per_kwh: Float64Array.from(pieces, ([, , g]) => g),
  ...more,
});

/** 1 kWh an hour. */
function account(chain: readonly IntensitySeries[], from_h: number, to_h: number) {
  const span = { from_ms: T + from_h * H, to_ms: T + to_h * H };
  const used = { from_ms: [span.from_ms], to_ms: [span.to_ms], energy_j: [3.6e6 * (to_h - from_h)] };
  const all = addCells(spread(used, [span.from_ms, span.to_ms], chain));
  return accountedIntensity(all, chain, { span, hours: to_h - from_h }).figure;
}
const year = series('annual', [[-9999, 9999, 300]], { provider: 'ember', year: 2024 });

test('three quarters measured at 200, a quarter annual at 400: 250 g/kWh, causes of different producers in quadrature', () => {
  const measured = series('measured', [[0, 6, 200]]);
  const annual = { ...year, g_per_kwh: Float64Array.of(400) };
  const { value, low, high } = toJson(account([measured, annual], 0, 8)) as {
    value: number;
    low: number;
    high: number;
  };
  expect(value).toBeCloseTo(250, 9);
  // 150 of the 250 g/kWh are measured over 6 h, 100 are annual over 2 h.
  const hidden = hoursReach({
    quality: 'annual',
    g_per_kwh: 400,
    hours: 2,
    known: null,
    wind_and_sun: 0.394,
    lead_h: null,
    weeks: null,
  });
  const [one, other] = [producerReach(), productReach([hidden, producerReach()])];
  expect(value - low).toBeCloseTo(Math.hypot(150 * one.down, 100 * other.down), 9);
  expect(high - value).toBeCloseTo(Math.hypot(150 * one.up, 100 * other.up), 9);
});

test('a forecast that is used for a little of a run widens it by a little', () => {
  const measured = series('measured', [[0, 99, 300]]);
  const forecast = series('forecast', [[99, 100, 300]], { evidence: { lead_h: 90 } });
  const width = (chain: IntensitySeries[]) => {
    const { low, high } = toJson(account(chain, 0, 100)) as { low: number; high: number };
    return high - low;
  };
  const whole = series('measured', [[0, 100, 300]]);
  expect(width([measured, forecast]) / width([whole])).toBeLessThan(1.01);
  expect(width([measured, forecast])).toBeGreaterThan(width([whole]));
});

test('two runs in the same hours by one producer: their ratio is sure; at other hours it is not, but surer than each', () => {
  const ratio = (from_h: number) => {
    const { low, high } = toJson(over(account([year], 0, 1), account([year], from_h, from_h + 1))) as {
      low: number;
      high: number;
    };
    return high - low;
  };
  expect(ratio(0)).toBeCloseTo(0, 12);
  const { low, high } = toJson(account([year], 0, 1)) as { low: number; high: number };
  expect(ratio(5)).toBeGreaterThan(0.1);
  // Without a shared producer it would be √2 times the width of one.
  expect(ratio(5)).toBeLessThan((Math.SQRT2 * (high - low)) / 300);
});

test('no emissions, no error', () => {
  expect(toJson(account([series('measured', [[0, 5, 0]])], 0, 1))).toEqual({ value: 0, low: 0, high: 0 });
});
