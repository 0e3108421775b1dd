// What is seen of the grid and the work that is left → run or pause for the greenest hours, by the plan of least emissions.
//
// Hours of which nothing is expected count as the dirtiest of the others: nobody waits for what is not known.

import type { Answer, GreenSight, Seen } from './green.ts';
import { planOf, throughCost } from './green-plan.ts';
import { clockText, nowText, savesText } from './green-text.ts';
import { type Hours, hourAt } from './hourly-habit.ts';

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
/** How long a slot of the plan may be: the shortest with which it takes no more than so many steps. */
const SLOTS_MS = [5, 10, 15, 30, 60, 120, 240, 480, 1440].map((minutes) => minutes * MINUTE_MS);
const MOST_STEPS = 400_000;
/** A pause begins only where its plan saves more than this share of what is left to emit: our choice, of 0.01 and 0.004 that were tried. */
const LEAST_SAVING = 0.004;

export interface Planned {
  readonly answer: Answer;
  /** The plan's answer is of the slot that now lies in; epoch ms. */
  readonly slot_end_ms: number;
}

/** At most some 10 ms. */
export function byPlan(seen: Seen): Planned {
  const { rule, sight } = seen;
  const { now_ms, left_s, paused } = sight;
  const left_ms = Math.max(0, left_s.value * 1000);
  // By the upper end of the time that is left the deadline is as much nearer as that lies above its value.
  const time_ms = seen.spare_ms + rule.resume_cost_ms + left_ms;
  const slot_ms = SLOTS_MS.find((slot) => (time_ms / slot) * (left_ms / slot) <= MOST_STEPS) ?? SLOTS_MS.at(-1)!;
  const from_ms = Math.floor(now_ms / slot_ms) * slot_ms;
  const g_per_kwh = slotsOf(sight.hours, { from_ms, slot_ms, slots: Math.floor(time_ms / slot_ms) });
  const question = {
    ...{ g_per_kwh, work: Math.ceil(left_ms / slot_ms), paused },
    ...{ resume: rule.resume_cost_ms / slot_ms, idle: rule.paused_power_share },
  };
  const { run, wait, runs } = planOf(question);
  const [least, through] = [Math.min(run, wait), throughCost(question)];
  const made = (answer: Answer): Planned => ({ answer, slot_end_ms: from_ms + slot_ms });
  const worth = paused || through - least > LEAST_SAVING * through;
  if (!worth || runs.every(Boolean) || !Number.isFinite(wait))
    return made(stay(sight, 'to wait saves next to nothing'));
  const saves = savesOf({ least, through, slot_h: slot_ms / HOUR_MS }, sight);
  const change = runs.indexOf(!runs[0]);
  const until_ms = from_ms + change * slot_ms;
  const at = clockText(until_ms, now_ms);
  const next = runs.indexOf(runs[0]!, change);
  const then = meanOf(g_per_kwh.slice(change, next < 0 ? runs.length : next)).toFixed(0);
  const why = `${nowText(sight)}, ${then} g/kWh expected ${runs[0] ? 'while it pauses from' : 'at'} ${at}${runs[0] ? ' on' : ''}`;
  return made({ go: runs[0] ? 'run' : 'pause', until_ms, why: `${why}: ${savesText(saves)}`, saves });
}

const stay = (sight: GreenSight, why: string): Answer => ({
  ...{ go: 'run', until_ms: null, saves: null, why: `${nowText(sight)}, and ${why}` },
});

/** Costs are in (g/kWh) × slots. */
function savesOf(cost: { least: number; through: number; slot_h: number }, { power_w }: GreenSight) {
  const saved = cost.through - cost.least;
  const emissions_g = power_w === null ? null : (saved * cost.slot_h * power_w) / 1000;
  return { share: cost.through > 0 ? saved / cost.through : 0, emissions_g };
}

/** Means of the slots. A slot is a part of an hour, or whole hours. */
function slotsOf(hours: Hours, { from_ms, slot_ms, slots }: { from_ms: number; slot_ms: number; slots: number }) {
  const out = new Float64Array(slots);
  const each = Math.max(1, slot_ms / HOUR_MS);
  for (let k = 0; k < slots; k++) {
    const first = Math.floor((from_ms + k * slot_ms) / HOUR_MS);
    for (let i = 0; i < each; i++) out[k]! += hourAt(hours, first + i) / each;
  }
  const dirtiest = out.reduce((most, g) => (Number.isNaN(g) ? most : Math.max(most, g)), 0);
  return out.map((g) => (Number.isNaN(g) ? dirtiest : g));
}

const meanOf = (values: Float64Array): number => values.reduce((s, g) => s + g, 0) / values.length;
