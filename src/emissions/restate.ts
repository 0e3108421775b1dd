// Why an account became another one: causes in the order in which they came, which add up to the whole change.
//
// A cause's share is the account with it less the account before it. Where an account in between is unknown, or of another kind
// or scope, nothing can be subtracted: the causes on both sides of it are then told as one.

import type { IntensitySeries } from '../grid/series.ts';
import { type Cell, type EnergyIntervals, spread } from './operational.ts';

export interface Cause {
  readonly by: 'amendment' | 'grid' | 'segment' | 'joulebook';
  /** In words. */
  readonly what: string;
  /** gCO2e; null where that cannot be said. */
  readonly change_g: number | null;
}

/** An account in g, and what kind and scope of intensity it is of. */
export interface Account {
  readonly value_g: number | null;
  readonly basis: string | null;
}

/** An account and what made it of the one before; `causes` of the grid come with their shares, others without. */
export interface Stage extends Account {
  readonly causes: readonly Cause[];
}

/** Causes whose changes add up to the last stage's value less the first's, where both are known and of one basis. */
export function attributed(first: Account, stages: readonly Stage[]): Cause[] {
  const out: Cause[] = [];
  let told = first;
  let pending: Cause[] = [];
  for (const stage of stages) {
    const { value_g, basis, causes } = stage;
    if (value_g === null || told.value_g === null || basis !== first.basis) {
      pending.push(...causes.map((cause) => ({ ...cause, change_g: null })));
      continue;
    }
    const change_g = value_g - told.value_g;
    out.push(...(pending.length > 0 ? joined([...pending, ...causes], change_g) : shared(causes, change_g)));
    pending = [];
    told = stage;
  }
  return [...out, ...pending];
}

function joined(causes: readonly Cause[], change_g: number): Cause[] {
  return [{ by: causes[0]!.by, what: causes.map(({ what }) => what).join('; '), change_g }];
}

/** What rounding leaves goes to the largest. */
function shared(causes: readonly Cause[], change_g: number): Cause[] {
  if (causes.length === 0) return [];
  const sizes = causes.map((cause) => Math.abs(cause.change_g ?? 0));
  const largest = sizes.indexOf(Math.max(...sizes));
  const others = causes.reduce((sum, cause, i) => sum + (i === largest ? 0 : (cause.change_g ?? 0)), 0);
  return causes.map((cause, i) => ({ ...cause, change_g: i === largest ? change_g - others : (cause.change_g ?? 0) }));
}

/** Stretches of a run of which the same series are told now, and were before. */
export interface GridChange {
  /** Null: it was, or is, not known. */
  readonly before: IntensitySeries | null;
  readonly after: IntensitySeries | null;
  /** First and last of the stretches, epoch ms. */
  readonly from_ms: number;
  readonly to_ms: number;
  /** ms over all of them. */
  readonly ms: number;
  readonly energy_j: number;
  /** gCO2e before PUE; 0 where it is not known. */
  readonly before_g: number;
  readonly after_g: number;
}

/** Where two chains tell of the same energy differently, by the series that tell; the largest change first. */
export function gridChanges(
  intervals: EnergyIntervals,
  before: readonly IntensitySeries[],
  after: readonly IntensitySeries[],
): GridChange[] {
  const edges = edgesOf(intervals, [...before, ...after]);
  if (edges.length < 2) return [];
  const now = spread(intervals, edges, after);
  const found = new Map<string, { -readonly [K in keyof GridChange]: GridChange[K] }>();
  for (const [i, was] of spread(intervals, edges, before).entries()) {
    const is = now[i]!;
    if (was.energy_j <= 0) continue;
    const [one, other] = [seriesIn(was, before), seriesIn(is, after)];
    const key = JSON.stringify([named(one), named(other)]);
    if (named(one) === named(other) && was.emissions_g === is.emissions_g) continue;
    const held = found.get(key);
    found.set(key, {
      ...{ before: held?.before ?? one, after: newer(held?.after ?? null, other) },
      ...{ from_ms: held?.from_ms ?? was.from_ms, to_ms: was.to_ms },
      ms: (held?.ms ?? 0) + was.to_ms - was.from_ms,
      energy_j: (held?.energy_j ?? 0) + was.energy_j,
      before_g: (held?.before_g ?? 0) + was.emissions_g,
      after_g: (held?.after_g ?? 0) + is.emissions_g,
    });
  }
  const size = ({ before_g, after_g }: GridChange) => Math.abs(after_g - before_g);
  return [...found.values()].sort((a, b) => size(b) - size(a));
}

const named = (series: IntensitySeries | null): string | null =>
  series && JSON.stringify([series.zone, series.provider, series.quality, series.year, series.source]);

const newer = (a: IntensitySeries | null, b: IntensitySeries | null): IntensitySeries | null =>
  (a?.retrieved_at_ms ?? 0) > (b?.retrieved_at_ms ?? 0) ? a : b;

/** A cell lies between neighbouring breakpoints: one series tells of it, or none. */
function seriesIn({ by_series }: Cell, chain: readonly IntensitySeries[]): IntensitySeries | null {
  const which = by_series.findIndex((energy) => energy > 0);
  return which < 0 ? null : chain[which]!;
}

/** From the first interval to the last, and every breakpoint in between. */
function edgesOf({ from_ms, to_ms, energy_j }: EnergyIntervals, chain: readonly IntensitySeries[]): number[] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < energy_j.length; i++) {
    first = Math.min(first, from_ms[i]!);
    last = Math.max(last, to_ms[i]!);
  }
  const inside = new Set<number>([first, last].filter(Number.isFinite));
  for (const series of chain)
    for (const edges of [series.from_ms, series.to_ms])
      for (const edge of edges) if (edge > first && edge < last) inside.add(edge);
  return [...inside].sort((a, b) => a - b);
}
