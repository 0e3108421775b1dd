// How the end of a run looked, moment by moment, in bounded memory: beyond so many moments every second one is let go.

import type { Reach } from '../../decide/budget.ts';
import type { Course } from '../contract/live.ts';

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

export function createCourseLog(): CourseLog {
  const logs = new Map<string, { moments: Moment[]; every_ms: number }>();
  return {
    add(of, moment) {
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
    },
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
