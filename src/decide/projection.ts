// Where a job will end: from its points (how much work after how many seconds and joules) the time that is left and the
// energy of the whole, with one distribution each.
//
// Work is counted in any unit whose total is known: steps, tokens, epochs, or seconds where the time is what is given.
// While no line comes the end stays where it was until the silence takes longer than what is usual: then it moves on.

import type { Expected } from './expected.ts';
import { type Ahead, createPace, type Pace } from './step-pace.ts';

/** Where a job stood at an instant. */
export interface Point {
  readonly at_ms: number;
  /** Work done since any beginning: steps, tokens, epochs or seconds, always the same. */
  readonly done: number;
  /** J used since any beginning up to here; null where that is not known. */
  readonly energy_j: number | null;
}

/** Where the job stands now. */
export interface Now {
  readonly at_ms: number;
  /** J used up to now, counted as those of the points; null where that is not known. */
  readonly used_j: number | null;
  /** Work of the whole job. */
  readonly total: number;
}

export interface Projection {
  /** s from now. */
  readonly left_s: Expected;
  /** J of the whole job; null where the energy of its steps is not known. */
  readonly end_j: Expected | null;
  /** J used up to now. */
  readonly used_j: number | null;
  /** Share of the work that is done, 0..1. */
  readonly share: number;
}

export interface Projector {
  /** Points by time; one that is not later than the last is left out, so that a window may be given again and again. */
  add(point: Point): void;
  /** So long the job was held since the last point, and so much it drew: spent, but no part of what steps take. */
  paused(pause: { readonly s: number; readonly energy_j: number }): void;
  /** Null with fewer than three stretches of progress. To be called about once a second. */
  at(now: Now): Projection | null;
}

/** Bounded memory, O(1) a point. */
export function createProjector(): Projector {
  let last: Point | null = null;
  let furthest: (Point & { readonly held_s: number; readonly held_j: number }) | null = null;
  let [held_s, held_j] = [0, 0];
  const [time, energy] = [createPace(), createPace()];
  return {
    add(point) {
      if (last !== null && point.at_ms <= last.at_ms) return;
      last = point;
      time.add(point.done, point.at_ms / 1000 - held_s);
      if (point.energy_j !== null) energy.add(point.done, point.energy_j - held_j);
      if (furthest === null || point.done > furthest.done) furthest = { ...point, held_s, held_j };
    },
    paused(pause) {
      held_s += pause.s;
      held_j += pause.energy_j;
    },
    at({ at_ms, used_j, total }) {
      if (furthest === null || !(total > 0)) return null;
      const left = Math.max(0, total - furthest.done);
      const rest_s = time.ahead(left);
      if (rest_s === null) return null;
      const since_s = Math.max(0, (at_ms - furthest.at_ms) / 1000 - (held_s - furthest.held_s));
      const from_j = furthest.energy_j === null ? null : furthest.energy_j + held_j - furthest.held_j;
      return {
        left_s: from(rest_s, { begin: -since_s, now: 0 }),
        end_j: used_j === null || from_j === null ? null : endOf(energy, { left, used_j, from_j }),
        used_j,
        share: Math.min(1, furthest.done / total),
      };
    },
  };
}

function endOf(
  energy: Pace,
  { left, used_j, from_j }: { left: number; used_j: number; from_j: number },
): Expected | null {
  const rest = energy.ahead(left);
  return rest === null ? null : from(rest, { begin: from_j, now: used_j });
}

/** What comes after `begin`, seen from a `now` that is past it: what passed meanwhile beyond the usual comes on top. */
function from({ value, down, up, next }: Ahead, { begin, now }: { begin: number; now: number }): Expected {
  const late = value > 0 ? Math.max(0, now - begin - next) : 0;
  return { value: Math.max(now, begin + value + late), down, up: up + late, least: now };
}
