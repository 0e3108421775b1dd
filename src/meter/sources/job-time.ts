// CPU time of the command and of everything it ever started, where no cgroup counts it: looks at /proc, at a bounded cost.
//
// The looks are at our own /proc whatever JOULEBOOK_PROCFS says: the command is a process of our PID namespace, and the
// machine's other /proc would number it otherwise.

import { TICKS_PER_S } from './machine-time.ts';
import { processTime, type TreeTime } from './process-time.ts';
import { pidIn, processOf, selfIn } from './processes.ts';
import { readQuietly } from './quiet-file.ts';

export interface JobRoot {
  readonly pid: number;
  /** NAME=VALUE that the command's processes inherit, and no others have; null where there is none. */
  readonly entry: string | null;
  /** CPU time of ended children that our parent had before the command began, s; null where not known. */
  readonly waited_s: number | null;
  /** A process that ran before us: it is not our child, and what its parent inherits may be others' time. */
  readonly attached?: boolean;
}

export interface JobLook {
  /** CPU-seconds so far. */
  readonly used_s: number;
  /** The most it can have been, with what ended unseen; null where that cannot be told. */
  readonly most_s: number | null;
  /** Why most_s cannot be told, or what is not seen here. */
  readonly why: string | null;
}

/** The process tree is looked at no more often than takes a four-thousandth of a CPU's time. */
const TREE_COST = 4000;

/** CPU time of a root told later. Counts from this call; `parent` is the process that starts the root. */
export function jobTime(parent: number, procfs = '/proc') {
  const since = Math.floor(Number(readQuietly(`${procfs}/uptime`)?.split(' ')[0] ?? 0) * TICKS_PER_S);
  let tree: { look(): TreeTime } | null = null;
  let nextLook = 0;
  let last: JobLook | null = null;
  let closed = false;
  const ticksOf = (seconds: number | null) => (seconds === null ? null : Math.round(seconds * TICKS_PER_S));
  return {
    /** Follows this root from now on. */
    follow({ pid, entry, waited_s, attached }: JobRoot): void {
      const self = selfIn(procfs);
      const foreign = self !== null && self !== process.pid;
      const ours = foreign ? processOf(procfs, String(self))?.parent : parent;
      const waiter = attached ? undefined : ours;
      const root = foreign && ours !== undefined ? pidIn(procfs, pid, ours) : pid;
      // A command that has ended already is left to its parent, which has inherited its time.
      tree = processTime({
        ...{ procfs, root: root ?? -1, since },
        ...(entry === null ? {} : { entry }),
        ...(waiter === undefined ? {} : { waiter: { pid: waiter, waited: ticksOf(waited_s) } }),
      });
    },
    /** The newest look, a new one where it is time for it or `now` is true; null where there is nothing to look at. */
    look(now = false): JobLook | null {
      const started = performance.now();
      if (tree === null || closed || (started < nextLook && !now)) return last;
      const { ticks, living, most } = tree.look();
      nextLook = performance.now() + TREE_COST * (performance.now() - started);
      if (living === 0 && ticks === 0 && most === null) return last;
      last = {
        used_s: ticks / TICKS_PER_S,
        most_s: most === null ? null : most / TICKS_PER_S,
        why: whyUnsure(procfs, most),
      };
      return last;
    },
    /** Looks once more: what is used after this is not the command's. */
    close(): void {
      this.look(true);
      closed = true;
    },
  };
}

/** proc(5), mount option hidepid: 1 and 2 hide other users' processes, ptraceable those that may not be traced. */
function whyUnsure(procfs: string, most: number | null): string | null {
  if (most !== null) return null;
  const mounts = readQuietly(`${procfs}/self/mountinfo`) ?? '';
  return / \/proc .*\bhidepid=(?!0|off)/m.test(mounts)
    ? "processes of other users are hidden here (/proc is mounted with hidepid): the command's that run as another user count only when they have been waited for"
    : "the processes that wait for orphans cannot be seen here: what ended unseen outside the command's own tree is not known";
}
