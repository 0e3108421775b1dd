// Hours of a grid that were observed, and a forecast as it stands → the hours to come, as they are to be expected now.
//
// A forecast is shifted by what it was off in the last hour that is known, less the further ahead. Hours that it does not
// reach come from what these hours were before (hourly-habit.ts). What neither tells is NaN: unknown.

import { type Habit, type Hours, habitAhead, hourAt } from './hourly-habit.ts';

export interface ComingQuestion {
  /** Mean intensities of past hours, of the current one where it is known, and of those to come that somebody is sure of. */
  readonly observed: Hours;
  /** As it stands now; its hours that are past tell how far it was off. Null: there is none. */
  readonly forecast: Hours | null;
  /** Of `observed` up to now, made once a day; null: nothing is learned. */
  readonly habit: Habit | null;
  readonly now_ms: number;
  /** Until when the hours are asked for, epoch ms. */
  readonly to_ms: number;
}

const HOUR_MS = 3_600_000;
/** What is left of a forecast's error an hour later: our choice, of 0 to 0.98 that were tried in bench/green-pause.mjs. */
const ERROR_KEPT = 0.9;

/** From the first observed hour on: what was, and from the first hour on that is not known what is expected. O(hours). */
export function comingHours({ observed, forecast, habit, now_ms, to_ms }: ComingQuestion): Hours {
  const [now_h, to_h] = [Math.floor(now_ms / HOUR_MS), Math.ceil(to_ms / HOUR_MS)];
  const from_h = Math.min(observed.from_h, now_h);
  const last_h = lastKnown(observed, now_h);
  const off = last_h === null || forecast === null ? 0 : hourAt(observed, last_h) - hourAt(forecast, last_h);
  const g_per_kwh = new Float64Array(Math.max(0, to_h - from_h));
  for (let i = 0; i < g_per_kwh.length; i++) {
    const hour = from_h + i;
    g_per_kwh[i] = hourAt(observed, hour);
    if (hour < now_h || !Number.isNaN(g_per_kwh[i]!)) continue;
    const told = forecast === null ? Number.NaN : hourAt(forecast, hour);
    const shift = Number.isNaN(off) ? 0 : off * ERROR_KEPT ** (hour - (last_h ?? hour));
    g_per_kwh[i] = Number.isNaN(told) ? habitual(habit, observed, { last_h, hour }) : Math.max(0, told + shift);
  }
  return { from_h, g_per_kwh };
}

function habitual(habit: Habit | null, observed: Hours, { last_h, hour }: { last_h: number | null; hour: number }) {
  return habit === null || last_h === null ? Number.NaN : habitAhead(habit, observed, { last_h, hour });
}

/** A day old at most: older ones say nothing about now. */
function lastKnown(observed: Hours, now_h: number): number | null {
  for (let hour = now_h; hour > now_h - 24; hour--) if (!Number.isNaN(hourAt(observed, hour))) return hour;
  return null;
}
