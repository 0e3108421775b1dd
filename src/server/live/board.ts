// What goes on in a ledger, once a second for as long as somebody looks: one text for all who do.
//
// Nobody looks: nothing is read. What was read of a run is kept for a minute, so that a page that is loaded anew need not wait
// for it.

import { reasonOf } from '../../core/fault.ts';
import type { Course } from '../../decide/course-log.ts';
import { goesOn } from '../../ledger/runs.ts';
import type { Live } from '../contract/live.ts';
import { createGoing } from './going.ts';
import { createShownRuns } from './shown.ts';

export interface Snapshot {
  /** Another one of each. */
  readonly id: string;
  /** JSON of a joulebook/live/v1. */
  readonly text: string;
  /** A run goes on, so that there is something new each second. */
  readonly moves: boolean;
}

export interface Board {
  /** Tells the newest snapshot, where there is one, and all that come, until what is returned is called. */
  join(tell: (snapshot: Snapshot) => void): () => void;
  /** How the end of a run looked so far; nothing where nobody looks at it. */
  courses(run: string): Promise<readonly Course[]>;
  close(): void;
}

const BEAT_MS = 1000;
/** What was read is kept for so long when nobody looks any more. */
const KEPT_MS = 60_000;
/** So many are told at once. */
const MOST_RUNS = 20;

export function createBoard(ledger: string, now: () => number): Board {
  const boot = Math.floor(now()).toString(36);
  const tells = new Set<(snapshot: Snapshot) => void>();
  let going = createGoing(ledger);
  let shown = createShownRuns(ledger);
  let newest: Snapshot | null = null;
  let number = 0;
  let beating = false;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const look = async (): Promise<Live> => {
    const now_ms = now();
    const { runs, list, in_ledger } = await going.at(now_ms);
    const told = await shown.look(runs.slice(0, MOST_RUNS), now_ms);
    const more = Math.max(0, runs.length - MOST_RUNS);
    return { schema: 'joulebook/live/v1', at_ms: now_ms, list: `${boot}-${list}`, in_ledger, ...told, more };
  };
  const beat = async (): Promise<void> => {
    const began = performance.now();
    try {
      const told = await look();
      const moves = told.reading > 0 || told.runs.some(({ run }) => goesOn(run.state));
      const text = JSON.stringify(told);
      newest = { id: `${boot}-${++number}`, text, moves };
      for (const tell of tells) tell(newest);
    } catch (error) {
      // A ledger that cannot be read at this moment: who looks on is told nothing new, and the next second tries again.
      warn(error);
    }
    if (tells.size === 0 || closed) {
      beating = false;
      return;
    }
    timer = setTimeout(beat, Math.max(50, BEAT_MS - (performance.now() - began)));
  };
  let forget: NodeJS.Timeout | null = null;
  return {
    join(tell) {
      if (forget !== null) clearTimeout(forget);
      forget = null;
      tells.add(tell);
      if (newest !== null && beating) tell(newest);
      if (!beating && !closed) {
        beating = true;
        void beat();
      }
      return () => {
        tells.delete(tell);
        if (tells.size > 0 || forget !== null) return;
        forget = setTimeout(() => {
          [going, shown, newest, forget] = [createGoing(ledger), createShownRuns(ledger), null, null];
        }, KEPT_MS);
        forget.unref();
      };
    },
    courses: async (run) => shown.courses(run),
    close() {
      closed = true;
      for (const one of [timer, forget]) if (one !== null) clearTimeout(one);
      tells.clear();
    },
  };
}

let warned = '';
function warn(error: unknown): void {
  const why = reasonOf(error);
  if (why === warned) return;
  warned = why;
  process.stderr.write(`joulebook: what goes on cannot be told at this moment: ${why}\n`);
}
