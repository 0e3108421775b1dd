import { expect, test } from 'vitest';
import type { Course } from '../../decide/course-log.ts';
import type { LiveRun } from '../../server/contract/live.ts';
import { amountText, fanChart, foreseenChart, gridHeat, gridsOf, powerChart, subjectsOf } from './now-charts.ts';

const T = 1_700_000_000_000;
const reach = (value: number) => ({ value, low: value / 2, high: value * 2 });
const budget = (more: Partial<LiveRun['budgets'][number]>) => ({
  ...{ limit: '2kWh', measure: 'energy', limit_value: 7.2e6, currency: null, spent: 3.6e6, end: null, overrun: null },
  ...{ crosses_ms: null, why: null, in_force: null },
  ...more,
});
const force = (name: string, scope: string, period: string) => ({
  ...{ name, scope, period, rules: ['warn'], holding: [], standing: 'within', at_ms: T },
});
const run: LiveRun = {
  run: {
    ...{ id: 'r', name: null, command: ['x'], state: 'running', started_at_ms: T - 60_000, paused: null },
    ...{ duration_s: 60, zone: 'DE', hosts: ['h'] },
  },
  ...{ at_ms: T, power_w: 100, mean_w: 100, it_j: 3.6e6, partial: false, operational_g: 400 },
  work: {
    ...{ step: 1, total: 2, epoch: null, loss: null, tokens_per_s: null, j_per_token: null, stalled_since_ms: null },
    phases: [],
  },
  end: {
    ...{ left_s: reach(100), it_j: reach(7.2e6), operational_g: 800 },
    ...{ operational_low_g: 700, operational_high_g: 950 },
  },
  history: { span_s: 4, power_w: [null, 90, null, 110] },
  ...{ warnings: [], budgets: [], grid: null, no_grid: 'none' },
};
const course: Course = {
  ...{ of: 'emissions', at_ms: [T - 2000, T - 1000], spent: [398, 399] },
  ...{ end: [null, 900], end_low: [null, 800], end_high: [null, 1000] },
};

test('power: what is before the first value is left out, a gap within stays one, the last is of now', () => {
  const { x, series } = powerChart(run);
  expect(x.values).toEqual([T - 2000, T - 1000, T]);
  expect(series[0]!.values).toEqual([90, null, 110]);
});

test('a fan: so far in the past, expected from now with an interval that opens, limits all along', () => {
  const told = { ...run, budgets: [budget({ limit: '1kg', measure: 'emissions', limit_value: 1000, spent: 400 })] };
  const own = { ...told, budgets: [{ ...told.budgets[0]!, in_force: force('run', 'this run', 'all time') }] };
  const [subject] = subjectsOf(own);
  expect(subject).toMatchObject({ id: 'emissions', limits: [{ name: 'limit 1kg', value: 1000 }] });
  const { x, series } = fanChart(subject!, course, own);
  expect(x.values).toEqual([T - 2000, T - 1000, T, T + 100_000]);
  const [past, ahead, limit] = series;
  expect(past).toMatchObject({ name: 'so far', unit: 'kgCO2e', values: [0.398, 0.399, 0.4, null] });
  expect(ahead).toMatchObject({ name: 'expected', dashed: true, values: [null, null, 0.4, 0.8] });
  expect(ahead!.band).toEqual({ what: '90 %', low: [null, null, 0.4, 0.7], high: [null, null, 0.4, 0.95] });
  expect(limit!.values).toEqual([1, 1, 1, 1]);
  expect(past!.write!(0.4)).toBe('400 gCO2e');
});

test('without a projection there is no fan, and what is not known is not drawn as 0', () => {
  const blind = { ...run, end: null, operational_g: null };
  const subject = subjectsOf(blind).find(({ id }) => id === 'emissions')!;
  const { x, series } = fanChart(subject, undefined, blind);
  expect(x.values).toEqual([T]);
  expect(series.map(({ name, values }) => [name, values])).toEqual([['so far', [null]]]);
});

test('what has a limit comes first, then what is known; a budget that others use too stands by itself', () => {
  const shared = budget({ in_force: force('lab', 'all runs', 'month') });
  const asked = budget({ limit: '9kWh' });
  expect(subjectsOf({ ...run, budgets: [shared, asked] }).map(({ id, name }) => `${id}: ${name}`)).toEqual([
    'lab: Budget lab',
    'emissions: Emissions',
    'energy: Energy',
  ]);
  const own = budget({ in_force: force('run', 'this run', 'all time') });
  expect(subjectsOf({ ...run, operational_g: null, budgets: [own] }).map(({ id }) => id)).toEqual([
    'energy',
    'emissions',
  ]);
  const ratio = budget({
    measure: 'j_per_token',
    limit: '1J/token',
    in_force: force('1J/token', 'this run', 'all time'),
  });
  expect(subjectsOf({ ...run, budgets: [ratio] })[0]).toMatchObject({ id: '1J/token', name: 'Budget 1J/token' });
});

test('the end as it was foreseen, in one unit with its limit', () => {
  const subject = { ...subjectsOf(run)[0]!, limits: [{ name: 'limit 2kgCO2e', value: 2000 }] };
  const { series } = foreseenChart(subject, course);
  expect(series[0]).toMatchObject({ unit: 'kgCO2e', values: [null, 0.9], band: { low: [null, 0.8], high: [null, 1] } });
  expect(series[1]).toMatchObject({ name: 'limit 2kgCO2e', values: [2, 2] });
});

test('amounts in words, by their measure', () => {
  expect([
    amountText('energy', 3.6e6, null),
    amountText('emissions', 1500, null),
    amountText('water', 2, null),
    amountText('money', 5, 'EUR'),
    amountText('j_per_token', 0.5, null),
    amountText('g_per_million_tokens', 12, null),
  ]).toEqual(['1.00 kWh', '1.50 kgCO2e', '2.00 L', '5.00 EUR', '0.500 J/token', '12.0 gCO2e per 1M tokens']);
});

test('zones once each; hours as they are, unknown ones too', () => {
  const hours = [
    { from_ms: Date.UTC(2026, 10, 28, 23), g_per_kwh: 300, quality: 'forecast' },
    { from_ms: Date.UTC(2026, 10, 29, 0), g_per_kwh: null, quality: null },
  ];
  const grid = { zone: 'DE', provider: 'p', kind: 'average', scope: 'lifecycle', quality: 'forecast', g_per_kwh: 300 };
  const one = { ...run, grid: { ...grid, hours } };
  expect(gridsOf([one, run, one])).toHaveLength(1);
  expect(gridHeat(gridsOf([one]))).toMatchObject({
    columns: ['23:00', '00:00'],
    rows: ['DE'],
    values: [[300, null]],
    notes: [['forecast', null]],
  });
});
