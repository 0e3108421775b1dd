// An order to a job and what was seen of its budgets → the row that is kept of it, and its words for people.
//
// Facts of a row are flat: the budget that asked first is spelled out, all that was seen of every budget is one text of JSON.

import type { Budget, Sight } from './budget.ts';
import type { Order } from './orders.ts';
import type { Verdict } from './verdict.ts';

/** A budget as it was seen at the look that an order came of. */
export interface Looked {
  readonly budget: Budget;
  readonly sight: Sight;
  readonly verdict: Verdict;
}

/** The event that is kept of an order, and the one of what came of it. */
export const [DECISION, OUTCOME] = ['decision', 'outcome'] as const;

export interface DecisionRow {
  readonly at_ms: number;
  readonly event: typeof DECISION;
  readonly message: string;
  readonly facts: Readonly<Record<string, number | string | null>>;
}

/** `number` counts the decisions of a segment from 1. */
export function decisionRow(order: Order, number: number, looked: readonly Looked[]): DecisionRow {
  const { act, by, because, why } = order;
  const first = looked.find(({ budget }) => budget.id === by[0]);
  return {
    ...{ at_ms: Math.round(order.at_ms), event: DECISION, message: `${act}: ${reasonsOf(order)}` },
    facts: {
      ...{ decision: number, act, by: by.join(', '), because: because.map((one) => one.why).join('; '), why },
      ...(first === undefined ? {} : seenOf(first)),
      inputs: JSON.stringify(looked.map(seenOf)),
    },
  };
}

/** What was known of a budget, flat; amounts in the unit of its measure. */
function seenOf({ budget, sight, verdict }: Looked): Record<string, number | string | null> {
  const { limit } = budget;
  const { spent, end } = sight;
  return {
    ...{ budget: budget.id, limit: limit.text, measure: limit.measure, limit_value: limit.value },
    ...{ standing: verdict.standing, share: verdict.share?.value ?? null, overrun: verdict.overrun },
    ...{ spent: spent?.value ?? null, spent_low: spent?.low ?? null, spent_high: spent?.high ?? null },
    ...{ end: end?.value ?? null, end_low: end?.low ?? null, end_high: end?.high ?? null },
    ...{ crosses_ms: sight.crosses_ms, renews_ms: sight.renews_ms, unknown: sight.why },
  };
}

/** Why it was ordered: "100.0 % of 2kgCO2e is spent (90 %: …) (budget lab)". */
export function reasonsOf({ by, because, why }: Order): string {
  const reasons = because.map((one) => one.why).join('; ');
  const named = by.filter((one) => one !== 'run');
  const who = named.length === 0 ? '' : ` (budget${named.length > 1 ? 's' : ''} ${named.join(', ')})`;
  if (reasons === '') return why ?? 'nothing holds it up';
  return `${reasons}${who}${why === null ? '' : `; ${why}`}`;
}
