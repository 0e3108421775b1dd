import { expect, test } from 'vitest';
import type { TotalJson, TotalSums } from './total.ts';
import { totalText } from './total-text.ts';

const exact = (value: number) => ({ value, low: value, high: value });
const sums = (energy_j: number): TotalSums => ({
  ...{ runs: 1, energy_j: exact(energy_j), facility_j: exact(energy_j), operational_g: exact(1) },
  ...{ embodied_g: exact(0), total_g: exact(1), cost: {}, unpriced_runs: 0 },
});

test('a share too small to read is told as less than 0.01 %, none as 0 %', () => {
  const row = (key: string, energy_j: number) => ({ kind: 'runs' as const, key, ...sums(energy_j) });
  const total = {
    ...{ schema: 'joulebook/total/v1', since_ms: null, until_ms: null, by: 'month', time_zone: 'UTC' },
    rows: [row('large', 720_000_000), row('small', 60), row('none', 0)],
    ...{ runs: sums(0), idle: sums(0), unattributed: sums(0), total: sums(720_000_060), monitored_j: 0, warnings: [] },
  } as TotalJson;
  const text = totalText(total, { columns: 80, color: false, utf8: true });
  expect(text).toMatch(/small .* <0\.01 % /);
  expect(text).toMatch(/none .* 0 % /);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
