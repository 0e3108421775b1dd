// What is known of a run by now → what its budgets are judged by: what is spent, what will be, and how likely too much.
//
// The interval of what is spent is that of the account, as shares of its value: errors of a sensor or of a grid hour are
// the same from beginning to end.

import { studentCdf } from '../core/student.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Limit, Measure, Reach, Sight } from '../decide/budget.ts';
import { isRatio, NOTHING, type Spent, sightOf, together } from '../decide/spent.ts';
import type { Figures } from './live-account.ts';

/** What is known of a run at one moment. */
export interface Known {
  readonly now_ms: number;
  readonly figures: Pick<Figures, 'energy_j' | 'emissions_g' | 'partial' | 'projection' | 'end_g'>;
  /** Of its own work so far; null: none were told. */
  readonly tokens: number | null;
  /** Of electricity, with the PUE in: for each J of the devices; null: it is not known, or changes with time. */
  readonly price_per_j: number | null;
  readonly currency: string | null;
  readonly spread: Record<'energy' | 'emissions', Spread>;
}

/** Ends of the 90 % interval as shares of the value: low ≤ 1 ≤ high. */
export interface Spread {
  readonly low: number;
  readonly high: number;
}

/**
 * What a budget is judged by while this run goes on; `others` is what else counts toward it. Throws nothing: what cannot be
 * told is null, and why.
 */
export function runSight(limit: Pick<Limit, 'measure' | 'value' | 'currency'>, known: Known, others = NOTHING): Sight {
  const { now_ms, figures } = known;
  const told = sightOf(limit.measure, together(others, ownSpent(limit, known)));
  const { spent } = told;
  const rest = { ...told, now_ms, renews_ms: null };
  const own = ownEnd(limit.measure, known);
  if (spent === null || own === null || figures.projection === null) {
    const why = told.why ?? 'where it will end cannot be told yet';
    return { ...rest, end: null, overrun: null, crosses_ms: null, why };
  }
  const end = { value: own.value + others.value, low: own.low + others.low, high: own.high + others.high };
  const overrun = spent.value >= limit.value ? 1 : oddsAbove(limit.value, end);
  const crosses = (limit.value - spent.value) / (end.value - spent.value);
  const left_ms = figures.projection.left_s.value * 1000;
  return { ...rest, end, overrun, crosses_ms: crosses >= 0 && crosses <= 1 ? now_ms + crosses * left_ms : null };
}

/** What this run has spent of a budget; where that is not known it counts as a run of which something is not. */
export function ownSpent({ measure, currency }: Pick<Limit, 'measure' | 'currency'>, known: Known): Spent {
  const { figures, tokens, spread } = known;
  const grams = measure === 'emissions' || measure === 'g_per_million_tokens';
  const amount = grams ? gramsOf(known) : measure === 'money' ? moneyOf(currency, known) : joulesOf(measure, known);
  if (typeof amount === 'string') return { ...NOTHING, unknown_runs: 1, why: amount };
  const { low, high } = grams ? spread.emissions : spread.energy;
  return {
    ...{ value: amount, low: amount * low, high: amount * high, tokens: isRatio(measure) ? tokens : null },
    ...{
      unknown_runs: figures.partial ? 1 : 0,
      why: figures.partial ? 'a device does not tell all of its energy' : null,
    },
  };
}

const joulesOf = (measure: Measure, { figures }: Known): number | string =>
  measure === 'water' ? 'water is not told while a run goes on' : (figures.energy_j ?? 'no device tells its energy');

const gramsOf = ({ figures }: Known): number | string =>
  figures.emissions_g ?? 'the intensity is not known for all of the energy';

function moneyOf(currency: string | null, { figures, ...known }: Known): number | string {
  if (known.price_per_j === null) return 'no flat price is known';
  if (currency !== known.currency) return `the price is in ${known.currency}, the limit in ${currency}`;
  return figures.energy_j === null ? 'no device tells its energy' : figures.energy_j * known.price_per_j;
}

/** Probability that a value with this 90 % interval lies above a limit, as if either side were half of a normal distribution. */
export function oddsAbove(limit: number, { value, low, high }: Reach): number {
  const reach = limit >= value ? high - value : value - low;
  if (!(reach > 0)) return value > limit ? 1 : 0;
  const Z = 1.6449; // the 95th percentile
  return studentCdf((Z * (value - limit)) / reach, NORMAL);
}

/** Of so many degrees of freedom Student's distribution is the normal one. */
const NORMAL = 1e7;

/** Where this run will end; of ratios nobody tells. */
function ownEnd(measure: Measure, { figures, price_per_j }: Known): Reach | null {
  const end_j = figures.projection?.end_j ?? null;
  if (measure === 'energy') return end_j;
  if (measure === 'emissions') return figures.end_g;
  if (measure !== 'money' || end_j === null || price_per_j === null) return null;
  const { value, low, high } = end_j;
  return { value: value * price_per_j, low: low * price_per_j, high: high * price_per_j };
}

/** What a J of the devices costs at a flat price. */
export const priceOfJoule = (per_kwh: number, pue: number | null): number => (per_kwh * (pue ?? 1)) / JOULES_PER_KWH;
