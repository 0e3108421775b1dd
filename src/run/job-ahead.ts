// The steps of a job and what is said of its whole → where it will end.
//
// A total in tokens or epochs is made one of steps by what a step has of them; a time is work of its own, in seconds. Where
// both are given the job ends with the one that comes first.

import { createProjector, type Projection } from '../decide/projection.ts';
import type { StepRow } from '../ledger/records.ts';
import { cumulativeAt, type Declared } from '../workload/work.ts';

/** The whole of a job, as people say it; a log may tell its steps too, what is said counts. */
export interface Goal {
  readonly steps?: number;
  readonly tokens?: number;
  readonly epochs?: number;
  /** s since the run began. */
  readonly seconds?: number;
}

/** The latest steps of a log, and what it tells of the whole job. */
export interface Steps {
  readonly rows: readonly StepRow[];
  readonly total: number | null;
  /** How long the job had been held by an instant, and what it drew meanwhile; absent: as `paused` was told. */
  readonly held?: (at_ms: number) => Held;
}

/** No part of what steps take. */
export interface Held {
  readonly s: number;
  readonly energy_j: number;
}

/** A moment of a run. */
export interface Moment {
  readonly now_ms: number;
  /** When its metering began; null: nothing was metered yet. */
  readonly began_ms: number | null;
  readonly used_j: number | null;
}

export interface JobAhead {
  /** To be called about once a second with all that the window holds. Null where nobody can tell yet. */
  at(steps: Steps, moment: Moment): Projection | null;
  /** It was held for so long, and drew so much meanwhile: no part of what work takes. A time that is given goes on. */
  paused(pause: Held): void;
}

/** A time that is given is looked at so often at most: many seconds of a long job say little more than a few. */
const MOST_LINES = 1000;

/** `work` as declared of the run. */
export function createJobAhead(work: Declared, goal: Goal = {}): JobAhead {
  const [bySteps, byTime] = [createProjector(), createProjector()];
  let held_s = 0;
  let next_s = 0;
  const paused = (pause: Held) => {
    held_s += pause.s;
    for (const one of [bySteps, byTime]) one.paused(pause);
  };
  let counted: Held & { readonly at_ms: number } = { s: 0, energy_j: 0, at_ms: Number.NEGATIVE_INFINITY };
  const holdBy = (at_ms: number, held: Steps['held']) => {
    if (held === undefined || at_ms <= counted.at_ms) return;
    const { s, energy_j } = held(at_ms);
    paused({ s: s - counted.s, energy_j: energy_j - counted.energy_j });
    counted = { s, energy_j, at_ms };
  };
  return {
    paused,
    at(steps, { now_ms, began_ms, used_j }) {
      const points = pointsOf(steps.rows, work);
      for (const point of points) {
        holdBy(point.at_ms, steps.held);
        bySteps.add({ ...point, done: point.step });
      }
      holdBy(now_ms, steps.held);
      const total = totalSteps(goal, steps, points);
      const worked = total === null ? null : bySteps.at({ at_ms: now_ms, used_j, total });
      if (goal.seconds === undefined || began_ms === null) return worked;
      // Held seconds are no work, and the fewer are left for it.
      const done = Math.max(0, now_ms - began_ms) / 1000 - held_s;
      if (done >= next_s) {
        byTime.add({ at_ms: now_ms, done, energy_j: used_j });
        next_s = done + goal.seconds / MOST_LINES;
      }
      const timed = byTime.at({ at_ms: now_ms, used_j, total: goal.seconds - held_s });
      return worked === null || (timed !== null && timed.left_s.value < worked.left_s.value) ? timed : worked;
    },
  };
}

type Told = ReturnType<typeof pointsOf>[number];

/** Progress in steps, with the energy of each line. */
function pointsOf(rows: readonly StepRow[], work: Declared) {
  const used = new Map(rows.map(({ at_ms, it_j }) => [at_ms, it_j]));
  return cumulativeAt(rows, work).flatMap(({ at_ms, step, epoch, tokens }) =>
    step === null ? [] : [{ at_ms, step, epoch, tokens, energy_j: used.get(at_ms) ?? null }],
  );
}

/** Steps of the whole job; null where neither people nor the log say. */
export function totalSteps(goal: Goal, { total }: Pick<Steps, 'total'>, points: readonly Told[]): number | null {
  if (goal.steps !== undefined) return goal.steps;
  const [first, last] = [points[0], points.at(-1)];
  if (first !== undefined && last !== undefined && last.step > first.step) {
    const each = (name: 'tokens' | 'epoch') => ((last[name] ?? 0) - (first[name] ?? 0)) / (last.step - first.step);
    if (goal.tokens !== undefined && each('tokens') > 0) return goal.tokens / each('tokens');
    if (goal.epochs !== undefined && each('epoch') > 0) return goal.epochs / each('epoch');
  }
  return goal.tokens === undefined && goal.epochs === undefined ? total : null;
}
