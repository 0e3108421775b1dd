// Budgets of a look → what is kept of them for who looks on, and back: as a decision tells of each, with whose use counts, when
// what is done, and what holds now.
//
// What is read may be of a ledger that is damaged, or of an older joulebook: a budget that cannot be understood is left out.

import { isRecord } from '../core/record.ts';
import { ACTS, type Act, type Limit } from './budget.ts';
import { type Looked, seenOf } from './decision.ts';
import { type SeenBudget, seenIn } from './decisions-in.ts';
import { periodText } from './period.ts';
import { ruleText } from './rule.ts';
import { scopeText } from './scope.ts';

/** A budget in force, as it was judged last. */
export interface BudgetInForce extends SeenBudget {
  readonly currency: string | null;
  /** Of this run alone, and of all of it. */
  readonly own: boolean;
  /** In words: "run", "month". */
  readonly scope: string;
  readonly period: string;
  /** When what is done: "0.8=warn", "forecast 0.9=pause". */
  readonly rules: readonly string[];
  /** What it asks for now, and why. */
  readonly holding: readonly { readonly act: Act; readonly why: string }[];
}

/** What is kept of each. */
export const inForceOf = (looked: readonly Looked[]): Readonly<Record<string, unknown>>[] =>
  looked.map((one) => {
    const { limit, scope, period, rules } = one.budget;
    return {
      ...{ ...seenOf(one), currency: limit.currency, scope: scopeText(scope), period: periodText(period) },
      own: scope.of === 'run' && period.kind === 'whole',
      rules: rules.map(ruleText),
      holding: one.verdict.holding.map(({ act, why }) => ({ act, why })),
    };
  });

/** Read back. Never throws. */
export const inForceIn = (kept: readonly Readonly<Record<string, unknown>>[]): BudgetInForce[] =>
  kept.flatMap((one) => {
    const seen = seenIn(one);
    if (seen === null) return [];
    return {
      ...{ ...seen, currency: text(one.currency), scope: text(one.scope) ?? '', period: text(one.period) ?? '' },
      own: one.own === true,
      rules: list(one.rules).flatMap((rule) => text(rule) ?? []),
      holding: list(one.holding).flatMap((held) => heldIn(held) ?? []),
    };
  });

/** The limit of one. */
export const limitIn = ({ limit, measure, limit_value, currency }: BudgetInForce): Limit => ({
  ...{ measure, value: limit_value, currency, text: limit },
});

function heldIn(value: unknown): BudgetInForce['holding'][number] | null {
  if (!isRecord(value)) return null;
  const act = ACTS.find((one) => one === value.act);
  return act === undefined ? null : { act, why: text(value.why) ?? '' };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
