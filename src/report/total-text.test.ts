import { describe, expect, test } from 'vitest';
import type { TotalJson, TotalRow, TotalSums } from './total.ts';
import { totalText } from './total-text.ts';

const of = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });
const sums = (energy_j: number): TotalSums => ({
  ...{ runs: 1, energy_j: of(energy_j), facility_j: of(energy_j), operational_g: of(energy_j / 1e4) },
  ...{ embodied_g: of(0.1), total_g: of(energy_j / 1e4 + 0.1), cost: { EUR: of(energy_j / 1e7) }, unpriced_runs: 0 },
});
const row = (kind: TotalRow['kind'], key: string | null, energy_j: number): TotalRow => ({
  kind,
  key,
  ...sums(energy_j),
});
const total = (rows: readonly TotalRow[]): TotalJson => ({
  ...{ schema: 'joulebook/total/v1', since_ms: null, until_ms: null, by: 'user', time_zone: 'UTC', rows: [...rows] },
  ...{ runs: sums(1e6), idle: sums(0), unattributed: sums(0), total: sums(4e6), monitored_j: 4e6, warnings: [] },
});
const lines = (columns: number, ...rows: TotalRow[]) =>
  totalText(total(rows), { columns, color: false, utf8: true }).split('\n');
/** A terminal's columns left of what follows. */
const columnsLeftOf = (line: string, what: string) =>
  [...line.slice(0, line.indexOf(what))].reduce((n, c) => n + (c >= '぀' ? 2 : 1), 0);

describe('the table', () => {
  const rows = [row('runs', 'ada', 1e6), row('idle', null, 2e6), row('unattributed', 'uid 1000', 1e6)];

  test('of 80 columns shows whole names before it shows bars, and of 160 both', () => {
    const narrow = lines(80, ...rows);
    expect(narrow.find((line) => line.includes('uid 1000'))).toMatch(/^ {2}uid 1000 unattributed +1 /);
    expect(Math.max(...narrow.map((line) => [...line].length))).toBeLessThanOrEqual(80);
    const wide = lines(160, ...rows);
    expect(wide.find((line) => line.includes('uid 1000'))).toMatch(/^ {2}uid 1000 unattributed +1 .*EUR {2}█+$/);
    expect(Math.max(...wide.map((line) => [...line].length))).toBeLessThanOrEqual(160);
    expect(wide[1]).toMatch(/with PUE +operational +embodied +total CO2e +cost/);
  });

  test('a long name is cut, and letters that are two columns wide keep figures below each other', () => {
    const [, head, ascii, asian] = lines(
      80,
      row('runs', 'x'.repeat(60), 1e6),
      row('runs', '日本語プロジェクトの名前', 1e6),
    );
    expect(ascii).toMatch(/^ {2}x+… +1 /);
    expect([...ascii!].length).toBeLessThanOrEqual(80);
    expect(columnsLeftOf(asian!, ' 278 Wh')).toBe(columnsLeftOf(ascii!, ' 278 Wh'));
    expect(head!.indexOf('energy') + 'energy'.length).toBe(columnsLeftOf(ascii!, '278 Wh') + '278 Wh'.length);
  });
});

test('a share too small to read is told as less than 0.01 %, none as 0 %', () => {
  const row = (key: string, energy_j: number) => ({ kind: 'runs' as const, key, ...sums(energy_j), cost: {} });
  const total = {
    ...{ schema: 'joulebook/total/v1', since_ms: null, until_ms: null, by: 'month', time_zone: 'UTC' },
    rows: [row('large', 720_000_000), row('small', 60), row('none', 0)],
    ...{
      runs: sums(0),
      idle: sums(0),
      unattributed: sums(0),
      total: { ...sums(720_000_060), cost: {} },
      monitored_j: 0,
      warnings: [],
    },
  } as TotalJson;
  const text = totalText(total, { columns: 80, color: false, utf8: true });
  expect(text).toMatch(/small .* <0\.01 % /);
  expect(text).toMatch(/none .* 0 % /);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
