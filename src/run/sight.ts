// What is known of a run by now → what its budgets are judged by: what is spent, what will be, and how likely too much.
//
// The interval of what is spent is that of the account, as shares of its value: errors of a sensor or of a grid hour are
// the same from beginning to end.

import { JOULES_PER_KWH } from '../core/units.ts';
import type { Limit, Measure, Sight } from '../decide/budget.ts';
import { foresee } from '../decide/foresight.ts';
import { isRatio, NOTHING, type Spent, sightOf, together } from '../decide/spent.ts';
import type { Figures } from './live-account.ts';

/** What is known of a run at one moment. */
export interface Known {
  readonly now_ms: number;
  readonly figures: Pick<Figures, 'energy_j' | 'emissions_g' | 'partial' | 'projection' | 'grid'>;
  /** Of its own work so far; null: none were told. */
  readonly tokens: number | null;
  /** Those of the last line of its log, which the share of its work is of too; absent: as `tokens`. */
  readonly tokens_told?: number | null;
  /** Of electricity, with the PUE in: for each J of the devices; null: it is not known, or changes with time. */
  readonly price_per_j: number | null;
  readonly currency: string | null;
  readonly spread: Record<'energy' | 'emissions', Spread>;
  /** When the budget's period ends, and when it begins anew or lets go of enough; null, or absent: never. */
  readonly until_ms?: number | null;
  readonly renews_ms?: number | null;
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
  const { now_ms, figures, until_ms = null, renews_ms = null } = known;
  const told = sightOf(limit.measure, together(others, ownSpent(limit, known)));
  const own = amountOf(limit, known);
  const standing = {
    now_ms,
    own: typeof own === 'string' ? null : own,
    others,
    tokens: known.tokens_told ?? known.tokens,
  };
  const { why, ...ahead } = foresee(limit, figures.projection, { ...standing, until_ms, grid: figures.grid });
  return { ...told, now_ms, renews_ms, ...ahead, why: told.why ?? why };
}

/**
 * What this run has spent of a budget; where that is not known it counts as a run of which something is not. Toward an
 * amount for each token a run whose log tells none does not count, as in the ledger's sums: not its energy either.
 */
export function ownSpent(limit: Pick<Limit, 'measure' | 'currency'>, known: Known): Spent {
  const { measure } = limit;
  const { figures, tokens, spread } = known;
  if (isRatio(measure) && tokens === null) return NOTHING;
  const amount = amountOf(limit, known);
  if (typeof amount === 'string') return { ...NOTHING, unknown_runs: 1, why: amount };
  const { low, high } = isOfGrams(measure) ? spread.emissions : spread.energy;
  return {
    ...{ value: amount, low: amount * low, high: amount * high, tokens: isRatio(measure) ? tokens : null },
    ...{
      unknown_runs: figures.partial ? 1 : 0,
      why: figures.partial ? 'a device does not tell all of its energy' : null,
    },
  };
}

/** J, g or money; a text where that is not known. */
function amountOf({ measure, currency }: Pick<Limit, 'measure' | 'currency'>, known: Known): number | string {
  if (isOfGrams(measure)) return gramsOf(known);
  return measure === 'money' ? moneyOf(currency, known) : joulesOf(measure, known);
}

const isOfGrams = (measure: Measure): boolean => measure === 'emissions' || measure === 'g_per_million_tokens';

const joulesOf = (measure: Measure, { figures }: Known): number | string =>
  measure === 'water' ? 'water is not told while a run goes on' : (figures.energy_j ?? 'no device tells its energy');

const gramsOf = ({ figures }: Known): number | string =>
  figures.emissions_g ?? 'the intensity is not known for all of the energy';

function moneyOf(currency: string | null, { figures, ...known }: Known): number | string {
  if (known.price_per_j === null) return 'no flat price is known';
  if (currency !== known.currency) return `the price is in ${known.currency}, the limit in ${currency}`;
  return figures.energy_j === null ? 'no device tells its energy' : figures.energy_j * known.price_per_j;
}

/** Of a figure with its interval; of an unknown one none. */
export const spreadOf = (figure: { value: number; low: number; high: number } | { value: null }): Spread =>
  figure.value === null || figure.value <= 0
    ? { low: 1, high: 1 }
    : { low: figure.low / figure.value, high: figure.high / figure.value };

/** What a J of the devices costs at a flat price. */
export const priceOfJoule = (per_kwh: number, pue: number | null): number => (per_kwh * (pue ?? 1)) / JOULES_PER_KWH;
