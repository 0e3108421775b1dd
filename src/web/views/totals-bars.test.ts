import { expect, test } from 'vitest';
import type { TotalJson, TotalRow, TotalSums } from '../../report/total.ts';
import { measuresOf, monthBars, rowName } from './totals-bars.ts';

const exactly = (value: number) => ({ value, low: value, high: value });
const sums = (energy_j: number | null): TotalSums => ({
  ...{
    runs: 1,
    facility_j: exactly(0),
    operational_g: exactly(0),
    embodied_g: exactly(0),
    total_g: exactly(0),
    cost: {},
  },
  ...{
    unpriced_runs: 0,
    energy_j:
      energy_j === null ? { value: null, why: 'no reading', unknown_runs: 1, known_j: 3600 } : exactly(energy_j),
  },
});
const row = (key: string | null, energy_j: number | null, kind: TotalRow['kind'] = 'runs'): TotalRow => ({
  kind,
  key,
  ...sums(energy_j),
});
const total = (rows: TotalRow[]): TotalJson => ({
  ...{ schema: 'joulebook/total/v1', since_ms: null, until_ms: null, by: 'month,project', time_zone: 'UTC', rows },
  ...{ runs: sums(0), idle: sums(0), unattributed: sums(0), total: sums(0), monitored_j: 0, warnings: [] },
});
const [ENERGY] = measuresOf(total([])) as [ReturnType<typeof measuresOf>[number]];

test('months are stacked by what they are divided by; one between of which nothing was metered is there', () => {
  const bars = monthBars(
    total([
      row('2025-12, atlas', 7200),
      row('2026-02, atlas', 3600),
      row('2026-02, borea, the second', 36_000),
      row('2026-02, (no project)', 3600, 'idle'),
    ]),
    'project',
    ENERGY,
  )!;
  expect(bars).toMatchObject({
    title: 'Energy by month and project',
    unit: 'Wh',
    categories: ['2025-12', '2026-01', '2026-02'],
  });
  expect(bars.parts.map(({ name, values }) => [name, values])).toEqual([
    ['borea, the second', [0, 0, 10]],
    ['atlas', [2, 0, 1]],
    ['idle', [0, 0, 1]],
  ]);
});

test('where something is not known the known part stands, and that it is not all', () => {
  const bars = monthBars(total([row('2026-01, atlas', null), row('2026-02, atlas', 3600)]), 'project', ENERGY)!;
  expect(bars.parts.map(({ name, values }) => [name, values])).toEqual([
    ['atlas', [1, 1]],
    ['not all is known', [null, 0]],
  ]);
});

test('more than seven parts are six and the others', () => {
  const bars = monthBars(
    total(Array.from({ length: 10 }, (_, i) => row(`2026-01, p${i}`, 3600 * (i + 1)))),
    'project',
    ENERGY,
  )!;
  expect(bars.parts.map(({ name }) => name)).toEqual(['p9', 'p8', 'p7', 'p6', 'p5', 'p4', '4 others']);
  // 1 + 2 + 3 + 4 Wh.
  expect(bars.parts.at(-1)!.values).toEqual([10]);
});

test('no month is no chart, and rows are called as the CLI calls them', () => {
  expect(monthBars(total([row(null, 1)]), null, ENERGY)).toBeNull();
  expect(rowName(row(null, 1), 'project')).toBe('(no project)');
  expect(rowName(row('uid 1000', 1, 'unattributed'), 'user')).toBe('uid 1000 unattributed');
});
