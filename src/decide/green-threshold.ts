// A limit of the user's on how dirty the grid may be, in g/kWh or as the dirtiest share of the time → run or pause, now.
//
// The user's word holds also where it saves nothing; only a stretch shorter than a resume is run through. It waits at most
// until the deadline leaves no time for it, and of the dirtiest share no longer than that share, however the grid turns out.

import type { Answer, Seen } from './green.ts';
import { clockText, nowText, savesText } from './green-text.ts';
import { hourAt } from './hourly-habit.ts';

const HOUR_MS = 3_600_000;

/** Of one that has a limit. */
export function byThreshold(seen: Seen): Answer {
  const { rule, sight, spare_ms } = seen;
  const { now_ms, paused } = sight;
  const now_h = Math.floor(now_ms / HOUR_MS);
  const now = hourAt(sight.hours, now_h);
  const above = rule.above_g_per_kwh ?? Number.POSITIVE_INFINITY;
  const share_ms = (rule.dirtiest_share ?? 1) * (rule.deadline_ms - seen.from_ms) - seen.stood_ms;
  const limit = share_ms > 0 ? Math.min(above, dirtyFrom(seen)) : above;
  if (limit === Number.POSITIVE_INFINITY)
    return { go: 'run', until_ms: null, why: 'it has stood still as long as it may', saves: null };
  const said = `${nowText(sight)}, ${now > limit ? 'above' : 'not above'} ${limit.toFixed(0)} g/kWh`;
  // While it pauses the spare time is what is left of it: at its end it runs, however dirty it is.
  const latest_ms = now_ms + (now > above ? spare_ms : Math.min(spare_ms, share_ms));
  const until_ms = Math.min(latest_ms, nextHour(seen, (g) => (now > limit ? g <= limit : g > limit)) ?? latest_ms);
  if (!(now > limit)) return { go: 'run', until_ms: until_ms < latest_ms ? until_ms : null, why: said, saves: null };
  if (!paused && until_ms - now_ms <= rule.resume_cost_ms)
    return { go: 'run', until_ms: null, why: `${said} only until ${clockText(until_ms, now_ms)}`, saves: null };
  const saves = savesOf(seen, until_ms);
  const told = saves === null ? '' : `: ${savesText(saves)}`;
  // Where the grid is not expected to become cleaner in time, the deadline ends the pause, or the share.
  const end = `${until_ms < latest_ms ? ' until' : ', waiting at most until'} ${clockText(until_ms, now_ms)}`;
  return { go: 'pause', until_ms, why: `${said}${end}${told}`, saves };
}

/** What only the dirtiest share of the time from the first look to the deadline lies above; ∞ where that is not asked. */
function dirtyFrom({ rule, sight: { hours }, from_ms }: Seen): number {
  if (rule.dirtiest_share === null) return Number.POSITIVE_INFINITY;
  const known: { g: number; ms: number }[] = [];
  for (let hour = Math.floor(from_ms / HOUR_MS); hour * HOUR_MS < rule.deadline_ms; hour++) {
    const ms = Math.min(rule.deadline_ms, (hour + 1) * HOUR_MS) - Math.max(from_ms, hour * HOUR_MS);
    const g = hourAt(hours, hour);
    if (!Number.isNaN(g)) known.push({ g, ms });
  }
  known.sort((a, b) => b.g - a.g);
  let left_ms = rule.dirtiest_share * known.reduce((s, { ms }) => s + ms, 0);
  for (const { g, ms } of known) {
    left_ms -= ms;
    if (left_ms < -0.5) return g; // half a millisecond, as sums of shares are not exact
  }
  return Number.NEGATIVE_INFINITY;
}

/** When the next hour begins of which that is expected, before the time runs out; null: none. */
function nextHour({ sight: { hours, now_ms }, spare_ms }: Seen, is: (g: number) => boolean): number | null {
  for (let hour = Math.floor(now_ms / HOUR_MS) + 1; hour * HOUR_MS < now_ms + spare_ms; hour++)
    if (is(hourAt(hours, hour))) return hour * HOUR_MS;
  return null;
}

/** Against running through from now, if it runs through from then on; null where some of it is not known. */
function savesOf({ rule, sight }: Seen, until_ms: number) {
  const { now_ms, left_s, paused, power_w } = sight;
  const [left_ms, resume_ms] = [left_s.value * 1000, rule.resume_cost_ms];
  const of = (from_ms: number, to_ms: number) => flow(sight.hours, from_ms, to_ms);
  const through = of(now_ms, now_ms + left_ms + (paused ? resume_ms : 0));
  const waits = rule.paused_power_share * of(now_ms, until_ms) + of(until_ms, until_ms + resume_ms + left_ms);
  if (!(through > 0) || Number.isNaN(waits)) return null;
  const emissions_g = power_w === null ? null : ((through - waits) * power_w) / 1000 / HOUR_MS;
  return { share: (through - waits) / through, emissions_g };
}

/** (g/kWh) × ms of a span; NaN where some of it is not known. */
function flow(hours: Seen['sight']['hours'], from_ms: number, to_ms: number): number {
  let sum = 0;
  for (let at = from_ms; at < to_ms; ) {
    const hour = Math.floor(at / HOUR_MS);
    const until = Math.min(to_ms, (hour + 1) * HOUR_MS);
    sum += hourAt(hours, hour) * (until - at);
    at = until;
  }
  return sum;
}
