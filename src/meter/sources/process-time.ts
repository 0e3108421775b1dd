// CPU time of a process and of everything it ever started, from looks at /proc.
//
// Time moves: a process that ends hands its time to the parent that waits for it (cutime), and what nobody waits for
// vanishes. So the sum over the living, with what they inherited, plus what vanished unheard of, never falls. The parent
// of the root inherits last, so that it stands for what began and ended between two looks; a process that has left the
// tree (a daemon) is known again by an entry of its environment, or by having been seen in it before.

import { family, hasEntry, processes, type Seen } from './processes.ts';

export interface TreeOptions {
  readonly procfs: string;
  readonly root: number;
  /** Ticks after boot: what older processes used before the first look is left out. */
  readonly since: number;
  /** The process that waits for the root, and the ticks of ended children it had before the root began. */
  readonly waiter?: { readonly pid: number; readonly waited: number | null };
  /** NAME=VALUE that every process of the tree has inherited. */
  readonly entry?: string;
}

export interface TreeTime {
  /** Ticks so far. */
  readonly ticks: number;
  readonly living: number;
  /**
   * Highest number of ticks there can have been: what ended as an orphan between two looks went to one of the
   * waiter's own ancestors, which may have waited for others too. Null where those cannot be seen.
   */
  readonly most: number | null;
}

/** Looks at every process once per call. What orphans used that nobody at all waited for is not in `most`. */
export function processTime({ procfs, root, since, waiter, entry }: TreeOptions): { look(): TreeTime } {
  let members = new Map<number, Seen>();
  /** Not of the tree, for certain. */
  let strangers = new Map<number, Seen>();
  /** The waiter's other children, with the time they had. */
  let siblings: readonly Seen[] = [];
  let base = waiter?.waited ?? null;
  let vanished = 0;
  let before = 0;
  let reapersBefore: number | null = null;

  /** The waiter as a member that has nothing of its own, only what it has inherited from the tree. */
  const inheritor = (all: ReadonlyMap<number, Seen>): Seen | null => {
    const found = waiter === undefined ? undefined : all.get(waiter.pid);
    if (found === undefined) return null;
    base ??= found.waited;
    for (const old of siblings) if (!isSame(old, all.get(old.pid))) base += old.own + old.waited;
    return { ...found, own: 0, waited: Math.max(0, found.waited - base) };
  };

  const isOurs = (one: Seen): boolean | null => {
    // A look that begins in the middle of a run knows nothing of daemons that have left the tree before it.
    const old = one.started < since && waiter?.waited !== null;
    if (entry === undefined || old || isSame(one, strangers.get(one.pid))) return false;
    return hasEntry(procfs, one.pid, entry);
  };

  /** What has ended since the last look and was inherited by nobody that lives on in the tree. */
  const unheard = (now: ReadonlyMap<number, Seen>): { lost: number; all: number } => {
    const left = new Map<number, number>();
    let [lost, all] = [0, 0];
    for (const old of members.values()) {
      if (now.has(old.pid)) continue;
      all += old.own + old.waited;
      let heir = old.parent;
      while (!now.has(heir) && members.has(heir)) heir = members.get(heir)!.parent;
      if (now.has(heir)) left.set(heir, (left.get(heir) ?? 0) + old.own + old.waited);
      else lost += old.own + old.waited;
    }
    for (const [heir, ticks] of left) {
      lost += Math.max(0, ticks - (now.get(heir)!.waited - (members.get(heir)?.waited ?? 0)));
    }
    return { lost, all };
  };

  return {
    look() {
      const all = processes(procfs);
      const first = members.size === 0;
      const heir = inheritor(all);
      const roots = first ? rootsOf(all.get(root), waiter?.pid) : [...members.values()];
      const now = family(
        all,
        roots.filter(({ pid }) => pid !== waiter?.pid),
      );
      const unsure = new Set<number>();
      for (const one of all.values()) {
        if (now.has(one.pid) || one.pid === waiter?.pid) continue;
        const ours = isOurs(one);
        if (ours === null) unsure.add(one.pid);
        else if (ours) for (const [pid, seen] of family(all, [one])) now.set(pid, seen);
      }
      const living = now.size;
      if (heir !== null) now.set(heir.pid, heir);

      const ended = unheard(now);
      vanished += ended.lost;
      for (const [pid, { started, own, waited }] of now) {
        if (!members.has(pid) && pid !== heir?.pid && started < since) before += own + waited;
      }
      // Once the whole tree has ended, its last members stay known, so that none is counted again.
      if (now.size > 0 || first) members = now;
      else vanished -= ended.all;
      strangers = new Map([...all].filter(([pid]) => !now.has(pid) && !unsure.has(pid)));
      siblings = [...all.values()].filter(({ pid, parent }) => parent === waiter?.pid && !now.has(pid));

      const ticks = [...members.values()].reduce((sum, { own, waited }) => sum + own + waited, vanished - before);
      const reaped = waiter === undefined ? null : reapedTicks(all, now, waiter.pid, since);
      reapersBefore ??= reaped;
      const most =
        reaped === null || reapersBefore === null ? null : ticks + Math.max(0, reaped - reapersBefore - vanished);
      return { ticks, living, most };
    },
  };
}

const isSame = (one: Seen, other: Seen | undefined): boolean => other !== undefined && other.started === one.started;

/** The root, unless its number has passed to another process. */
function rootsOf(root: Seen | undefined, parent: number | undefined): Seen[] {
  return root === undefined || (parent !== undefined && root.parent !== parent) ? [] : [root];
}

/**
 * Ticks that ended orphans have left to the waiter's ancestors, and to the namespace's first process: one of them waits
 * for each (prctl(2), PR_SET_CHILD_SUBREAPER). One that does not wait keeps them as zombies.
 */
function reapedTicks(
  all: ReadonlyMap<number, Seen>,
  members: ReadonlyMap<number, Seen>,
  waiter: number,
  since: number,
): number | null {
  const reapers = new Set(all.has(1) ? [1] : []);
  for (let pid = all.get(waiter)?.parent; pid !== 0; pid = all.get(pid)!.parent) {
    if (pid === undefined || !all.has(pid)) return null;
    reapers.add(pid);
  }
  if (reapers.size === 0) return null;
  let ticks = 0;
  for (const pid of reapers) if (pid !== waiter) ticks += all.get(pid)!.waited;
  for (const one of all.values()) {
    const left = one.zombie && (reapers.has(one.parent) || one.parent === waiter);
    if (left && one.started >= since && !members.has(one.pid)) ticks += one.own + one.waited;
  }
  return ticks;
}
