// How the end of a run looked, moment by moment, in bounded memory: beyond so many moments every second one is let go.

import type { Reach } from './budget.ts';

/** Columns of equal length, oldest first; null: not known. */
export interface Course {
  /** Whose: `energy` or `emissions` of a run, or a budget by its name. */
  readonly of: string;
  readonly at_ms: readonly number[];
  readonly spent: readonly (number | null)[];
  /** At the end as it was foreseen then, with its 90 % interval. */
  readonly end: readonly (number | null)[];
  readonly end_low: readonly (number | null)[];
  readonly end_high: readonly (number | null)[];
}

export interface Moment {
  readonly at_ms: number;
  readonly spent: number | null;
  readonly end: Reach | null;
}

export interface CourseLog {
  /** One that is not later than the last is known already. */
  add(of: string, moment: Moment): void;
  readonly courses: readonly Course[];
}

const MOST = 600;

/** Begins with what is known already. */
export function createCourseLog(first: readonly Course[] = []): CourseLog {
  const logs = new Map<string, { moments: Moment[]; every_ms: number }>();
  const add = (of: string, moment: Moment) => {
    const log = logs.get(of) ?? { moments: [], every_ms: 0 };
    logs.set(of, log);
    const { moments } = log;
    // The newest is always there; the one before stays where it is far enough from its own before.
    const [before, last] = [moments.at(-2), moments.at(-1)];
    if (last !== undefined && moment.at_ms <= last.at_ms) return;
    if (before !== undefined && last!.at_ms - before.at_ms < log.every_ms) moments.pop();
    moments.push(moment);
    if (moments.length <= MOST) return;
    log.every_ms = (2 * (moments.at(-1)!.at_ms - moments[0]!.at_ms)) / MOST;
    log.moments = moments.filter((_, i) => i % 2 === 0 || i === moments.length - 1);
  };
  for (const course of first) for (const moment of momentsOf(course)) add(course.of, moment);
  return {
    add,
    get courses() {
      return [...logs].map(([of, { moments }]) => courseOf(of, moments));
    },
  };
}

export const courseOf = (of: string, moments: readonly Moment[]): Course => ({
  of,
  at_ms: moments.map(({ at_ms }) => at_ms),
  spent: moments.map(({ spent }) => spent),
  end: moments.map(({ end }) => end?.value ?? null),
  end_low: moments.map(({ end }) => end?.low ?? null),
  end_high: moments.map(({ end }) => end?.high ?? null),
});

const momentsOf = ({ at_ms, spent, end, end_low, end_high }: Course): Moment[] =>
  at_ms.map((at, i) => {
    const value = end[i] ?? null;
    const reach = value === null ? null : { value, low: end_low[i] ?? value, high: end_high[i] ?? value };
    return { at_ms: at, spent: spent[i] ?? null, end: reach };
  });
