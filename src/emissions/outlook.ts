// A load that is to start now: would it be cleaner later, or elsewhere? Set against its start now, from what is expected.

import { JOULES_PER_KWH, sum } from '../core/units.ts';
import type { ZoneChain, ZoneStart } from './compare.ts';
import { bestOf, bestZone, type Compared, comparedFrom, elsewhere, withoutAnnual } from './compare.ts';
import { type Profile, type Start, startAt, startsOf, type Window } from './starts.ts';

export interface Outlook {
  /** In the first zone: now, else from the first instant from which all of the load is known. */
  readonly against: Start;
  /** The best start of each zone, the first zone first. */
  readonly zones: readonly ZoneStart[];
  /** The best of all zones; `against` where nothing is cleaner. */
  readonly best: Start & { readonly zone: string };
  readonly saved_g: number;
  readonly saved_share: number;
}

export interface OutlookQuestion {
  readonly now_ms: number;
  readonly window: Window;
  /** The first is where the load would run otherwise. */
  readonly zones: readonly [ZoneChain, ...ZoneChain[]];
  /** 1 where it is not known. */
  readonly pue: number;
}

/** The best starts in the window; null where of the first zone nothing is known that covers the load from any start. */
export function outlookOf(profile: Profile, { now_ms, window, zones, pue }: OutlookQuestion): Outlook | null {
  const [own, ...others] = zones;
  const course = withoutAnnual(own.chain);
  const now = startAt(profile, course, now_ms);
  const against = now ?? startsOf(profile, course, window).starts[0] ?? startAt(profile, own.chain, now_ms);
  if (against === null) return null;
  const grams_per_mean = (sum(profile.energy_j) / JOULES_PER_KWH) * pue;
  const asked: Compared = { profile, base: against, window, grams_per_mean };
  const mine = bestOf(course, asked);
  const level = { start: against, chain: own.chain, coverage: 0 };
  const here = comparedFrom(own.zone, mine === null ? level : { ...mine, chain: course }, asked);
  const all: ZoneStart[] = [here, ...others.map((zone) => elsewhere(zone, own, asked))];
  const stays = comparedFrom(own.zone, { ...level, chain: now === null ? own.chain : course }, asked);
  const { zone, at_ms, g_per_kwh, saved_g, saved_share } = bestZone(stays, all);
  return { against, zones: all, best: { zone, at_ms, g_per_kwh }, saved_g, saved_share };
}
