// What is known of a run by now → what its own budget is judged by: what is spent, what will be, and how likely too much.
//
// The interval of what is spent is that of the account, as shares of its value: errors of a sensor or of a grid hour are
// the same from beginning to end.

import { studentCdf } from '../core/student.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Limit, Measure, Reach, Sight } from '../decide/budget.ts';
import type { Figures } from './live-account.ts';

/** What is known of a run at one moment. */
export interface Known {
  readonly now_ms: number;
  readonly figures: Pick<Figures, 'energy_j' | 'emissions_g' | 'partial' | 'projection' | 'end_g'>;
  /** Of its own work so far; null: none were told. */
  readonly tokens: number | null;
  /** Of electricity, with the PUE in: for each J of the devices; null: no price is known. */
  readonly price_per_j: number | null;
  readonly currency: string | null;
  readonly spread: Record<'energy' | 'emissions', Spread>;
}

/** Ends of the 90 % interval as shares of the value: low ≤ 1 ≤ high. */
export interface Spread {
  readonly low: number;
  readonly high: number;
}

/** Measures that a run's own budget can be told in from its energy, its grid and its steps. */
export const TOLD = ['energy', 'emissions', 'j_per_token', 'g_per_million_tokens', 'money'] as const;
type Told = (typeof TOLD)[number];
export const isTold = (measure: Measure): measure is Told => (TOLD as readonly Measure[]).includes(measure);

/** A run's own budget, whose period is all of the run. Throws nothing: what cannot be told is null, and why. */
export function sightOf(limit: Pick<Limit, 'measure' | 'value' | 'currency'>, known: Known): Sight {
  const { now_ms, figures } = known;
  const spent = isTold(limit.measure)
    ? spentOf(limit.measure, limit.currency, known)
    : 'water is not told while it runs';
  const rest = { now_ms, renews_ms: null };
  const untold = { ...rest, end: null, overrun: null, crosses_ms: null };
  if (typeof spent === 'string') return { ...untold, spent: null, why: spent };
  const partial = figures.partial ? { partial: true } : {};
  const gap = figures.partial ? 'a device does not tell all of its energy' : null;
  const end = endOf(limit.measure, known);
  if (end === null || figures.projection === null)
    return { ...untold, ...partial, spent, why: gap ?? 'where it will end cannot be told yet' };
  const overrun = spent.value >= limit.value ? 1 : oddsAbove(limit.value, end);
  const crosses = (limit.value - spent.value) / (end.value - spent.value);
  const left_ms = figures.projection.left_s.value * 1000;
  const crosses_ms = crosses >= 0 && crosses <= 1 ? now_ms + crosses * left_ms : null;
  return { ...rest, ...partial, spent, end, overrun, crosses_ms, why: gap };
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

/** What is spent, or why it is not known. */
function spentOf(measure: Told, currency: string | null, known: Known): Reach | string {
  const { figures, tokens, price_per_j, spread } = known;
  const { energy_j, emissions_g } = figures;
  const grams = measure === 'emissions' || measure === 'g_per_million_tokens';
  if (energy_j === null) return 'no device tells its energy';
  if (grams && emissions_g === null) return 'the intensity is not known for all of the energy';
  if (measure === 'energy') return reaching(energy_j, spread.energy);
  if (measure === 'emissions') return reaching(emissions_g!, spread.emissions);
  if (measure === 'money') {
    if (price_per_j === null) return 'no price is known';
    if (currency !== known.currency) return `the price is in ${known.currency}, the limit in ${currency}`;
    return reaching(energy_j * price_per_j, spread.energy);
  }
  if (tokens === null || tokens <= 0) return 'no tokens are told';
  if (measure === 'j_per_token') return reaching(energy_j / tokens, spread.energy);
  return reaching((emissions_g! / tokens) * 1e6, spread.emissions);
}

/** Where it will end; of rates nobody tells. */
function endOf(measure: Measure, { figures, price_per_j }: Known): Reach | null {
  const end_j = figures.projection?.end_j ?? null;
  if (measure === 'energy') return end_j;
  if (measure === 'emissions') return figures.end_g;
  if (measure !== 'money' || end_j === null || price_per_j === null) return null;
  const { value, low, high } = end_j;
  return { value: value * price_per_j, low: low * price_per_j, high: high * price_per_j };
}

const reaching = (value: number, { low, high }: Spread): Reach => ({ value, low: value * low, high: value * high });

/** What a J of the devices costs at a flat price. */
export const priceOfJoule = (per_kwh: number, pue: number | null): number => (per_kwh * (pue ?? 1)) / JOULES_PER_KWH;
