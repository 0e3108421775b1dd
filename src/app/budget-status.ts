// Standing budgets and a ledger → how each stands: what is spent, who spends now, and what comes of it at the pace of the last days.
//
// All budgets are told from one reading of the ledger, which is cut at the edges of all that is asked.

import type { Budget } from '../decide/budget.ts';
import { DAY_MS, type Pace, paceOf } from '../decide/pace.ts';
import { periodAt } from '../decide/period.ts';
import { isRatio, NOTHING, type Spent, sightOf } from '../decide/spent.ts';
import { openReader } from '../ledger/reader.ts';
import { goesOn, type RunEntry } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import { type BudgetStatusJson, type Seen, statusJson } from '../report/budget-status.ts';
import type { Standing } from './budgets.ts';
import { openSpending, type Spending, toldOf } from './spending.ts';

/** The pace is that of the last so many days, and of the last minute. */
const DAYS = 7;
const LATELY_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Rejects with Fault ledger-newer, engine-missing, engine-failed. */
export async function budgetStatus(
  ledger: string,
  standing: readonly Standing[],
  now_ms: number,
): Promise<BudgetStatusJson> {
  const head = { schema: 'joulebook/budget-status/v1', now_ms } as const;
  const budgets = standing.map(({ budget }) => budget);
  if (budgets.length === 0) return { ...head, budgets: [], warnings: [] };
  const untold = () => standing.map((one) => statusJson(one, untouched(one.budget, now_ms)));
  if (!hasLedger(ledger)) return { ...head, budgets: untold(), warnings: [] };
  const reader = await openReader();
  try {
    const edges_ms = [...dayEdges(now_ms), now_ms - LATELY_MS];
    const spending = await openSpending(reader, ledger, { budgets, now_ms, edges_ms });
    const told: BudgetStatusJson['budgets'] = [];
    for (const one of standing) told.push(statusJson(one, await seenOf(spending, one.budget, now_ms)));
    const warnings = spending.damaged.map((folder) => ({
      ...{ code: 'ledger-damage', message: `run.json cannot be read in ${folder}: this run is left out` },
    }));
    return { ...head, budgets: told, warnings };
  } finally {
    reader.close();
  }
}

const dayEdges = (now_ms: number): number[] => Array.from({ length: DAYS }, (_, i) => now_ms - (DAYS - i) * DAY_MS);

/** Where nothing was ever metered. */
function untouched({ period }: Budget, now_ms: number): Seen {
  const stretch = periodAt(period, now_ms);
  const pace = { why: 'nothing was metered yet' };
  return { ...stretch, renews_ms: stretch.to_ms, runs: 0, running: [], spent: NOTHING, days: 0, pace };
}

async function seenOf(spending: Spending, budget: Budget, now_ms: number): Promise<Seen> {
  const { spent, from_ms, to_ms, renews_ms } = await toldOf(spending, budget, now_ms);
  const counting = spending.counting(budget);
  const since = from_ms ?? Number.NEGATIVE_INFINITY;
  const running: Seen['running'] = [];
  for (const entry of counting.filter(({ state }) => goesOn(state)))
    running.push({ ...idOf(entry), per_hour: await rateOf(spending, { budget, entry }, now_ms) });
  const days = await daysOf(spending, budget, now_ms);
  return {
    ...{ from_ms, to_ms, renews_ms, spent, running, days: days.length },
    runs: counting.filter((entry) => spending.spanOf(entry).to_ms >= since).length,
    pace: paceFor(budget, { spent, days, now_ms, to_ms }),
  };
}

const idOf = ({ record: { id, name } }: RunEntry) => ({ id, name });

/** What a run spends an hour, by its last minute. */
async function rateOf(
  spending: Spending,
  { budget, entry }: { readonly budget: Budget; readonly entry: RunEntry },
  now_ms: number,
): Promise<number | null> {
  if (isRatio(budget.limit.measure)) return null;
  const from_ms = now_ms - LATELY_MS;
  const span = spending.spanOf(entry);
  const seen_ms = Math.min(now_ms, span.to_ms) - Math.max(from_ms, span.from_ms);
  const { value, unknown_runs } = await spending.spent(budget, { from_ms, to_ms: null }, entry);
  return seen_ms < 1000 || unknown_runs > 0 ? null : (value * HOUR_MS) / seen_ms;
}

/** What each of the last days took, from that of the scope's first run on. */
async function daysOf(spending: Spending, budget: Budget, now_ms: number): Promise<Spent[]> {
  if (isRatio(budget.limit.measure)) return [];
  const first_ms = Math.min(...spending.counting(budget).map((entry) => spending.spanOf(entry).from_ms));
  const days: Spent[] = [];
  for (const from_ms of dayEdges(now_ms).filter((edge) => edge + DAY_MS > first_ms))
    days.push(await spending.spent(budget, { from_ms, to_ms: from_ms + DAY_MS }));
  return days;
}

type PaceOf = Pick<Seen, 'spent'> & {
  readonly days: readonly Spent[];
  readonly now_ms: number;
  readonly to_ms: number | null;
};

function paceFor({ limit, period }: Budget, { spent, days, ...rest }: PaceOf): Pace | { readonly why: string } {
  if (isRatio(limit.measure)) return { why: `${limit.text} is a ratio: it does not add up over time` };
  if (period.kind === 'rolling') return { why: 'a rolling window has no end' };
  const told = sightOf(limit.measure, spent);
  if (told.spent === null || told.partial === true) return { why: told.why ?? 'what is spent is not known' };
  // A day of which something is not known would count for less than it took.
  const open = days.find(({ unknown_runs }) => unknown_runs > 0);
  if (open !== undefined) return { why: `not all of the last ${days.length} days is known: ${open.why}` };
  const values = days.map(({ value }) => value);
  return (
    paceOf({ ...rest, days: values, spent: told.spent, limit: limit.value }) ?? {
      why: 'two days of records are needed',
    }
  );
}
