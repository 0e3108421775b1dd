// Would the same run have been cleaner at another hour, or in another zone? The starts within a day of the real one.

import { JOULES_PER_KWH, sum } from '../core/units.ts';
import type { ZoneChain, ZoneStart } from './compare.ts';
import { bestOf, bestZone, type Compared, comparedFrom, elsewhere, withoutAnnual } from './compare.ts';
import type { EnergyIntervals } from './operational.ts';
import { profileOf, type Start, startAt } from './starts.ts';

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

/**
 * The same run at every other start from 24 h before to 24 h after the real one, in its own and in other zones; null
 * where the own chain does not cover the run, or no other start or zone can be asked about.
 */
export function hindsightOf(intervals: EnergyIntervals, { span, own, others, pue }: Question): Hindsight | null {
  const profile = profileOf(intervals, span);
  const started = startAt(profile, own.chain, span.from);
  if (started === null) return null;
  const window = { from_ms: span.from - DAY_MS, to_ms: span.from + DAY_MS };
  const grams_per_mean = (sum(profile.energy_j) / JOULES_PER_KWH) * pue;
  const asked: Compared = { profile, base: started, window, grams_per_mean };
  const course = withoutAnnual(own.chain);
  const mine = startAt(profile, course, span.from) === null ? null : bestOf(course, asked);
  if (others.length === 0 && (mine === null || mine.compared < 2)) return null;
  const stays = mine === null || mine.start.at_ms === started.at_ms;
  const found = { start: stays ? started : mine.start, chain: mine === null ? own.chain : course };
  const here = comparedFrom(own.zone, { ...found, coverage: mine?.coverage ?? 0 }, asked);
  const zones: ZoneStart[] = [here, ...others.map((zone) => elsewhere(zone, own, asked))];
  const { zone, at_ms, g_per_kwh, saved_g, saved_share } = bestZone(here, zones);
  return {
    ...{ started, cleanest: { at_ms: here.at_ms, g_per_kwh: here.g_per_kwh }, zones },
    ...{ best: { zone, at_ms, g_per_kwh }, saved_g, saved_share },
  };
}
