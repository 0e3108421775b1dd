// What was spent on each of the last days → what a period will have used at that pace, and when its limit is passed.
//
// Days are taken as independent draws: the rest of the period may be off by their scatter and by that of their mean, so the
// interval is Student's t for n − 1 degrees of freedom. A pace that changes is not foreseen.

import { studentQuantile } from '../core/student.ts';
import type { Reach } from './budget.ts';

export interface PaceInput {
  /** What was spent on each of the last whole days, those of nothing included. */
  readonly days: readonly number[];
  readonly spent: Reach;
  readonly limit: number;
  readonly now_ms: number;
  /** End of the period; null: it has none. */
  readonly to_ms: number | null;
}

export interface Pace {
  /** A day, in the unit of what is spent. */
  readonly per_day: number;
  /** At the end of the period; null: it has no end. */
  readonly end: Reach | null;
  /** When the limit is passed, epoch ms; null: not in this period, or it is passed already. */
  readonly crosses_ms: number | null;
}

export const DAY_MS = 86_400_000;
/** Fewer days tell nothing of their scatter. */
const LEAST_DAYS = 2;

/** Null with fewer than two days. */
export function paceOf({ days, spent, limit, now_ms, to_ms }: PaceInput): Pace | null {
  const n = days.length;
  if (n < LEAST_DAYS) return null;
  const per_day = days.reduce((a, b) => a + b, 0) / n;
  const passed_ms = now_ms + ((limit - spent.value) / per_day) * DAY_MS;
  const crosses = spent.value < limit && per_day > 0 && passed_ms < (to_ms ?? Number.POSITIVE_INFINITY);
  const crosses_ms = crosses ? Math.round(passed_ms) : null;
  if (to_ms === null) return { per_day, end: null, crosses_ms };
  const left = Math.max(0, to_ms - now_ms) / DAY_MS;
  const variance = days.reduce((s, day) => s + (day - per_day) ** 2, 0) / (n - 1);
  const half = studentQuantile(0.95, n - 1) * Math.sqrt(variance * (left + left ** 2 / n));
  const value = spent.value + per_day * left;
  const low = Math.max(spent.low, value - Math.hypot(half, spent.value - spent.low));
  return { per_day, end: { value, low, high: value + Math.hypot(half, spent.high - spent.value) }, crosses_ms };
}
