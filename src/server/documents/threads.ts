// Documents made in threads beside the server's: a run of a month is read and added up without holding up any other answer.
//
// The least busy thread is asked. Threads are there while they are asked, and a minute longer: then their memory is given back.

import { Worker } from 'node:worker_threads';
import { type Facts, type FaultCode, fault } from '../../core/fault.ts';
import type { Asked, DocumentName, Documents, Made } from './makers.ts';

export interface ToThread {
  readonly number: number;
  readonly name: DocumentName;
  readonly asked: unknown;
}

export type FromThread = { readonly number: number } & (
  | { readonly text: string }
  | { readonly fault: { readonly code: FaultCode; readonly facts: Facts } }
  | { readonly why: string }
);

const MOST_THREADS = 2;
const KEPT_MS = 60_000;

/** `file` is the built thread, which is told the ledger. */
export function documentsInThreads(ledger: string, file: URL): Documents {
  const threads: Thread[] = [];
  let closed = false;
  const forget = (thread: Thread) => {
    const at = threads.indexOf(thread);
    if (at >= 0) threads.splice(at, 1);
  };
  const free = (): Thread => {
    const least = threads.reduce<Thread | null>(
      (best, one) => (best === null || one.busy() < best.busy() ? one : best),
      null,
    );
    if (least !== null && (least.busy() === 0 || threads.length === MOST_THREADS)) return least;
    const made = startThread(new Worker(file, { workerData: ledger }), () => forget(made));
    threads.push(made);
    return made;
  };
  return {
    make: <N extends DocumentName>(name: N, asked: Asked<N>) =>
      closed
        ? Promise.reject(new Error('the server is being stopped'))
        : (free().make(name, asked) as unknown as Promise<Made<N>>),
    close() {
      closed = true;
      for (const thread of [...threads]) thread.end();
    },
  };
}

interface Thread {
  busy(): number;
  /** The JSON text. */
  make(name: DocumentName, asked: unknown): Promise<string>;
  end(): void;
}

function startThread(worker: Worker, gone: () => void): Thread {
  const waiting = new Map<number, { resolve(text: string): void; reject(error: Error): void }>();
  let number = 0;
  let idle: NodeJS.Timeout | null = null;
  const end = (why: Error) => {
    gone();
    if (idle !== null) clearTimeout(idle);
    void worker.terminate();
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
  };
  worker.on('message', (message: FromThread) => {
    const one = waiting.get(message.number)!;
    waiting.delete(message.number);
    if ('text' in message) one.resolve(message.text);
    else if ('fault' in message) one.reject(fault(message.fault.code, { facts: message.fault.facts }));
    else one.reject(new Error(message.why));
    if (waiting.size > 0) return;
    idle = setTimeout(() => end(new Error('not asked')), KEPT_MS);
    idle.unref();
  });
  worker.on('error', end);
  return {
    busy: () => waiting.size,
    make: (name, asked) =>
      new Promise((resolve, reject) => {
        if (idle !== null) clearTimeout(idle);
        idle = null;
        number += 1;
        waiting.set(number, { resolve, reject });
        worker.postMessage({ number, name, asked } satisfies ToThread);
      }),
    end: () => end(new Error('the server is being stopped')),
  };
}
