// One look at every process, from /proc/PID/stat (proc(5)).

import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from './quiet-file.ts';

export interface Seen {
  readonly pid: number;
  readonly parent: number;
  /** Ended, and nobody has waited for it yet. */
  readonly zombie: boolean;
  /** Ticks after boot. */
  readonly started: number;
  /** Its own time, and that of the ended children it waited for, in ticks. */
  readonly own: number;
  readonly waited: number;
}

/** All that can be seen, by pid; empty where there is no /proc. */
export function processes(procfs: string): Map<number, Seen> {
  const all = new Map<number, Seen>();
  for (const name of namesIn(procfs)) {
    const seen = /^\d+$/.test(name) ? processOf(procfs, name) : null;
    if (seen !== null) all.set(seen.pid, seen);
  }
  return all;
}

/** One process, by its pid or `self`; null where it has just ended. */
export function processOf(procfs: string, name: string): Seen | null {
  try {
    return seenIn(readFileSync(join(procfs, name, 'stat'), 'latin1'));
  } catch {
    return null;
  }
}

/**
 * /proc/PID/stat: pid, (name), which may hold anything, state 3, ppid, …, utime 14, stime, cutime, cstime 17, …,
 * starttime 22; null where it is none.
 */
export function seenIn(text: string): Seen | null {
  const words = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = words.map(Number);
  const [own, waited] = [field[11]! + field[12]!, field[13]! + field[14]!];
  if (!Number.isFinite(own + waited + field[19]!)) return null;
  return {
    ...{ pid: Number.parseInt(text, 10), parent: field[1]!, zombie: words[0] === 'Z', started: field[19]! },
    ...{ own, waited },
  };
}

/** The given processes that still live, and all below them. */
export function family(
  all: ReadonlyMap<number, Seen>,
  roots: readonly Pick<Seen, 'pid' | 'started'>[],
): Map<number, Seen> {
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

/** Whether its environment holds this entry; null where that cannot be told (yet): another user's, or just starting. */
export function hasEntry(procfs: string, pid: number, entry: string): boolean | null {
  try {
    const text = readFileSync(join(procfs, String(pid), 'environ'), 'latin1');
    return text === '' ? null : text.startsWith(`${entry}\0`) || text.includes(`\0${entry}\0`);
  } catch {
    return null;
  }
}

/**
 * Our pid as this /proc numbers it: another number where it belongs to another PID namespace; null where it does not
 * know us at all.
 */
export function selfIn(procfs: string): number | null {
  try {
    return Number(readlinkSync(join(procfs, 'self')));
  } catch {
    return null;
  }
}

/** The pid here of a process that calls itself `pid` in a PID namespace below: NSpid of /proc/PID/status, proc(5). */
export function pidIn(procfs: string, pid: number, parent: number): number | null {
  for (const seen of processes(procfs).values()) {
    if (seen.parent !== parent) continue;
    try {
      const status = readFileSync(join(procfs, String(seen.pid), 'status'), 'latin1');
      if (Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1]) === pid) return seen.pid;
    } catch {
      // it has just ended
    }
  }
  return null;
}
