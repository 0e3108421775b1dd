// Follows the trainer_state.json of a folder: each checkpoint has one, and the newest holds the history of all.

import { readFileSync } from 'node:fs';
import { trainerState } from '../workload/files/trainer-state.ts';
import { type LogSink, type LogSource, type Stamp, tooLarge } from './log-file.ts';
import { createRest } from './rest.ts';

interface State extends Stamp {
  readonly path: string;
}

export interface States extends LogSource {
  /** Told what is there now. */
  found(states: readonly State[]): void;
  /** Whether one was written since the run began. */
  readonly any: boolean;
}

/** Follows the newest of what is found; `before` is what stood there before the run. */
export function followStates({ started_ms, now, onStep, unread }: LogSink, before: readonly State[]): States {
  const reader = trainerState.open({ path: '', started_ms, from: 0, onStep });
  let last = '';
  let waiting: State | null = null;
  let any = false;
  const rest = createRest();
  let told = false;
  const read = ({ path, size }: State, old: boolean) => {
    if (size > trainerState.largest) {
      if (!told) unread(tooLarge(path, size));
      told = true;
      return;
    }
    try {
      const bytes = readFileSync(path);
      reader.restart(now());
      reader.push(bytes, { at_ms: now(), old });
      reader.settle(now());
    } catch {
      // gone: old checkpoints are deleted
    }
  };
  const note = (states: readonly State[]): State | null => {
    const newest = newestOf(states);
    if (newest === null || keyOf(newest) === last) return null;
    last = keyOf(newest);
    return newest;
  };
  const first = note(before);
  if (first !== null) read(first, true);
  const look = (last = false): boolean => {
    const state = waiting;
    if (state === null || !(last || rest.over)) return false;
    rest.after(() => read(state, false));
    waiting = null;
    return true;
  };
  return {
    found(states) {
      waiting = note(states) ?? waiting;
      any ||= waiting !== null;
    },
    look: () => look(),
    close: () => void look(true),
    get any() {
      return any;
    },
    get format() {
      return any ? trainerState.name : null;
    },
    get dropped() {
      return reader.dropped;
    },
  };
}

const keyOf = ({ path, changed_ms, size }: State): string => `${path} ${changed_ms} ${size}`;

function newestOf(states: readonly State[]): State | null {
  return states.reduce<State | null>(
    (newest, state) => (newest === null || state.changed_ms > newest.changed_ms ? state : newest),
    null,
  );
}
