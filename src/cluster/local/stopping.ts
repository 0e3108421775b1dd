// Stops every process of a tree by SIGSTOP until a look finds nothing that runs, and continues them all.
//
// Parents stop before their children and go on after them: a shell that runs while its child is stopped takes it for a
// stopped job and goes on to its next command (waitpid(2), WUNTRACED), and a group whose last parent ends while it is
// stopped is hung up on by the kernel (setpgid(2), orphaned process groups).

import type { Seen } from '../../meter/sources/processes.ts';
import { pause, untilSo } from './pause.ts';
import { isStill, isStopped, type JobTree, type Named, type Send } from './tree.ts';

/** What the tree is reached by. */
export interface Reach {
  readonly procfs: string;
  readonly tree: JobTree;
  readonly send: Send;
  /** Told of each step; for tests that end us there. */
  passing(step: string): void;
}

export interface StopOrder {
  /** What runs no more by other means. */
  covered(pid: number): boolean;
  /** Told whom we are about to stop, before we do; false: it must not be done. */
  announce(who: readonly Named[]): Promise<boolean>;
}

/** A process in the kernel's hands stops when it comes back; longer is not waited for. */
const MOST_MS = 5000;
/** Parents are waited for so long before their children are stopped. */
const PARENT_MS = 100;
/** Two quiet looks in a row: what was forked during the first is seen in the second. */
const QUIET = 2;
const [SOON_MS, LOOK_MS] = [1, 5];

export type Stopped = { readonly stopped: number } | { readonly why: string };

/** Resolves when nothing of the tree runs, with how many were stopped; or why that could not be had: thaw it then. */
export async function stopTree({ procfs, tree, send, passing }: Reach, order: StopOrder): Promise<Stopped> {
  const until = performance.now() + MOST_MS;
  const asked = new Set<string>();
  for (let quiet = 0; ; ) {
    const moving = tree.members().filter(({ pid }) => !order.covered(pid) && !isStill(procfs, pid));
    quiet = moving.length === 0 ? quiet + 1 : 0;
    if (quiet === QUIET) return { stopped: asked.size };
    const fresh = moving.filter((one) => !asked.has(nameOf(one)));
    if (fresh.length > 0) {
      if (!(await order.announce(fresh))) return { why: 'its watchdog has ended' };
      passing('announced');
      for (const wave of generations(fresh)) {
        for (const one of wave) {
          if (send(one, 'SIGSTOP') === 'refused') return { why: `process ${one.pid} is another user's` };
          asked.add(nameOf(one));
          passing('stopped one');
        }
        await untilSo(() => wave.every(({ pid }) => isStill(procfs, pid)), PARENT_MS, SOON_MS);
      }
    }
    if (performance.now() > until) return { why: `${someOf(moving)} did not stop within ${MOST_MS / 1000} s` };
    await pause(fresh.length > 0 || quiet > 0 ? SOON_MS : LOOK_MS);
  }
}

/** Lets all that is stopped go on; null when nothing of it is stopped, else what still is, in words. */
export async function continueTree({ procfs, tree, send, passing }: Reach): Promise<string | null> {
  const until = performance.now() + MOST_MS;
  for (let first = true; ; first = false) {
    const members = tree.members().reverse();
    // At first all, for a stop that is on its way still: SIGCONT takes it back.
    const stopped = members.filter(({ pid }) => isStopped(procfs, pid));
    if (!first && stopped.length === 0) return null;
    for (const one of first ? members : stopped) {
      send(one, 'SIGCONT');
      passing('continued one');
    }
    if (performance.now() > until) return `${someOf(stopped)} did not go on within ${MOST_MS / 1000} s`;
    await pause(SOON_MS);
  }
}

/** Processes that come after their parents, in groups of which none holds a process and its parent. */
function generations(all: readonly Seen[]): Seen[][] {
  const waves: Seen[][] = [];
  let pids = new Set<number>();
  for (const one of all) {
    if (waves.length === 0 || pids.has(one.parent)) {
      waves.push([]);
      pids = new Set();
    }
    waves.at(-1)!.push(one);
    pids.add(one.pid);
  }
  return waves;
}

const nameOf = ({ pid, started }: Named): string => `${pid}:${started}`;

function someOf(all: readonly Named[]): string {
  if (all.length === 1) return `process ${all[0]!.pid}`;
  const few = all.slice(0, 3).map(({ pid }) => pid);
  return `${all.length} processes (${few.join(', ')}${all.length > few.length ? ', …' : ''})`;
}
