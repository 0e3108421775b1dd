// Jobs that wait for a greener grid, played on real traces: what the policy emits with what it could know, against running
// through and against the best course in hindsight. Nothing of the time after an instant is shown to the policy at it.

import { comingHours } from '../../src/decide/coming-hours.ts';
import { type GreenRule, greenNow, NEW_GREEN } from '../../src/decide/green.ts';
import { planOf } from '../../src/decide/green-plan.ts';
import { type Habit, type Hours, habitOf, hourAt } from '../../src/decide/hourly-habit.ts';
import type { Forecast, Trace } from './intensity-traces.ts';

export interface Job {
  readonly work_h: number;
  readonly deadline_h: number;
  readonly resume_ms: number;
  /** Hours before now of which the newest known one is: 0 is the current hour. */
  readonly lag_h: number;
  /** So many past hours are known. */
  readonly past_h: number;
  readonly paused_power_share: number;
}

/** Means of (g/kWh) × h of all starts. */
export interface Played {
  readonly starts: number;
  readonly through: number;
  readonly policy: number;
  readonly best: number;
  /** Starts that came out worse than running through by more than 2 %. */
  readonly worse: number;
  readonly pauses: number;
  /** Mean absolute error of the hours expected at the start, ÷ their mean. */
  readonly error: number;
}

export interface Source {
  readonly trace: Trace;
  /** Null: learned from the past of the trace alone. */
  readonly forecast: Forecast | null;
}

const [HOUR_MS, MINUTE_MS] = [3_600_000, 60_000];
const SLOT_MS = 5 * MINUTE_MS;
const SLOTS = HOUR_MS / SLOT_MS;
/** So many hours come before the first start, to learn from. */
const LEARNED_H = 10 * 168;
const RELEARNED_H = 168;

/** All starts of a source that lie so many hours apart and whose hours are all known. */
export function playAll(source: Source, job: Job, apart_h: number): Played {
  const known = knowledgeOf(source, job);
  const { trace, forecast } = source;
  const issues = forecast?.issues ?? [];
  const first = Math.max(trace.from_h + (issues.length > 0 ? 168 : LEARNED_H), issues[0]?.at_h ?? 0);
  const last = (issues.at(-1)?.at_h ?? Number.POSITIVE_INFINITY) + 24;
  const end = Math.min(trace.from_h + trace.g_per_kwh.length, last) - job.deadline_h;
  const sum = { starts: 0, through: 0, policy: 0, best: 0, worse: 0, pauses: 0, error: 0 };
  let means = 0;
  for (let start_h = first; start_h <= end; start_h += apart_h) {
    const hours = Array.from({ length: job.deadline_h }, (_, i) => hourAt(trace, start_h + i));
    if (hours.some(Number.isNaN)) continue;
    const through = hours.slice(0, job.work_h).reduce((s, g) => s + g, 0);
    const { cost, pauses } = played(start_h, known, job);
    sum.starts++;
    sum.through += through;
    sum.policy += cost;
    sum.best += bestOf(hours, job);
    sum.pauses += pauses;
    if (cost > 1.02 * through) sum.worse++;
    const expected = known.at(start_h, (start_h + job.deadline_h) * HOUR_MS);
    hours.forEach((g, i) => {
      sum.error += Math.abs(hourAt(expected, start_h + i) - g);
      means += g;
    });
  }
  const { starts } = sum;
  return {
    ...{ starts, through: sum.through / starts, policy: sum.policy / starts, best: sum.best / starts },
    ...{ worse: sum.worse, pauses: sum.pauses / starts, error: sum.error / means },
  };
}

/** The least (g/kWh) × h with all known, in slots of five minutes. */
function bestOf(hours: readonly number[], { work_h, resume_ms, paused_power_share }: Job): number {
  const g_per_kwh = Array.from({ length: hours.length * SLOTS }, (_, k) => hours[Math.floor(k / SLOTS)]!);
  const question = { g_per_kwh, work: work_h * SLOTS, paused: false, resume: resume_ms / SLOT_MS };
  const { run, wait } = planOf({ ...question, idle: paused_power_share });
  return Math.min(run, wait) / SLOTS;
}

interface Knowledge {
  readonly trace: Hours;
  at(now_h: number, to_ms: number): Hours;
  issued(now_h: number): number | null;
}

function knowledgeOf({ trace, forecast }: Source, { lag_h, past_h }: Job): Knowledge {
  const habits = new Map<number, Habit>();
  const issueAt = (now_h: number) => forecast?.issues.findLast(({ at_h }) => at_h <= now_h) ?? null;
  return {
    trace,
    issued: (now_h) => issueAt(now_h)?.at_h ?? null,
    at(now_h, to_ms) {
      const until_h = now_h - lag_h + 1;
      const from_h = Math.max(trace.from_h, until_h - past_h);
      const g_per_kwh = trace.g_per_kwh.subarray(from_h - trace.from_h, until_h - trace.from_h);
      const observed: Hours = { from_h, g_per_kwh };
      const issue = issueAt(now_h);
      const told = issue === null ? null : { from_h: issue.at_h, g_per_kwh: issue.forecast };
      const day = Math.floor(until_h / RELEARNED_H) * RELEARNED_H;
      if (told === null && !habits.has(day)) habits.set(day, habitOf(past(trace, day - past_h), day)); // looks before `day` alone
      const habit = told === null ? habits.get(day)! : null;
      return comingHours({ observed, forecast: told, habit, now_ms: now_h * HOUR_MS, to_ms });
    },
  };
}

/** Without the hours before `from_h`. */
function past({ from_h, g_per_kwh }: Trace, first_h: number): Hours {
  const left = Math.max(0, first_h - from_h);
  return { from_h: from_h + left, g_per_kwh: g_per_kwh.subarray(left) };
}

/** One job, looked at each hour, when an answer is expected to change, and a slot before the end of what may be waited. */
function played(start_h: number, known: Knowledge, job: Job): { cost: number; pauses: number } {
  const rule: GreenRule = {
    ...{ deadline_ms: (start_h + job.deadline_h) * HOUR_MS, resume_cost_ms: job.resume_ms },
    ...{ above_g_per_kwh: null, dirtiest_share: null, paused_power_share: job.paused_power_share },
  };
  let [memory, paused, left_ms, resuming_ms, cost, pauses] = [NEW_GREEN, false, job.work_h * HOUR_MS, 0, 0, 0];
  let now_ms = start_h * HOUR_MS;
  while (left_ms > 0) {
    const now_h = Math.floor(now_ms / HOUR_MS);
    const value = (left_ms + resuming_ms) / 1000;
    const sight = {
      ...{ now_ms, paused, left_s: { value, low: value, high: value }, power_w: null },
      ...{ hours: known.at(now_h, rule.deadline_ms), issued_ms: known.issued(now_h) },
    };
    const { answer } = greenNow(rule, memory, sight);
    memory = { ...NEW_GREEN, from_ms: start_h * HOUR_MS }; // it plans anew at each look
    const spare_ms = rule.deadline_ms - now_ms - left_ms - rule.resume_cost_ms;
    const next = Math.min((now_h + 1) * HOUR_MS, answer.until_ms ?? Number.POSITIVE_INFINITY);
    const most = answer.go === 'pause' ? Math.max(SLOT_MS, spare_ms - SLOT_MS) : left_ms + resuming_ms;
    const step_ms = Math.min(next - now_ms, most);
    if (!(step_ms > 0)) throw new Error(`no time passes: ${answer.why}`);
    const kwh_h = hourAt(known.trace, now_h) * (step_ms / HOUR_MS);
    if (answer.go === 'pause') {
      if (!paused) pauses++;
      paused = true;
      cost += job.paused_power_share * kwh_h;
    } else {
      if (paused) resuming_ms = job.resume_ms;
      paused = false;
      cost += kwh_h;
      const resumed_ms = Math.min(resuming_ms, step_ms);
      resuming_ms -= resumed_ms;
      left_ms -= step_ms - resumed_ms;
    }
    now_ms += step_ms;
  }
  if (now_ms > rule.deadline_ms) throw new Error(`${new Date(rule.deadline_ms).toISOString()} is missed`);
  return { cost, pauses };
}
