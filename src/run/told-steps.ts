// Steps and windows of a run: what the program tells by the Python helper, and else what its log tells.
//
// Once the helper has told a step, steps of the log are counted no more: both would be of the same work.

import type { EventRow } from '../ledger/records.ts';
import { createHelperReader, type Window } from '../workload/helper.ts';
import type { Step } from '../workload/step.ts';
import type { Account, Sink } from './account.ts';
import { followSteps } from './steps-pipe.ts';

export interface ToldSteps {
  /** Takes a step of the log. */
  fromLog(step: Step): void;
  /** Reads what is left and closes what is open. Epoch ms. */
  end(at_ms: number): void;
  /** As of a reader of a log. */
  readonly format: string | null;
  readonly dropped: number;
}

export interface ToldOptions {
  /** The helper's file; null where there is none. */
  readonly path: string | null;
  readonly account: Pick<Account, 'step' | 'at'>;
  readonly put: Sink;
  /** When the run began, epoch ms. */
  readonly from_ms: number;
  now(): number;
  tell(event: string, message: string): void;
}

interface Open extends Window {
  readonly from_ms: number;
  from_j: number | null;
}

/** The wall clock tells whole ms here: less is no step of it. */
const CLOCK_STEP_MS = 20;
const CLOCK_LOOK_MS = 5;
/** A program that never ends its windows. */
const MOST_OPEN = 10_000;

/** Follows the helper's file from now on. */
export function openToldSteps({ path, account, put, from_ms, now, tell }: ToldOptions): ToldSteps {
  const open = new Map<string, Open>();
  let overruled = 0;
  let clock_ms = 0;

  const close = (id: string, to_ms: number, ended: 'by itself' | 'with the run') => {
    const window = open.get(id);
    if (window === undefined) return;
    open.delete(id);
    account.at(to_ms, (to_j) => put('events', windowEvent({ ...window, to_ms, to_j, ended })));
  };
  const reader = createHelperReader({
    at(wall_ms) {
      // Their clock may be set while ours goes on; and nothing is told of what was before or is to come.
      const [before, wall, after] = [now(), Date.now(), now()];
      const moved = wall - after;
      // A pause between the two looks is no step of the clock.
      if (after - before < CLOCK_LOOK_MS && Math.abs(moved - clock_ms) > CLOCK_STEP_MS) clock_ms = moved;
      return Math.max(from_ms, Math.min(now(), wall_ms - clock_ms));
    },
    step: account.step,
    begin(window, at_ms) {
      if (open.size >= MOST_OPEN) return;
      const one: Open = { ...window, from_ms: at_ms, from_j: null };
      open.set(window.id, one);
      account.at(at_ms, (it_j) => {
        one.from_j = it_j;
      });
    },
    end: (id, at_ms) => close(id, at_ms, 'by itself'),
  });
  const pipe = follower(path, {
    chunk: (chunk) => reader.push(chunk, now()),
    look: () => reader.settle(now()),
    failed: (why) => tell('warn:work', `the Python helper's file cannot be read: ${why}`),
  });
  return {
    fromLog(step) {
      if (reader.spoke) overruled++;
      else account.step(step);
    },
    end(at_ms) {
      pipe?.close();
      reader.end(at_ms);
      for (const id of [...open.keys()]) close(id, at_ms, 'with the run');
      if (overruled > 0)
        tell(
          'warn:work',
          `steps are those that the program tells itself: ${overruled} lines of its log are not counted`,
        );
      if (reader.dropped > 0)
        tell('warn:work', `${reader.dropped} lines of the Python helper are lost: they could not be written, or read`);
    },
    get format() {
      return reader.spoke ? 'python-helper' : null;
    },
    get dropped() {
      return reader.dropped;
    },
  };
}

function follower(
  path: string | null,
  on: { chunk(chunk: Buffer): void; look(): void; failed(why: string): void },
): { close(): void } | null {
  if (path === null) return null;
  try {
    return followSteps(path, on.chunk, { onLook: on.look });
  } catch (error) {
    on.failed(error instanceof Error ? error.message : String(error));
    return null;
  }
}

interface Closed extends Open {
  readonly to_ms: number;
  readonly to_j: number | null;
  readonly ended: string;
}

function windowEvent({ id, parent, name, path, from_ms, to_ms, from_j, to_j, ended }: Closed): EventRow {
  const facts = { id, parent, name, path, from_ms, to_ms, from_it_j: from_j, to_it_j: to_j, ended };
  return { at_ms: to_ms, event: 'window', message: path, facts };
}
