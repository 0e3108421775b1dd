// How a budget's bar is drawn: what is spent, what is projected and the limit, as shares of the bar's width.

import type { BudgetStatus } from '../../report/budget-status.ts';

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface BarOf {
  /** Where the limit stands. */
  readonly limit: number;
  /** Known to be spent; null: nothing is known. */
  readonly spent: number | null;
  readonly spent_reach: Stretch | null;
  /** At the end of the period. */
  readonly end: number | null;
  readonly end_reach: Stretch | null;
  /** Something lies beyond the bar. */
  readonly beyond: boolean;
}

/** A bar is no longer than so many limits: one budget far over hides no other. */
const MOST = 2.5;

export const knownOf = ({ spent }: Pick<BudgetStatus, 'spent'>): number | null =>
  spent.value === null ? spent.known : spent.value;

export function barOf(budget: Pick<BudgetStatus, 'limit' | 'spent' | 'projected'>): BarOf {
  const limit = budget.limit.value;
  const { end } = budget.projected;
  const { spent } = budget;
  const known = knownOf(budget);
  const ends = [limit, known ?? 0, spent.value === null ? 0 : spent.high, end.value === null ? 0 : end.high];
  const longest = Math.max(...ends);
  const whole = Math.min(longest, MOST * limit) * 1.04;
  const at = (value: number) => Math.min(1, Math.max(0, value / whole));
  const reach = (figure: { value: number | null; low?: number; high?: number }): Stretch | null =>
    figure.value === null || figure.low === figure.high ? null : { from: at(figure.low!), to: at(figure.high!) };
  return {
    ...{ limit: at(limit), spent: known === null ? null : at(known), spent_reach: reach(spent) },
    ...{ end: end.value === null ? null : at(end.value), end_reach: reach(end) },
    beyond: longest > MOST * limit,
  };
}

/** How much of the period is over, 0..1; null where it has no end. */
export function elapsed({ from_ms, to_ms }: Pick<BudgetStatus, 'from_ms' | 'to_ms'>, now_ms: number): number | null {
  if (from_ms === null || to_ms === null || to_ms <= from_ms) return null;
  return Math.min(1, Math.max(0, (now_ms - from_ms) / (to_ms - from_ms)));
}
