// Would the same run have been cleaner at another hour, or in another zone? The starts within a day of the real one.
//
// Only starts from which all of the energy has a known intensity are compared. A zone's annual mean has no course: it
// tells a level at the real start, never an hour, and is not set against hours of the same zone.

import { JOULES_PER_KWH } from '../core/units.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { type EnergyIntervals, spread } from './operational.ts';
import { type Profile, profileOf, type Start, startAt, startsOf } from './starts.ts';

/** A zone with what is known of its intensity, best series first. */
export interface ZoneChain {
  readonly zone: string;
  readonly chain: readonly IntensitySeries[];
  /** Why the chain is empty. */
  readonly none?: string;
}

export type ZoneStart = ComparedZone | LeftOut;
export interface ComparedZone extends Start {
  readonly zone: string;
  /** Against the run as it was, PUE included; below 0 where the zone is dirtier. */
  readonly saved_g: number;
  /** Of the run's emissions, up to 1. */
  readonly saved_share: number;
  /** Share of the starts tried that could be compared; 0 where there is a level and no course. */
  readonly coverage: number;
  /** Share of the energy by quality of the intensity. */
  readonly parts: readonly { readonly quality: IntensitySeries['quality']; readonly share: number }[];
}
export interface LeftOut {
  readonly zone: string;
  readonly at_ms: null;
  readonly why: string;
}

export interface Hindsight {
  readonly started: Start;
  /** In the run's own zone; equal to `started` where no other start that could be compared was cleaner. */
  readonly cleanest: Start;
  /** The best start of each zone, the run's own first. */
  readonly zones: readonly ZoneStart[];
  /** The best of all zones; the run as it was where nothing was cleaner. */
  readonly best: Start & { readonly zone: string };
  readonly saved_g: number;
  readonly saved_share: number;
}

export interface Question {
  readonly span: { readonly from: number; readonly to: number };
  readonly own: ZoneChain;
  readonly others: readonly ZoneChain[];
  /** 1 where it is not known. */
  readonly pue: number;
}

const DAY_MS = 86_400_000;
/** Means that differ by less are one: nobody is sent to another hour by a rounding. */
const SAME = 1e-9;

/**
 * The same run at every other start from 24 h before to 24 h after the real one, in its own and in other zones; null
 * where the own chain does not cover the run, or no other start or zone can be asked about.
 */
export function hindsightOf(intervals: EnergyIntervals, { span, own, others, pue }: Question): Hindsight | null {
  const profile = profileOf(intervals, span);
  const started = startAt(profile, own.chain, span.from);
  if (started === null) return null;
  const asked: Asked = { profile, started, grams_per_mean: (totalOf(profile) / JOULES_PER_KWH) * pue };
  const course = withoutAnnual(own.chain);
  const covered = startAt(profile, course, span.from) !== null;
  const mine = covered ? bestOf(course, asked) : null;
  if (others.length === 0 && (mine === null || mine.compared < 2)) return null;
  const stays = mine === null || mine.start.at_ms === started.at_ms;
  const found = { start: stays ? started : mine.start, chain: mine === null ? own.chain : course };
  const here = compared(own, { ...found, coverage: mine?.coverage ?? 0 }, asked);
  const zones: ZoneStart[] = [here, ...others.map((zone) => elsewhere(zone, own, asked))];
  const best = zones.reduce<ComparedZone>((a, b) => (b.at_ms !== null && cleaner(b, a) ? b : a), here);
  const { zone, at_ms, g_per_kwh, saved_g, saved_share } = best;
  return {
    ...{ started, cleanest: { at_ms: here.at_ms, g_per_kwh: here.g_per_kwh }, zones },
    ...{ best: { zone, at_ms, g_per_kwh }, saved_g, saved_share },
  };
}

interface Asked {
  readonly profile: Profile;
  readonly started: Start;
  /** Grams for each g/kWh of the mean. */
  readonly grams_per_mean: number;
}

/** Kinds and scopes never mix: such a zone is left out, as one of which too little is known. */
function elsewhere({ zone, chain, none }: ZoneChain, own: ZoneChain, asked: Asked): ZoneStart {
  const leftOut = (why: string): LeftOut => ({ zone, at_ms: null, why });
  const [first] = chain;
  const mine = own.chain[0]!;
  if (first === undefined) return leftOut(none ?? 'no intensity of it is known');
  if (first.kind !== mine.kind || first.scope !== mine.scope)
    return leftOut(`its intensity is ${first.kind} ${first.scope}, the run's ${mine.kind} ${mine.scope}`);
  const course = withoutAnnual(chain);
  const found = bestOf(course, asked);
  if (found !== null) return compared({ zone }, { ...found, chain: course }, asked);
  const level = startAt(asked.profile, chain, asked.started.at_ms);
  if (level === null) return leftOut('its series cover the run from no start within a day');
  return compared({ zone }, { start: level, chain, coverage: 0 }, asked);
}

const withoutAnnual = (chain: readonly IntensitySeries[]) => chain.filter(({ quality }) => quality !== 'annual');

/** The cleanest start, of equal ones the nearest to the real one; null where none can be compared. */
function bestOf(course: readonly IntensitySeries[], { profile, started: { at_ms } }: Asked) {
  const { starts, tried } = startsOf(profile, course, { from_ms: at_ms - DAY_MS, to_ms: at_ms + DAY_MS });
  const far = (start: Start) => Math.abs(start.at_ms - at_ms);
  const [nearest, ...rest] = [...starts].sort((a, b) => far(a) - far(b));
  if (nearest === undefined) return null;
  const start = rest.reduce((a, b) => (cleaner(b, a) ? b : a), nearest);
  return { start, compared: starts.length, coverage: starts.length / tried };
}

const cleaner = (a: Start, b: Start): boolean => a.g_per_kwh < b.g_per_kwh * (1 - SAME);

function compared(
  { zone }: Pick<ZoneChain, 'zone'>,
  found: { readonly start: Start; readonly chain: readonly IntensitySeries[]; readonly coverage: number },
  { profile, started, grams_per_mean }: Asked,
): ComparedZone {
  const { start, chain, coverage } = found;
  const less = started.g_per_kwh - start.g_per_kwh;
  return {
    ...{ zone, ...start, saved_g: less * grams_per_mean },
    saved_share: started.g_per_kwh > 0 ? less / started.g_per_kwh : 0,
    ...{ coverage, parts: partsFrom(start, chain, profile) },
  };
}

function partsFrom({ at_ms }: Start, chain: readonly IntensitySeries[], { edges_ms, energy_j }: Profile) {
  const from_ms = edges_ms.slice(0, -1).map((edge) => at_ms + edge);
  const to_ms = edges_ms.slice(1).map((edge) => at_ms + edge);
  const [cell] = spread({ from_ms, to_ms, energy_j }, [at_ms, at_ms + edges_ms.at(-1)!], chain);
  const shares = new Map<IntensitySeries['quality'], number>();
  chain.forEach(({ quality }, i) => {
    const share = cell!.by_series[i]! / cell!.energy_j;
    if (share > 0) shares.set(quality, (shares.get(quality) ?? 0) + share);
  });
  return [...shares].map(([quality, share]) => ({ quality, share }));
}

const totalOf = ({ energy_j }: Profile): number => energy_j.reduce((s, j) => s + j, 0);
