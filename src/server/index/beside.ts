// A workshop in a process beside the server, which lives as long as there is work, and a while longer: the engine's memory is
// given back when it ends.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../../core/fault.ts';
import type { Done, Job, Workshop } from './jobs.ts';

/** It ends when nothing was asked of it for as long. */
const IDLE_MS = 15_000;
/** What takes longer than that for so many rows does not end any more. */
const MOST_MS = 600_000;

export function workshopBeside(ledger: string): Workshop {
  let child: ChildProcess | null = null;
  let idle: NodeJS.Timeout | null = null;
  let closed = false;

  const started = (): ChildProcess => {
    if (child !== null) return child;
    const made = fork(fileURLToPath(new URL('./run-rows.js', import.meta.url)), [ledger], {
      ...{ execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    });
    made.once('exit', () => {
      if (child === made) child = null;
    });
    child = made;
    return made;
  };
  const end = () => {
    child?.kill('SIGKILL');
    child = null;
  };
  // One run that the process does not survive must not take others with it.
  const tried = async (jobs: readonly Job[]): Promise<readonly Done[]> => {
    if (closed) return [];
    try {
      return await answered(started(), jobs);
    } catch (error) {
      end();
      const why = `the process that works it out was lost: ${reasonOf(error)}`;
      if (jobs.length <= 1) return jobs.map(({ id }) => ({ id, kind: 'failed', why }));
      const half = Math.ceil(jobs.length / 2);
      return [...(await tried(jobs.slice(0, half))), ...(await tried(jobs.slice(half)))];
    }
  };
  return {
    async work(jobs) {
      if (idle !== null) clearTimeout(idle);
      try {
        return await tried(jobs);
      } finally {
        idle = setTimeout(end, IDLE_MS);
        idle.unref();
      }
    },
    close() {
      closed = true;
      if (idle !== null) clearTimeout(idle);
      end();
    },
  };
}

/** Rejects where it ends before it answers. */
function answered(child: ChildProcess, jobs: readonly Job[]): Promise<readonly Done[]> {
  return new Promise((resolve, reject) => {
    const over = (settle: () => void) => {
      clearTimeout(late);
      child.off('message', told).off('exit', gone).off('error', failed);
      settle();
    };
    const told = (done: unknown) => over(() => resolve(done as readonly Done[]));
    const gone = (code: number | null, signal: string | null) =>
      over(() => reject(new Error(`it ended with ${signal ?? code}`)));
    const failed = (error: Error) => over(() => reject(error));
    const late = setTimeout(() => failed(new Error('it did not answer')), MOST_MS);
    late.unref();
    child.on('message', told).on('exit', gone).on('error', failed);
    child.send(jobs as Job[], (error) => error !== null && failed(error));
  });
}
