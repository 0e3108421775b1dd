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
  /** The same of this run's own work: without what a resumed job had done before its first line. */
  readonly own_share: number;
}

export interface Projector {
  /**
   * Points by time; one that is not later than the last is left out, so that a window may be given again and again. One that
   * goes further than all before is new whatever its time: the clock was set back.
   */
  add(point: Point): void;
  /** So long the job was held since the last point, and so much it drew: spent, but no part of what steps take. */
  paused(pause: { readonly s: number; readonly energy_j: number }): void;
  /** Null with fewer than three stretches of progress. To be called about once a second. */
  at(now: Now): Projection | null;
}

/** Bounded memory, O(1) a point. */
export function createProjector(): Projector {
  let last: Point | null = null;
  let begin: Begin | null = null;
  let furthest: (Point & { readonly held_s: number; readonly held_j: number }) | null = null;
  let [held_s, held_j] = [0, 0];
  const [time, energy] = [createPace(), createPace()];
  return {
    add(told) {
      // One number that is none would make all that comes later none.
      if (!Number.isFinite(told.at_ms) || !Number.isFinite(told.done)) return;
      if (last !== null && told.at_ms <= last.at_ms && !(told.done > furthest!.done)) return;
      const point = { ...told, energy_j: known(told.energy_j) };
      last = point;
      begin = begun(begin, point.done);
      time.add(point.done, point.at_ms / 1000 - held_s);
      if (point.energy_j !== null) energy.add(point.done, point.energy_j - held_j);
      if (furthest === null || point.done > furthest.done) furthest = { ...point, held_s, held_j };
    },
    paused(pause) {
      held_s += pause.s;
      held_j += pause.energy_j;
    },
    at({ at_ms, total, ...told }) {
      if (furthest === null || !(total > 0) || !Number.isFinite(total)) return null;
      const used_j = known(told.used_j);
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
        own_share: shareOf(furthest.done - begin!.done, left),
      };
    },
  };
}

interface Begin {
  readonly first: number;
  /** Work that was done before this run: 0, or for a resumed job its first value, once the stride of its lines tells that. */
  readonly done: number;
  readonly told: boolean;
}

/** A first value within one stride of 0 counts from 0, as in the account of work (src/workload/work.ts). */
function begun(before: Begin | null, done: number): Begin {
  if (before === null) return { first: done, done: 0, told: false };
  const { first, told } = before;
  if (told || done <= first) return before;
  return { first, done: first <= (done - first) * (1 + 1e-6) ? 0 : first, told: true };
}

const shareOf = (done: number, left: number): number => (done > 0 ? done / (done + left) : 0);

const known = (amount: number | null): number | null => (Number.isFinite(amount) ? amount : null);

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
