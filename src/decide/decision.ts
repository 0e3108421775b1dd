// An order to a job, and what was known when it was made → the row that is kept of it, its words for people and its document for
// hooks and notifications.
//
// Facts of a row are flat: the budget that asked first is spelled out, all that was seen of every budget is one text of JSON,
// and so is the forecast. What came of it is a row of its own, so a decision that was never carried out shows as one.

import type { Act, Budget, Reach, Sight } from './budget.ts';
import type { GridSeen } from './grid-seen.ts';
import type { Order } from './orders.ts';
import type { Verdict } from './verdict.ts';

/** A budget as it was seen at the look that an order came of. */
export interface Looked {
  readonly budget: Budget;
  readonly sight: Sight;
  readonly verdict: Verdict;
}

/** All that an order depended on. */
export interface Inputs {
  readonly looked: readonly Looked[];
  /** How dirty the grid was, and the forecast as it stood; null: not known. */
  readonly grid: GridSeen | null;
  /** What this run alone was still to use, by its projection; null each: nobody could tell. */
  readonly left: Left;
}

export interface Left {
  /** J of the charged devices. */
  readonly energy: Reach | null;
  /** g, with the PUE where it is known. */
  readonly emissions: Reach | null;
}

export const NOTHING_KNOWN: Pick<Inputs, 'grid' | 'left'> = { grid: null, left: { energy: null, emissions: null } };

/** What can be decided: an order to a job, or that there is to be none. */
export type Decided = Act | 'resume' | 'refuse';

/** As an Order, of which it may be one. */
export interface Made extends Omit<Order, 'act'> {
  readonly act: Decided;
}

/** The event that is kept of an order, and the one of what came of it. */
export const [DECISION, OUTCOME] = ['decision', 'outcome'] as const;

type Facts = Readonly<Record<string, number | string | null>>;

export interface DecisionRow {
  readonly at_ms: number;
  readonly event: typeof DECISION;
  readonly message: string;
  readonly facts: Facts;
}

/** `number` tells it from others of one writer. */
export function decisionRow(order: Made, number: number, { looked, grid, left }: Inputs): DecisionRow {
  const { act, by, because, why } = order;
  const first = looked.find(({ budget }) => budget.id === by[0]);
  return {
    ...{ at_ms: Math.round(order.at_ms), event: DECISION, message: `${act}: ${reasonsOf(order)}` },
    facts: {
      ...{ decision: number, act, by: by.join(', '), because: because.map((one) => one.why).join('; '), why },
      ...(first === undefined ? {} : seenOf(first)),
      ...reachFacts('left_j', left.energy),
      ...reachFacts('left_g', left.emissions),
      ...(grid === null ? {} : gridFacts(grid)),
      inputs: JSON.stringify(looked.map(seenOf)),
    },
  };
}

/** What was known of a budget, flat; amounts in the unit of its measure. */
export function seenOf({ budget, sight, verdict }: Looked): Facts {
  const { limit } = budget;
  return {
    ...{ budget: budget.id, limit: limit.text, measure: limit.measure, limit_value: limit.value },
    ...{ standing: verdict.standing, share: verdict.share?.value ?? null, overrun: verdict.overrun },
    ...reachFacts('spent', sight.spent),
    ...reachFacts('end', sight.end),
    ...{ crosses_ms: sight.crosses_ms, renews_ms: sight.renews_ms, unknown: sight.why },
  };
}

function reachFacts(name: string, reach: Reach | null): Facts {
  const { value, low, high } = reach ?? { value: null, low: null, high: null };
  return { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high };
}

function gridFacts({ zone, provider, quality, g_per_kwh, forecast }: GridSeen): Facts {
  return {
    ...{ zone, provider, quality, g_per_kwh },
    ...(forecast !== null && {
      ...{ forecast_provider: forecast.provider, forecast_issued_ms: forecast.issued_ms },
      forecast: JSON.stringify(forecast.hours),
    }),
  };
}

/** Who pauses for a cleaner hour, beside the budgets. */
export const GREENER = 'greener grid';
/** Of whom a reason says enough. */
const UNNAMED: ReadonlySet<string> = new Set(['run', GREENER]);

/** Why it was ordered: "100.0 % of 2kgCO2e is spent (90 %: …) (budget lab)". */
export const reasonsOf = ({ by, because, why }: Made): string =>
  reasonsText({ by, because: because.map((one) => one.why).join('; '), why });

/** Of reasons in words; '' of none. */
export function reasonsText({ by, because, why }: Pick<Made, 'by' | 'why'> & { readonly because: string }): string {
  // A run's own budgets are named by their limits, which reasons name as well.
  const named = by.filter((one) => !UNNAMED.has(one) && !because.includes(` of ${one} `));
  const who = named.length === 0 ? '' : ` (budget${named.length > 1 ? 's' : ''} ${named.join(', ')})`;
  if (because === '') return why ?? 'nothing holds it up';
  return `${because}${who}${why === null ? '' : `; ${why}`}`;
}

/** Whose decision it is. */
export interface Decider {
  readonly run: string;
  readonly name: string | null;
  readonly writer: string | null;
}

/** As hooks and notifications get it (joulebook/decision/v1, docs/formats/budget.md). */
export function decisionDocument({ run, name, writer }: Decider, { at_ms, message, facts }: DecisionRow) {
  const { inputs, forecast, ...flat } = facts;
  return {
    ...{ schema: 'joulebook/decision/v1', run, run_name: name, writer, at_ms, message, ...flat },
    ...(forecast === undefined ? {} : { forecast: JSON.parse(String(forecast)) }),
    budgets: JSON.parse(String(inputs)),
  };
}
