// How dirty the grid is and will be, and how much work is left until when → run or pause, now.
//
// With a rule of the user's it pauses while the grid is as dirty as that says (green-threshold.ts), else for the greenest
// hours, by the plan of least emissions (green-planned.ts), made anew as time passes. Whatever is expected, it runs where
// waiting could miss the deadline, by the upper end of the time that is left; and where nothing can be told it runs.

import type { Reach } from './budget.ts';
import { byPlan } from './green-planned.ts';
import { clockText } from './green-text.ts';
import { byThreshold } from './green-threshold.ts';
import { type Hours, hourAt } from './hourly-habit.ts';

export interface GreenRule {
  /** All work is to be done by then, epoch ms. */
  readonly deadline_ms: number;
  /** What a pause and its resume take: so long nothing is done, at the power of running. */
  readonly resume_cost_ms: number;
  /** Pause while the grid is above it, g/kWh; null: no such rule. */
  readonly above_g_per_kwh: number | null;
  /** Pause in this share, 0..1, of the time from the first look to the deadline, and no longer, where the grid is dirtiest; null: no such rule. */
  readonly dirtiest_share: number | null;
  /** Power while paused ÷ power while running, 0..1. */
  readonly paused_power_share: number;
}

/** What is known at one moment. */
export interface GreenSight {
  readonly now_ms: number;
  /** Whether the job stands still: as it is, not as it was wanted. */
  readonly paused: boolean;
  /** s of running that are left; null: nobody can tell. */
  readonly left_s: Reach | null;
  /** W while it runs, with the PUE where that is known; null: not known, and no saving is told in g. */
  readonly power_w: number | null;
  /** Past hours as they were observed, and those to come as they are expected (coming-hours.ts). */
  readonly hours: Hours;
  /** When the forecast in them was made; with another one it plans anew at once. Null: there is none. */
  readonly issued_ms: number | null;
}

/** Against running through from now on. Below 0: it costs more. */
export interface Saves {
  readonly share: number;
  /** Null: the power is not known. */
  readonly emissions_g: number | null;
}

/** What is to be done. */
export interface Answer {
  readonly go: 'run' | 'pause';
  /** When the other is expected to be due, epoch ms; null: not before the end. */
  readonly until_ms: number | null;
  /** In words for people. */
  readonly why: string;
  /** Null: nothing is paused by it, or nobody can tell. */
  readonly saves: Saves | null;
}

/** What the next look must know of those before; plain data. */
export interface GreenMemory {
  /** Of the first look; null: there was none. */
  readonly from_ms: number | null;
  readonly last_ms: number | null;
  /** ms that the job has stood still since. */
  readonly stood_ms: number;
  /** The last plan's answer, and until when it need not be asked again. */
  readonly held: { readonly answer: Answer; readonly until_ms: number; readonly issued_ms: number | null } | null;
}

export const NEW_GREEN: GreenMemory = { from_ms: null, last_ms: null, stood_ms: 0, held: null };

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
/** Time before the deadline that is kept free, beside what two looks are apart: our choice. */
const KEPT_MS = MINUTE_MS;
/** What a rule is asked with, all of it known. */
export interface Seen {
  readonly rule: GreenRule;
  readonly sight: GreenSight & { readonly left_s: Reach };
  /** Of the first look. */
  readonly from_ms: number;
  readonly stood_ms: number;
  /** ms that may be waited, with one resume after it, before the deadline is in danger; above 0. */
  readonly spare_ms: number;
}

/** To be asked at each look, once a minute or more often. From the same looks come the same answers. Never throws. */
export function greenNow(
  rule: GreenRule,
  memory: GreenMemory,
  sight: GreenSight,
): { readonly answer: Answer; readonly memory: GreenMemory } {
  const { now_ms, issued_ms, paused } = sight;
  const apart_ms = Math.max(0, now_ms - (memory.last_ms ?? now_ms));
  const stood_ms = memory.stood_ms + (paused ? apart_ms : 0);
  const after = { from_ms: memory.from_ms ?? now_ms, last_ms: now_ms, stood_ms, held: null };
  const seen = seenBy(rule, sight, { from_ms: after.from_ms, stood_ms, apart_ms });
  if (typeof seen === 'string') return { answer: running(seen), memory: after };
  if (rule.above_g_per_kwh !== null || rule.dirtiest_share !== null)
    return { answer: byThreshold(seen), memory: after };
  const { held } = memory;
  const holds = held !== null && now_ms < held.until_ms && now_ms >= (memory.last_ms ?? now_ms);
  if (holds && held.issued_ms === issued_ms && (held.answer.go === 'pause') === paused)
    return { answer: held.answer, memory: { ...after, held } };
  const { answer, slot_end_ms } = byPlan(seen);
  return { answer, memory: { ...after, held: { answer, until_ms: slot_end_ms, issued_ms } } };
}

const running = (why: string): Answer => ({ go: 'run', until_ms: null, why, saves: null });

/** All that a pause must know; a text: why it is not to be thought of. */
function seenBy(
  rule: GreenRule,
  sight: GreenSight,
  { apart_ms, ...before }: Pick<Seen, 'from_ms' | 'stood_ms'> & { apart_ms: number },
): Seen | string {
  const { now_ms, left_s } = sight;
  if (left_s === null || !Number.isFinite(left_s.value) || !Number.isFinite(left_s.high))
    return 'how long it still takes is not known yet';
  // Of one that takes longer than was said nobody knows how long.
  if (!(left_s.value > 0)) return 'all the work that is known of is done';
  const spare_ms = rule.deadline_ms - now_ms - left_s.high * 1000 - rule.resume_cost_ms - KEPT_MS - apart_ms;
  if (!(spare_ms > 0)) return `no time to wait before the deadline at ${clockText(rule.deadline_ms, now_ms)}`;
  if (Number.isNaN(hourAt(sight.hours, Math.floor(now_ms / HOUR_MS)))) return 'how dirty the grid is now is not known';
  return { rule, sight: { ...sight, left_s }, ...before, spare_ms };
}
