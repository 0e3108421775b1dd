// How the end of each run looked so far: what the server knows from before, asked once for each run, and what is heard since.

import { type Course, type CourseLog, createCourseLog } from '../decide/course-log.ts';
import type { Foreseen, LiveRun } from '../server/contract/live.ts';
import { get } from './api.ts';

export interface Trails {
  add(run: LiveRun): void;
  /** Courses of a run; none: nothing was foreseen. */
  of(run: string): readonly Course[];
}

type Ask = (run: string) => Promise<readonly Course[]>;

export function createTrails(ask: Ask = askServer): Trails {
  const logs = new Map<string, CourseLog>();
  /** What is heard before the answer is there. */
  const waiting = new Map<string, LiveRun[]>();
  const begin = async (id: string) => {
    const log = createCourseLog(await ask(id));
    logs.set(id, log);
    for (const run of waiting.get(id) ?? []) note(log, run);
    waiting.delete(id);
  };
  return {
    add(told) {
      const { id } = told.run;
      const log = logs.get(id);
      if (log !== undefined) return note(log, told);
      const before = waiting.get(id);
      if (before !== undefined) return void before.push(told);
      waiting.set(id, [told]);
      void begin(id);
    },
    of: (run) => logs.get(run)?.courses ?? [],
  };
}

function note(log: CourseLog, { run, at_ms, it_j, operational_g, end, budgets }: LiveRun): void {
  if (run.state !== 'running' && run.state !== 'paused') return;
  const value = end?.operational_g ?? null;
  const end_g =
    value === null ? null : { value, low: end!.operational_low_g ?? value, high: end!.operational_high_g ?? value };
  log.add('energy', { at_ms, spent: it_j, end: end?.it_j ?? null });
  log.add('emissions', { at_ms, spent: operational_g, end: end_g });
  for (const { in_force, spent, end } of budgets)
    if (in_force !== null) log.add(in_force.name, { at_ms: in_force.at_ms, spent, end });
}

async function askServer(run: string): Promise<readonly Course[]> {
  const answer = await get<Foreseen>(`/api/live/${encodeURIComponent(run)}`);
  return answer.state === 'here' ? answer.value.courses : [];
}
