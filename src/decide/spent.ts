// What others have spent of a budget, and what this run has → what is spent of it, as a look wants it.
//
// Of a ratio such as J/token both parts are kept apart until then: a quotient of two runs is no sum of theirs.

import type { Measure, Reach, Sight } from './budget.ts';

/** What is known to be spent of a budget in one stretch of time. It goes through JSON unharmed. */
export interface Spent extends Reach {
  /** Of a ratio the tokens that `value` is divided by; null of what is none. */
  readonly tokens: number | null;
  /** Of how many runs something is not known: `value` is then less than what was spent. */
  readonly unknown_runs: number;
  /** Why; null: all of it is known. */
  readonly why: string | null;
}

export const NOTHING: Spent = { value: 0, low: 0, high: 0, tokens: null, unknown_runs: 0, why: null };

/** Tokens that a ratio is told for. */
export const PER: Partial<Record<Measure, number>> = { j_per_token: 1, g_per_million_tokens: 1e6 };
export const isRatio = (measure: Measure): boolean => PER[measure] !== undefined;

/**
 * Both together. What is common to the errors of both is not known here, so the intervals add up (the wider of the two ways).
 * A part may be below 0: what a run metered itself may in part be others', as where two share a device.
 */
export function together(a: Spent, b: Spent): Spent {
  return {
    ...{ value: a.value + b.value, low: a.low + b.low, high: a.high + b.high },
    tokens: a.tokens === null && b.tokens === null ? null : (a.tokens ?? 0) + (b.tokens ?? 0),
    ...{ unknown_runs: a.unknown_runs + b.unknown_runs, why: a.why ?? b.why },
  };
}

/** Without a part of it. */
export const without = (all: Spent, part: Spent): Spent => ({
  ...together(all, {
    ...{ value: -part.value, low: -part.low, high: -part.high, unknown_runs: 0, why: null },
    tokens: part.tokens === null ? null : -part.tokens,
  }),
});

/** In the unit of the measure. A part that is known is told with `partial` and the reason; where nothing is, `spent` is null. */
export function sightOf(measure: Measure, spent: Spent): Pick<Sight, 'spent' | 'partial' | 'why'> {
  const { unknown_runs, why } = spent;
  const per = PER[measure];
  if (per !== undefined && !(spent.tokens !== null && spent.tokens > 0))
    return { spent: null, why: why ?? 'no tokens are told yet' };
  if (unknown_runs > 0 && spent.value <= 0) return { spent: null, why };
  const by = per === undefined ? 1 : per / spent.tokens!;
  const reach = (value: number) => Math.max(0, value) * by;
  const told = { value: reach(spent.value), low: reach(spent.low), high: reach(spent.high) };
  return { spent: told, ...(unknown_runs > 0 ? { partial: true } : {}), why };
}
