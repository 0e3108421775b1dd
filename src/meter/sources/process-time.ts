// CPU time of a process and of everything it ever started, from looks at /proc.
//
// Time moves: a process that ends hands its time to the parent that waits for it (cutime), and what nobody waits for
// vanishes. So the sum over the living, with what they inherited, plus what vanished unheard of, never falls.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ProcessTime {
  /** Looks at every process once. Returns the time in ticks so far and how many of the tree live. */
  look(root: number): { readonly ticks: number; readonly living: number };
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  /** Ticks after boot. */
  readonly started: number;
  /** Its own time, and that of the ended children it waited for, in ticks. */
  readonly own: number;
  readonly waited: number;
}

/** Counts from `since`, in ticks after boot: what older processes used before the first look is left out. */
export function processTime(procfs: string, since: number): ProcessTime {
  let members = new Map<number, Seen>();
  let vanished = 0;
  let before = 0;
  return {
    look(root) {
      const all = processes(procfs);
      const now = family(
        all,
        members.size > 0 ? [...members.values()] : [all.get(root)].filter((p) => p !== undefined),
      );
      let lost = 0;
      let inherited = 0;
      for (const old of members.values()) {
        const same = now.get(old.pid);
        if (same === undefined) lost += old.own + old.waited;
        else inherited += Math.max(0, same.waited - old.waited);
      }
      vanished += Math.max(0, lost - inherited);
      for (const [pid, { started, own, waited }] of now) {
        if (!members.has(pid) && started < since) before += own + waited;
      }
      // Once the whole tree has ended, its last members stay known, so that none is counted again.
      if (now.size > 0 || members.size === 0) members = now;
      else vanished -= lost;
      const living = [...(now.size > 0 ? now : members).values()].reduce(
        (ticks, { own, waited }) => ticks + own + waited,
        0,
      );
      return { ticks: living + vanished - before, living: now.size };
    },
  };
}

/** The given processes that still live, and all below them. */
function family(all: ReadonlyMap<number, Seen>, roots: readonly Seen[]): Map<number, Seen> {
  const below = new Map<number, Seen[]>();
  for (const one of all.values()) {
    const siblings = below.get(one.parent);
    if (siblings === undefined) below.set(one.parent, [one]);
    else siblings.push(one);
  }
  const found = new Map<number, Seen>();
  const queue = roots.flatMap((root) => {
    const same = all.get(root.pid);
    return same !== undefined && same.started === root.started ? [same] : [];
  });
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (found.has(one.pid)) continue;
    found.set(one.pid, one);
    queue.push(...(below.get(one.pid) ?? []));
  }
  return found;
}

function processes(procfs: string): Map<number, Seen> {
  const all = new Map<number, Seen>();
  for (const name of entries(procfs)) {
    const seen = /^\d+$/.test(name) ? processOf(procfs, name) : null;
    if (seen !== null) all.set(seen.pid, seen);
  }
  return all;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** /proc/PID/stat, proc(5): after the name, which may hold anything: state, ppid, …, utime 14, stime, cutime, cstime 17, …, starttime 22. */
function processOf(procfs: string, name: string): Seen | null {
  try {
    const text = readFileSync(join(procfs, name, 'stat'), 'latin1');
    const field = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [own, waited] = [field[11]! + field[12]!, field[13]! + field[14]!];
    return Number.isFinite(own + waited + field[19]!)
      ? { pid: Number(name), parent: field[1]!, started: field[19]!, own, waited }
      : null;
  } catch {
    return null; // it has just ended
  }
}
