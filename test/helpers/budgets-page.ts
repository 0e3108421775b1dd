// Budgets and decisions as the API tells them: budgets made by the code of joulebook budget status, of amounts that are given here.

import type { Pace } from '../../src/decide/pace.ts';
import type { Spent } from '../../src/decide/spent.ts';
import { type BudgetTexts, standingBudget } from '../../src/decide/standing.ts';
import type { BudgetStatusJson } from '../../src/report/budget-status.ts';
import { statusJson } from '../../src/report/budget-status.ts';
import type { DecisionLogJson, LoggedJson } from '../../src/report/decision-log.ts';

const DAY_MS = 86_400_000;
export const NOW_MS = Date.UTC(2026, 10, 16);
const [FROM_MS, TO_MS] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)];

interface Told {
  readonly said: BudgetTexts;
  readonly spent: Pick<Spent, 'value' | 'low' | 'high'> & Partial<Spent>;
  readonly pace?: Pace | { readonly why: string };
  readonly running?: readonly { id: string; name: string | null; per_hour: number | null }[];
}

function budget(name: string, { said, spent, pace = { why: 'two days of records are needed' }, running = [] }: Told) {
  const made = standingBudget(name, said);
  const month = made.period.kind === 'calendar';
  return statusJson(
    { budget: made, file: `/ledger/budgets/${name}.json`, set: { set_at_ms: FROM_MS, user: 'ada' } },
    {
      ...{ from_ms: month ? FROM_MS : null, to_ms: month ? TO_MS : null, renews_ms: month ? TO_MS : null, runs: 12 },
      ...{ running: [...running], days: 7, pace },
      spent: { tokens: null, unknown_runs: 0, why: null, ...spent },
    },
  );
}

/** Half of the month is over: lab is within and will pass its limit, llm is spent, and of tiny not all is known. */
export function budgetsPage(): BudgetStatusJson {
  return {
    ...{ schema: 'joulebook/budget-status/v1', now_ms: NOW_MS, warnings: [] },
    budgets: [
      budget('lab', {
        said: { limit: '20kgCO2e', per: 'month', on_breach: ['0.8=warn', 'stop'] },
        spent: { value: 12_000, low: 10_800, high: 13_500 },
        pace: { per_day: 800, end: { value: 24_000, low: 21_000, high: 28_000 }, crosses_ms: NOW_MS + 10 * DAY_MS },
        running: [{ id: 'r1', name: 'wide', per_hour: 120 }],
      }),
      budget('llm', {
        said: { limit: '50kWh', project: 'llm', per: 'month' },
        spent: { value: 63 * 3.6e6, low: 60 * 3.6e6, high: 66 * 3.6e6 },
      }),
      budget('tiny', {
        said: { limit: '5EUR', tag: 'team=ml' },
        spent: { value: 2, low: 2, high: 2, unknown_runs: 3, why: '3 runs have no price' },
      }),
    ],
  };
}

const known = (value: number, low = value, high = value) => ({ value, low, high });
const lab = {
  ...{ budget: 'lab', limit: '20kgCO2e', measure: 'emissions' as const, limit_value: 20_000, standing: 'over' },
  ...{ share: 1, overrun: null, spent: known(20_000, 19_000, 21_000), end: known(24_000, 21_000, 28_000) },
  ...{ crosses_ms: NOW_MS, renews_ms: TO_MS, unknown: null },
};

/** A decision of run r1 at noon of a day of November. */
const decided = (day: number, more: Partial<LoggedJson>): LoggedJson => ({
  ...{ run: 'r1', run_name: 'wide', at_ms: Date.UTC(2026, 10, day, 12), writer: 'w', decision: day, act: 'warn' },
  ...{ by: ['lab'], because: '80.0 % of 20kgCO2e is spent', why: null, budgets: [lab] },
  ...{ grid: null, left: { energy: null, emissions: null }, outcome: null, stood: null, saved: null },
  ...more,
});

const PAUSED: Partial<LoggedJson> = {
  ...{ act: 'pause', by: ['greener grid'], because: '412 g/kWh now, 210 g/kWh at 14:00', budgets: [] },
  grid: { zone: 'DE', provider: 'neso', quality: 'measured', g_per_kwh: 412, forecast: null },
  outcome: { at_ms: 0, done: true, how: 'the job was paused', took_ms: 40 },
  stood: { from_ms: Date.UTC(2026, 10, 11, 12), to_ms: Date.UTC(2026, 10, 11, 14) },
  saved: {
    ...{ emissions_g: known(160, 120, 210), energy_j: known(-7200, -7900, -6500), estimate: false },
    how: 'against running on from then on',
  },
};

/** A warning, a pause of two hours that saved 160 g and drew 2 Wh, a stop, and a start that was refused; by time. */
export function decisionsPage(by?: string | null): DecisionLogJson {
  const all = [
    decided(10, {}),
    decided(11, PAUSED),
    decided(12, {
      ...{
        act: 'stop',
        because: '100 % of 20kgCO2e is spent',
        left: { energy: known(7.2e6), emissions: known(900, 700, 1200) },
      },
      outcome: { at_ms: 0, done: false, how: 'the job did not end within 30 s', took_ms: 30_000 },
    }),
    decided(13, { act: 'refuse', run: 'r2', run_name: null, writer: null, because: '100 % of 20kgCO2e is spent' }),
  ];
  const nothing = known(0);
  const paused = by == null || by === 'greener grid';
  return {
    schema: 'joulebook/budget-log/v1',
    decisions: all.filter((one) => by == null || one.by.includes(by)),
    saved: {
      emissions_g: paused ? known(160, 120, 210) : nothing,
      energy_j: paused ? known(-7200, -7900, -6500) : nothing,
      ...{ estimated_g: nothing, estimated_j: nothing, of: paused ? 1 : 0, unknown: 0 },
    },
    warnings: [],
  };
}
