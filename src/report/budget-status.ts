// Budgets as they stand (joulebook/budget-status/v1, docs/formats/budget.md): the document, made of what was found.

import type { Budget, Limit, Reach } from '../decide/budget.ts';
import type { Pace } from '../decide/pace.ts';
import { periodText } from '../decide/period.ts';
import { scopeText } from '../decide/scope.ts';
import { type Spent, sightOf } from '../decide/spent.ts';
import { unitOf } from './amount.ts';

/** A figure; where part of it is not known the part that is, and of how many runs something is missing. */
export type KnownJson = Reach | { value: null; why: string; known: number | null; unknown_runs: number };
export type FigureJson = Reach | { value: null; why: string };

export interface BudgetJson {
  name: string;
  /** Where it stands: budgets/NAME.json of the ledger, or a file of settings. */
  file: string;
  set_at_ms: number | null;
  set_by: string | null;
  limit: Limit & { unit: string };
  scope: Budget['scope'] & { text: string };
  period: Budget['period'] & { text: string };
  rules: Budget['rules'];
}

export interface BudgetsJson {
  schema: 'joulebook/budgets/v1';
  budgets: BudgetJson[];
}

export interface BudgetStatus extends BudgetJson {
  /** [from_ms, to_ms) of the period; null: since ever, without end. */
  from_ms: number | null;
  to_ms: number | null;
  renews_ms: number | null;
  /** `unknown`: below the limit as far as that is known. */
  standing: 'within' | 'over' | 'unknown';
  /** In `limit.unit`, as what is projected. */
  spent: KnownJson;
  /** Of the limit. */
  share: KnownJson;
  /** Of tokens, where the limit is for each of them. */
  tokens: number | null;
  /** Runs that count in the period. */
  runs: number;
  /** Those that go on, with what they spend an hour by their last minute; null: not known yet, or a ratio. */
  running: { id: string; name: string | null; per_hour: number | null }[];
  projected: {
    /** Days that the pace is of, each of 24 h up to now. */
    days: number;
    per_day: number | null;
    /** At the end of the period. */
    end: FigureJson;
    /** When the limit is passed at that pace; null: not in this period, it is passed already, or nobody can tell. */
    crosses_ms: number | null;
  };
}

export interface BudgetStatusJson {
  schema: 'joulebook/budget-status/v1';
  now_ms: number;
  budgets: BudgetStatus[];
  warnings: { code: string; message: string }[];
}

export interface Placed {
  readonly budget: Budget;
  readonly file: string;
  readonly set: { readonly set_at_ms: number; readonly user: string | null } | null;
}

export function budgetJson({ budget, file, set }: Placed): BudgetJson {
  const { id, limit, scope, period, rules } = budget;
  return {
    ...{ name: id, file, set_at_ms: set?.set_at_ms ?? null, set_by: set?.user ?? null },
    limit: { ...limit, unit: unitOf(limit) },
    scope: { ...scope, text: scopeText(scope) },
    period: { ...period, text: periodText(period) },
    rules,
  };
}

/** What was found of one. */
export interface Seen extends Pick<BudgetStatus, 'from_ms' | 'to_ms' | 'renews_ms' | 'runs' | 'running'> {
  readonly spent: Spent;
  readonly days: number;
  /** What comes at the pace of those days, or why nobody can tell. */
  readonly pace: Pace | { readonly why: string };
}

export function statusJson(placed: Placed, { spent, days, pace, ...seen }: Seen): BudgetStatus {
  const { limit } = placed.budget;
  const { spent: told, partial = false, why } = sightOf(limit.measure, spent);
  const known = (by: number): KnownJson =>
    told === null || partial
      ? {
          ...{ value: null, why: why ?? 'not known' },
          ...{ known: told === null ? null : told.value / by, unknown_runs: spent.unknown_runs },
        }
      : { value: told.value / by, low: told.low / by, high: told.high / by };
  const over = told !== null && told.value >= limit.value;
  return {
    ...budgetJson(placed),
    ...seen,
    standing: over ? 'over' : told === null || partial ? 'unknown' : 'within',
    ...{ spent: known(1), share: known(limit.value), tokens: spent.tokens },
    projected:
      'why' in pace
        ? { days, per_day: null, end: { value: null, why: pace.why }, crosses_ms: null }
        : {
            ...{ days, per_day: pace.per_day, crosses_ms: pace.crosses_ms },
            end: pace.end ?? { value: null, why: 'the budget has no end' },
          },
  };
}
