// The board in a thread of its own: a month of rows that is read for the first time holds up no other answer.
//
// The thread is there while somebody looks, and for a minute after. Where it breaks, it is started anew with the next who looks.

import { Worker } from 'node:worker_threads';
import type { Course } from '../../decide/course-log.ts';
import type { Board, Snapshot } from './board.ts';

/** To the thread. */
export type ToBoard =
  | { readonly kind: 'join' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'courses'; readonly run: string; readonly number: number };

export type FromBoard =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'courses'; readonly number: number; readonly courses: readonly Course[] };

const KEPT_MS = 60_000;
const AGAIN_MS = 5000;

/** `file` is the built thread, which is told the ledger. */
export function boardThread(ledger: string, file: URL): Board {
  const tells = new Set<(snapshot: Snapshot) => void>();
  const asked = new Map<number, (courses: readonly Course[]) => void>();
  let worker: Worker | null = null;
  let newest: Snapshot | null = null;
  let number = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  const later = (ms: number, work: () => void) => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(work, ms);
    timer.unref();
  };
  const stop = () => {
    void worker?.terminate();
    worker = null;
    newest = null;
    for (const [, answer] of asked) answer([]);
    asked.clear();
  };
  const started = (): Worker => {
    if (worker !== null) return worker;
    const made = new Worker(file, { workerData: ledger });
    worker = made;
    made.on('message', (message: FromBoard) => {
      if (message.kind === 'courses') {
        asked.get(message.number)?.(message.courses);
        asked.delete(message.number);
        return;
      }
      newest = message.snapshot;
      for (const tell of tells) tell(message.snapshot);
    });
    made.on('error', (error) => {
      process.stderr.write(`joulebook: what goes on cannot be told at this moment: ${error.message}\n`);
      if (worker !== made) return;
      stop();
      if (tells.size > 0 && !closed) later(AGAIN_MS, () => post({ kind: 'join' }));
    });
    return made;
  };
  const post = (message: ToBoard) => started().postMessage(message);
  return {
    join(tell) {
      if (closed) return () => {};
      tells.add(tell);
      if (tells.size > 1 && newest !== null) tell(newest);
      if (tells.size === 1) {
        if (timer !== null) clearTimeout(timer);
        post({ kind: 'join' });
      }
      return () => {
        if (!tells.delete(tell) || tells.size > 0 || closed) return;
        if (worker !== null) post({ kind: 'leave' });
        later(KEPT_MS, stop);
      };
    },
    courses: (run) =>
      worker === null
        ? Promise.resolve([])
        : new Promise((resolve) => {
            number += 1;
            asked.set(number, resolve);
            post({ kind: 'courses', run, number });
          }),
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      tells.clear();
      stop();
    },
  };
}
