// The zone's grid as it is known → a pause that is wanted until it is greener, look by look.
//
// The hours are made anew every few minutes, as more may have been heard of the grid; those to come that no forecast tells
// are what the zone's own past makes likely, learned once a day.

import { comingHours } from '../decide/coming-hours.ts';
import { GREENER } from '../decide/decision.ts';
import { reachOf } from '../decide/expected.ts';
import { type GreenRule, greenNow, NEW_GREEN } from '../decide/green.ts';
import { type Habit, type Hours, habitOf, hourAt } from '../decide/hourly-habit.ts';
import type { Reason } from '../decide/verdict.ts';
import { type IntensitySeries, intensityAt } from '../grid/series.ts';
import type { Wanting } from './enforce.ts';

export interface GreenWish {
  readonly rule: Omit<GreenRule, 'paused_power_share'>;
  /** The zone's series over a span, best first, as they are known now. */
  series(span: { readonly from_ms: number; readonly to_ms: number }): readonly IntensitySeries[];
  /** Power with the PUE ÷ power of the devices; 1 where none is known. */
  readonly pue: number;
  /** s of running that the whole job takes, where people say it; null: as its steps tell. */
  readonly total_s: number | null;
  /** To the user, once: why the job has not waited so far. */
  say(message: string): void;
}

const [HOUR_MS, DAY_H] = [3_600_000, 24];
/** The hours are made anew after so long, and while this one is not known: at the start of a run providers are just asked. */
const [ANEW_MS, SOON_MS] = [300_000, 10_000];
/** As much of the past as lines of a habit are made of, and what these look back at. */
const PAST_H = 18 * 168;
/** Power while paused ÷ while running until the job's own pauses tell: our choice. */
const IDLE_SHARE = 0.2;
/** A job that has not waited for so long is told why: by then its steps have told how long it takes. */
const TELL_S = 30;
const QUARTERS = [0.125, 0.375, 0.625, 0.875];

/** Wants nothing where nothing can be told. */
export function greenWant({ rule, series, pue, total_s, say }: GreenWish): Wanting {
  let memory = NEW_GREEN;
  let known: { readonly hours: Hours; readonly issued_ms: number | null; readonly until_ms: number } | null = null;
  let learned: { readonly day: number; readonly habit: Habit | null } = { day: -1, habit: null };
  let [wanted, until_ms] = [false, null as number | null];
  let power_w: number | null = null;
  const idle = { j: 0, s: 0 };
  let [last_ms, ran_s, told_why] = [null as number | null, 0, false];
  /** The job stands for what was wanted. */
  let held = false;

  const look = (now_ms: number) => {
    const now_h = Math.floor(now_ms / HOUR_MS);
    const [from_h, to_h] = [now_h - PAST_H, Math.ceil(rule.deadline_ms / HOUR_MS)];
    const all = series({ from_ms: from_h * HOUR_MS, to_ms: to_h * HOUR_MS });
    const told = all.filter(({ quality }) => quality !== 'annual' && quality !== 'climatology');
    const foretold = told.filter(({ quality }) => quality === 'forecast');
    // A file may hold how it will be as if it had been.
    const observed = hoursOf(
      told.filter((one) => !foretold.includes(one)),
      { from_h, to_h },
    );
    const forecast = hoursOf(foretold, { from_h: now_h - DAY_H, to_h });
    const day = Math.floor(now_h / DAY_H);
    if (learned.day !== day) learned = { day, habit: habitOf(observed, now_h) };
    const hours = comingHours({ observed, forecast, habit: learned.habit, now_ms, to_ms: rule.deadline_ms });
    const issued = foretold.flatMap(({ issued_at_ms, retrieved_at_ms }) => issued_at_ms ?? retrieved_at_ms ?? []);
    const anew_ms = now_ms + (Number.isNaN(hourAt(hours, now_h)) ? SOON_MS : ANEW_MS);
    const until_ms = Math.min((now_h + 1) * HOUR_MS, anew_ms);
    return { hours, issued_ms: issued.length === 0 ? null : Math.max(...issued), until_ms };
  };

  return {
    get until_ms() {
      return until_ms;
    },
    at({ now_ms, figures, paused }) {
      const s = Math.max(0, now_ms - (last_ms ?? now_ms)) / 1000;
      last_ms = now_ms;
      if (!paused) [power_w, ran_s] = [figures.power_w ?? power_w, ran_s + s];
      else if (figures.power_w !== null) [idle.j, idle.s] = [idle.j + figures.power_w * s, idle.s + s];
      if (known === null || now_ms >= known.until_ms) known = look(now_ms);
      const share = idle.s > 0 && power_w !== null && power_w > 0 ? idle.j / idle.s / power_w : IDLE_SHARE;
      const said = total_s === null ? null : Math.max(0, total_s - ran_s);
      const told = figures.projection === null ? null : reachOf(figures.projection.left_s);
      const left = said === null ? told : { value: said, low: said, high: said };
      const sight = {
        ...{ now_ms, paused, left_s: left, power_w: power_w === null ? null : power_w * pue },
        ...{ hours: known.hours, issued_ms: known.issued_ms },
      };
      const asked = greenNow({ ...rule, paused_power_share: Math.min(1, share) }, memory, sight);
      memory = asked.memory;
      const { go, why } = asked.answer;
      until_ms = asked.answer.until_ms;
      const reasons: Reason[] = go === 'pause' ? [{ act: 'pause', rule: null, why }] : [];
      const due = wanted ? [] : reasons;
      wanted = go === 'pause';
      if (!told_why && !wanted && ran_s >= TELL_S) say(`the job does not wait for a greener grid: ${why}`);
      told_why ||= wanted || ran_s >= TELL_S;
      held = wanted || (held && paused);
      return { by: GREENER, due, holding: reasons, ...(held && !wanted && { eased: why }) };
    },
  };
}

/** Means of the hours [from_h, to_h), of what is known of each: by quarters, each of the first series that knows it. */
function hoursOf(all: readonly IntensitySeries[], { from_h, to_h }: { from_h: number; to_h: number }): Hours {
  const g_per_kwh = Float64Array.from({ length: Math.max(0, to_h - from_h) }, (_, i) => {
    let [sum, known] = [0, 0];
    for (const part of QUARTERS) {
      const at_ms = (from_h + i + part) * HOUR_MS;
      const g = all.reduce<number | null>((told, one) => told ?? intensityAt(one, at_ms), null);
      if (g !== null) [sum, known] = [sum + g, known + 1];
    }
    return sum / known; // NaN of none
  });
  return { from_h, g_per_kwh };
}
