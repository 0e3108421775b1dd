// The same load at another start or in another zone, set against where and when it was or is to be.
//
// Only starts from which all of the energy has a known intensity are compared. A zone's annual mean has no course: it
// tells a level, never an hour, and is not set against hours of the same zone.

import type { IntensitySeries } from '../grid/series.ts';
import { spread } from './operational.ts';
import { type Profile, type Start, startAt, startsOf, type Window } from './starts.ts';

/** A zone with what is known of its intensity, best series first. */
export interface ZoneChain {
  readonly zone: string;
  readonly chain: readonly IntensitySeries[];
  /** Why the chain is empty. */
  readonly none?: string;
}

export interface PartOf {
  readonly quality: IntensitySeries['quality'];
  /** Of an annual mean; else null. */
  readonly year: number | null;
  readonly share: number;
}

export type ZoneStart = ComparedZone | LeftOut;
export interface ComparedZone extends Start {
  readonly zone: string;
  /** Against the start that is compared with, PUE included; below 0 where the zone is dirtier. */
  readonly saved_g: number;
  /** Of the emissions from that start, up to 1. */
  readonly saved_share: number;
  /** Share of the starts tried that could be compared; 0 where there is a level and no course. */
  readonly coverage: number;
  /** Share of the energy by quality of the intensity; `year` is that of an annual mean. */
  readonly parts: readonly PartOf[];
}
export interface LeftOut {
  readonly zone: string;
  readonly at_ms: null;
  readonly why: string;
}

export interface Compared {
  readonly profile: Profile;
  /** The start that all others are set against, and where they may lie. */
  readonly base: Start;
  readonly window: Window;
  /** Grams for each g/kWh of the mean. */
  readonly grams_per_mean: number;
}

/** Of a chain what has hours. */
export const withoutAnnual = (chain: readonly IntensitySeries[]): IntensitySeries[] =>
  chain.filter(({ quality }) => quality !== 'annual');

/** Means that differ by less are one: nobody is sent to another hour by a rounding. */
const SAME = 1e-9;
export const cleaner = (a: Start, b: Start): boolean => a.g_per_kwh < b.g_per_kwh * (1 - SAME);

/** A zone other than that of the base: kinds and scopes never mix, so it may be left out, as one of which too little is known. */
export function elsewhere({ zone, chain, none }: ZoneChain, own: ZoneChain, asked: Compared): ZoneStart {
  const leftOut = (why: string): LeftOut => ({ zone, at_ms: null, why });
  const [first] = chain;
  const mine = own.chain[0]!;
  if (first === undefined) return leftOut(none ?? 'no intensity of it is known');
  if (first.kind !== mine.kind || first.scope !== mine.scope)
    return leftOut(
      `its intensity is ${first.kind} ${first.scope}, that of ${own.zone || 'this zone'} ${mine.kind} ${mine.scope}`,
    );
  const course = withoutAnnual(chain);
  const found = bestOf(course, asked);
  if (found !== null) return comparedFrom(zone, { ...found, chain: course }, asked);
  const level = startAt(asked.profile, chain, asked.base.at_ms);
  if (level === null) return leftOut('what is known of it covers the load from no start');
  return comparedFrom(zone, { start: level, chain, coverage: 0 }, asked);
}

/** The cleanest start, of equal ones the nearest to the base; null where none can be compared. */
export function bestOf(course: readonly IntensitySeries[], { profile, base, window }: Compared) {
  const { starts, tried } = startsOf(profile, course, window);
  const far = (start: Start) => Math.abs(start.at_ms - base.at_ms);
  const [nearest, ...rest] = [...starts].sort((a, b) => far(a) - far(b));
  if (nearest === undefined) return null;
  const start = rest.reduce((a, b) => (cleaner(b, a) ? b : a), nearest);
  return { start, compared: starts.length, coverage: starts.length / tried };
}

/** What a start means against the base, and of what quality that knowledge is. */
export function comparedFrom(
  zone: string,
  found: { readonly start: Start; readonly chain: readonly IntensitySeries[]; readonly coverage: number },
  { profile, base, grams_per_mean }: Compared,
): ComparedZone {
  const { start, chain, coverage } = found;
  const less = base.g_per_kwh - start.g_per_kwh;
  return {
    ...{ zone, ...start, saved_g: less * grams_per_mean },
    saved_share: base.g_per_kwh > 0 ? less / base.g_per_kwh : 0,
    ...{ coverage, parts: partsFrom(start, chain, profile) },
  };
}

/** The best of all zones; `first` where none is cleaner. */
export const bestZone = (first: ComparedZone, zones: readonly ZoneStart[]): ComparedZone =>
  zones.reduce<ComparedZone>((a, b) => (b.at_ms !== null && cleaner(b, a) ? b : a), first);

function partsFrom({ at_ms }: Start, chain: readonly IntensitySeries[], { edges_ms, energy_j }: Profile) {
  const from_ms = edges_ms.slice(0, -1).map((edge) => at_ms + edge);
  const to_ms = edges_ms.slice(1).map((edge) => at_ms + edge);
  const [cell] = spread({ from_ms, to_ms, energy_j }, [at_ms, at_ms + edges_ms.at(-1)!], chain);
  const parts = new Map<string, PartOf>();
  chain.forEach(({ quality, year }, i) => {
    const share = cell!.by_series[i]! / cell!.energy_j;
    const key = `${quality} ${year}`;
    if (share > 0) parts.set(key, { quality, year, share: (parts.get(key)?.share ?? 0) + share });
  });
  return [...parts.values()];
}
