// The processes of a job: the root and all below it, what was seen below it before, what its cgroup holds, and daemons that
// have left it, by an entry of their environment.
//
// joulebook and its own helpers may carry that entry too, where it was started with it: they are never members. A daemon
// is left to a process above us, or to the first of all (prctl(2), PR_SET_CHILD_SUBREAPER): one of another parent that
// carries the entry is another joulebook's.

import { join } from 'node:path';
import { family, hasEntry, processes, processOf, type Seen } from '../../meter/sources/processes.ts';
import { namesIn, readQuietly } from '../../meter/sources/quiet-file.ts';

/** A process by what stays true of it. */
export type Named = Pick<Seen, 'pid' | 'started'>;

export interface JobTree {
  /** Those that live, parents before their children. */
  members(): Seen[];
}

export interface TreeOf {
  readonly procfs: string;
  readonly root: Named;
  /** NAME=VALUE that the job's processes inherit, and no other's; null where there is none. */
  readonly entry: string | null;
  /** The process that started the root: joulebook. */
  readonly self: number;
  /** Pids that its cgroup holds. */
  held?(): ReadonlySet<number>;
}

/** A tree that remembers its members: one that leaves it later is known again. */
export function jobTree({ procfs, root, entry, self, held }: TreeOf): JobTree {
  let known: readonly Named[] = [root];
  const usable = entry !== null && hasEntry(procfs, self, entry) === true ? null : entry;
  return {
    members() {
      const all = processes(procfs);
      const found = family(all, known);
      const above = ancestors(all, self);
      const adopters = new Set([0, 1, ...above]);
      const ours = new Set([self, ...above, ...family(all, named(all, self)).keys()]);
      const pids = held?.() ?? new Set<number>();
      for (const one of all.values()) {
        if (found.has(one.pid) || ours.has(one.pid)) continue;
        const strayed = usable !== null && adopters.has(one.parent) && hasEntry(procfs, one.pid, usable) === true;
        if (strayed || pids.has(one.pid)) for (const [pid, seen] of family(all, [one])) found.set(pid, seen);
      }
      const living = [...found.values()].filter((one) => !one.zombie || !hasEnded(procfs, one.pid));
      known = [root, ...living];
      return byDepth(living);
    },
  };
}

const named = (all: ReadonlyMap<number, Seen>, pid: number): Seen[] => {
  const one = all.get(pid);
  return one === undefined ? [] : [one];
};

/** The parents above a process, as far as they can be seen. */
function ancestors(all: ReadonlyMap<number, Seen>, of: number): Set<number> {
  const found = new Set<number>();
  for (let pid = all.get(of)?.parent; pid !== undefined && pid > 0 && !found.has(pid); pid = all.get(pid)?.parent) {
    found.add(pid);
  }
  return found;
}

function byDepth(living: readonly Seen[]): Seen[] {
  const at = new Map(living.map((one) => [one.pid, one]));
  const depthOf = (one: Seen): number => {
    let depth = 0;
    for (let up = at.get(one.parent); up !== undefined && depth < living.length; up = at.get(up.parent)) depth++;
    return depth;
  };
  return living
    .map((one) => [depthOf(one), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

/** States of all threads as letters of proc(5); '' where it is gone. The first thread may have ended before the others. */
export function statesOf(procfs: string, pid: number): string {
  const folder = join(procfs, String(pid));
  const threads = namesIn(join(folder, 'task')).map((name) => join(folder, 'task', name));
  return (threads.length === 0 ? [folder] : threads).map((one) => stateIn(readQuietly(join(one, 'stat')))).join('');
}

function stateIn(stat: string | null): string {
  return stat === null ? '' : stat.slice(stat.lastIndexOf(')') + 2).slice(0, 1);
}

const hasEnded = (procfs: string, pid: number): boolean => /^[ZXx]*$/.test(statesOf(procfs, pid));

/** Whether no thread of it runs: stopped, held by a debugger, or ended. */
export const isStill = (procfs: string, pid: number): boolean => /^[TtZXx]*$/.test(statesOf(procfs, pid));

/** Whether it was stopped by a signal, in part at least: SIGCONT lets it go on. */
export const isStopped = (procfs: string, pid: number): boolean => statesOf(procfs, pid).includes('T');

/** `sent`, `gone` (ended, or its pid is another's by now), `refused` (another user's). */
export type Sent = 'sent' | 'gone' | 'refused';
export type Send = (to: Named, signal: NodeJS.Signals) => Sent;

/** Signals to processes that are still those that were meant. */
export function sender(procfs: string, kill: (pid: number, signal: NodeJS.Signals) => void): Send {
  return ({ pid, started }, signal) => {
    if (processOf(procfs, String(pid))?.started !== started) return 'gone';
    try {
      kill(pid, signal);
      return 'sent';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'refused' : 'gone';
    }
  };
}
