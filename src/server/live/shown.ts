// The runs that are told of: those that go on, and for some minutes those that have ended meanwhile.
//
// A long run takes a while to be read for the first time: the others are not kept waiting, and it is told when it is known.

import type { Course } from '../../decide/course-log.ts';
import { goesOn, type RunEntry, runOf } from '../../ledger/runs.ts';
import type { LiveRun } from '../contract/live.ts';
import { createFollower, type Follower } from './follower.ts';

export interface ShownRuns {
  /** What is known of them by now; `reading` are those of which nothing is yet. */
  look(runs: readonly RunEntry[], now_ms: number): Promise<{ readonly runs: LiveRun[]; readonly reading: number }>;
  courses(run: string): readonly Course[];
}

interface Shown {
  readonly follower: Follower;
  told: LiveRun | null;
  looking: boolean;
  /** When it was seen to have ended; null: it goes on. */
  ended_ms: number | null;
}

/** One that has ended is told for so long. */
const ENDED_MS = 600_000;
/** A look waits for those that are read for so long. */
const WAIT_MS = 600;

export function createShownRuns(ledger: string): ShownRuns {
  const shown = new Map<string, Shown>();
  const read = async (one: Shown, entry: RunEntry, now_ms: number): Promise<void> => {
    if (one.looking) return;
    one.looking = true;
    try {
      one.told = await one.follower.look(entry, now_ms);
    } finally {
      one.looking = false;
    }
  };
  const ended = (id: string, one: Shown, now_ms: number): Promise<void> | null => {
    if (one.ended_ms !== null) {
      if (Math.abs(now_ms - one.ended_ms) > ENDED_MS) shown.delete(id);
      return null;
    }
    if (one.looking) return null; // its end is read when that has come to one
    one.ended_ms = now_ms;
    const entry = runOf(ledger, id);
    // It was taken away, or more go on than are told.
    if (entry === null || goesOn(entry.state)) shown.delete(id);
    return entry === null ? null : read(one, entry, now_ms);
  };
  return {
    async look(runs, now_ms) {
      const on = new Set(runs.map(({ record }) => record.id));
      const reading = runs.map((entry) => {
        const { id } = entry.record;
        const one = shown.get(id) ?? begun(ledger, entry);
        shown.set(id, one);
        one.ended_ms = null;
        return read(one, entry, now_ms);
      });
      const ends = [...shown].flatMap(([id, one]) => (on.has(id) ? [] : (ended(id, one, now_ms) ?? [])));
      await within(Promise.all([...reading, ...ends]), WAIT_MS);
      const all = [...shown.values()];
      const told = all.flatMap(({ told }) => told ?? []);
      told.sort((a, b) => newer(a, b));
      return { runs: told, reading: all.length - told.length };
    },
    courses: (run) => shown.get(run)?.follower.courses ?? [],
  };
}

const begun = (ledger: string, entry: RunEntry): Shown => ({
  ...{ follower: createFollower(ledger, entry), told: null, looking: false, ended_ms: null },
});

/** Those that go on first, of them the newest. */
const newer = ({ run: a }: LiveRun, { run: b }: LiveRun): number =>
  Number(goesOn(b.state)) - Number(goesOn(a.state)) || b.started_at_ms - a.started_at_ms || (a.id < b.id ? -1 : 1);

async function within(work: Promise<unknown>, most_ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, most_ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
