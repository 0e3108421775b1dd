// Who used the machine's CPUs between two looks at /proc: each process by its own time, short-lived children by the
// parent that waited for them.
//
// What is too little to be kept by process is kept by user, and what /proc/stat counts beyond all processes (kernel
// work, orphans that came and went) under nobody's name: so the shares of a look add up to the machine's busy time.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { redactText } from '../../core/redact.ts';
import { TICKS_PER_S } from './machine-time.ts';
import { type Seen, seenIn } from './processes.ts';
import { namesIn, readQuietly } from './quiet-file.ts';

/** A process by what stays true of it. */
export interface Who {
  readonly pid: number;
  /** Ticks after boot; null where the process was not seen. */
  readonly pid_start: number | null;
  /** Its parent and those above, nearest first: "PID:START PID:START". */
  readonly ancestors: string | null;
  readonly uid: number | null;
  /** Its short name (comm), redacted. */
  readonly name: string | null;
}

export interface CpuLook {
  /** Processes with their shares 0..1 of all the machine's CPU time since the look before, largest first. */
  readonly users: readonly { readonly who: Who; readonly share: number }[];
  /** What else was used, by user; uid null: by nobody that was seen. Always there, be it 0. */
  readonly rest: readonly { readonly uid: number | null; readonly share: number }[];
}

export interface CpuUsers {
  /** Looks at every process once. Null at the first look, and where /proc cannot be read. Never throws. */
  look(): CpuLook | null;
  /** What the last looks knew of a process. */
  who(pid: number): Who;
}

/** A process of one look, with its short name. */
interface Named extends Seen {
  readonly name: string;
}

interface Look {
  readonly all: ReadonlyMap<number, Named>;
  /** Ticks of all CPUs together; uptime in ticks. */
  readonly total: number;
  readonly busy: number;
  readonly uptime: number;
}

/** Below this share of one CPU a process is kept under its user. */
const LEAST_OF_CPU = 0.05;
const MOST_PROCESSES = 64;
const MOST_ANCESTORS = 16;

/** Who used the processors between two looks at `procfs`, at a bounded cost. */
export function cpuUsers(procfs: string): CpuUsers {
  let before: Look | null = null;
  let older: Look | null = null;
  return {
    look() {
      const now = lookAt(procfs);
      const last = before;
      if (now === null) return null;
      [older, before] = [last, now];
      if (last === null || now.total <= last.total) return null;
      return sharesOf(procfs, last, now);
    },
    who(pid) {
      const look = before?.all.has(pid) === true ? before : older;
      const seen = look?.all.get(pid);
      if (look === null || seen === undefined)
        return { pid, pid_start: null, ancestors: null, uid: uidOf(procfs, pid), name: null };
      return whoIs(procfs, look, seen);
    },
  };
}

function sharesOf(procfs: string, last: Look, now: Look): CpuLook {
  const cpus = Math.max(1, Math.round((now.total - last.total) / Math.max(1, now.uptime - last.uptime)));
  const used = usedSince(last, now).sort((a, b) => b.ticks - a.ticks);
  const sum = used.reduce((s, { ticks }) => s + ticks, 0);
  // Ticks go to whoever runs when one comes, a process's own time is exact: the larger of both is what was busy.
  const all = Math.max(now.total - last.total, sum);
  const least = (LEAST_OF_CPU * (now.total - last.total)) / cpus;
  const kept = used.filter(({ ticks }) => ticks >= least).slice(0, MOST_PROCESSES);
  const rest = new Map<number | null, number>();
  for (const { seen, ticks } of used.slice(kept.length)) {
    const uid = uidOf(procfs, seen.pid);
    rest.set(uid, (rest.get(uid) ?? 0) + ticks);
  }
  rest.set(null, (rest.get(null) ?? 0) + Math.max(0, now.busy - last.busy - sum));
  return {
    users: kept.map(({ seen, ticks }) => ({ who: whoIs(procfs, now, seen), share: ticks / all })),
    rest: [...rest].map(([uid, ticks]) => ({ uid, share: ticks / all })),
  };
}

/** Ticks that each living process has used since the last look, with those of children it has waited for. */
function usedSince(last: Look, now: Look): { seen: Named; ticks: number }[] {
  // What an ended process had used before is in its heir's waited time too: it was told of already.
  const told = new Map<number, number>();
  for (const old of last.all.values()) {
    if (isSame(old, now.all.get(old.pid))) continue;
    let heir = last.all.get(old.parent);
    while (heir !== undefined && !isSame(heir, now.all.get(heir.pid))) heir = last.all.get(heir.parent);
    if (heir !== undefined) told.set(heir.pid, (told.get(heir.pid) ?? 0) + old.own + old.waited);
  }
  return [...now.all.values()].flatMap((seen) => {
    const found = last.all.get(seen.pid);
    const old = found !== undefined && isSame(found, seen) ? found : null;
    // One that is older than the last look but was not seen then tells nothing of the time between.
    if (old === null && seen.started < last.uptime - TICKS_PER_S) return [];
    const inherited = seen.waited - (old?.waited ?? 0) - (told.get(seen.pid) ?? 0);
    const ticks = Math.max(0, seen.own - (old?.own ?? 0)) + Math.max(0, inherited);
    return ticks > 0 ? [{ seen, ticks }] : [];
  });
}

const isSame = (one: Seen, other: Seen | undefined): boolean => one.started === other?.started;

function whoIs(procfs: string, look: Look, seen: Named): Who {
  const above: string[] = [];
  let one = look.all.get(seen.parent);
  while (one !== undefined && above.length < MOST_ANCESTORS) {
    above.push(`${one.pid}:${one.started}`);
    one = look.all.get(one.parent);
  }
  return {
    ...{ pid: seen.pid, pid_start: seen.started, ancestors: above.join(' ') },
    ...{ uid: uidOf(procfs, seen.pid), name: redactText(seen.name) },
  };
}

function lookAt(procfs: string): Look | null {
  const [cpu] = readQuietly(join(procfs, 'stat'))?.split('\n') ?? [];
  const fields = cpu?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  if (cpu?.startsWith('cpu ') !== true || !fields.every(Number.isFinite)) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = fields;
  const busy = user + nice + system + irq + softirq;
  const all = new Map<number, Named>();
  for (const name of namesIn(procfs)) {
    const seen = /^\d+$/.test(name) ? processOf(procfs, name) : null;
    if (seen !== null) all.set(seen.pid, seen);
  }
  const uptime = Number(readQuietly(join(procfs, 'uptime'))?.split(' ')[0] ?? Number.NaN) * TICKS_PER_S;
  return Number.isFinite(uptime) ? { all, total: busy + idle + iowait, busy, uptime } : null;
}

function processOf(procfs: string, pid: string): Named | null {
  const text = readQuietly(join(procfs, pid, 'stat'));
  const seen = text === null ? null : seenIn(text);
  return seen === null ? null : { ...seen, name: text!.slice(text!.indexOf('(') + 1, text!.lastIndexOf(')')) };
}

/** Its effective user; null for a process that has ended. */
function uidOf(procfs: string, pid: number): number | null {
  try {
    return statSync(join(procfs, String(pid))).uid;
  } catch {
    return null;
  }
}
