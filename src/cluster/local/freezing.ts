// Freezes a job and thaws it: the cgroup's freezer first, then SIGSTOP to what of the tree it does not hold.
//
// A freeze that fails midway is taken back: the job is either frozen as a whole or runs.

import type { Outcome } from '../job-control.ts';
import type { CgroupFreezer } from './cgroup-freezer.ts';
import { untilSo } from './pause.ts';
import { continueTree, type Reach, stopTree } from './stopping.ts';
import type { Watchdog } from './watchdog.ts';

export interface Freezing {
  readonly frozen: boolean;
  /** `watchdog` null: it is not done. */
  freeze(watchdog: Watchdog | null): Promise<Result>;
  /** Lets all that is stopped go on, by whomever it was; `watchdog` is told, where there is one. */
  thaw(watchdog: Watchdog | null): Promise<Result>;
}

type Result = Omit<Outcome, 'took_ms'>;
const FREEZER_MS = 5000;
const LOOK_MS = 2;

/** `freezerOf` gives the cgroup's freezer where it can be used now. */
export function freezing(reach: Reach, freezerOf: () => CgroupFreezer | null): Freezing {
  let frozen = false;
  let freezer: CgroupFreezer | null = null;

  const freezeAll = async (watchdog: Watchdog): Promise<Result> => {
    freezer = freezerOf();
    if (freezer !== null) {
      const group = freezer;
      const asked = group.set(true);
      reach.passing('freezer asked');
      if (!asked || !(await untilSo(group.isFrozen, FREEZER_MS, LOOK_MS)))
        return { done: false, how: `the cgroup ${group.path} did not freeze within ${FREEZER_MS / 1000} s` };
      reach.passing('freezer frozen');
    }
    const covered = freezer?.pids() ?? new Set<number>();
    const stopped = await stopTree(reach, {
      covered: (pid) => covered.has(pid),
      announce: (who) => watchdog.tell(...who.map(({ pid, started }) => `stop ${pid} ${started}`)),
    });
    if ('why' in stopped) return { done: false, how: stopped.why };
    const by = [
      covered.size > 0 ? `the cgroup's freezer (${processes(covered.size)})` : null,
      stopped.stopped > 0 ? `SIGSTOP to ${processes(stopped.stopped)}` : null,
    ];
    return { done: true, how: by.filter((one) => one !== null).join(' and ') || 'all of it was stopped already' };
  };

  const thaw = async (watchdog: Watchdog | null): Promise<Result> => {
    reach.passing('thawing');
    freezer ??= freezerOf();
    const loose = freezer === null || freezer.set(false) || freezer.pids().size === 0;
    reach.passing('freezer thawed');
    const left = await continueTree(reach);
    if (!loose) return { done: false, how: `the cgroup ${freezer!.path} cannot be thawed` };
    if (left !== null) return { done: false, how: left };
    frozen = false;
    await watchdog?.tell('thawed');
    return { done: true, how: 'all of it goes on' };
  };

  return {
    get frozen() {
      return frozen;
    },
    async freeze(watchdog) {
      if (frozen) return { done: true, how: 'it is frozen already' };
      if (reach.tree.members().length === 0) return { done: false, how: 'the job has ended' };
      if (watchdog === null || !(await watchdog.tell('freeze')))
        return { done: false, how: 'no watchdog could be started that would thaw it' };
      frozen = true;
      const result = await freezeAll(watchdog);
      reach.passing('frozen');
      if (result.done) return result;
      const back = await thaw(watchdog);
      return back.done ? result : { done: false, how: `${result.how}; and ${back.how}` };
    },
    thaw,
  };
}

const processes = (count: number): string => (count === 1 ? 'one process' : `${count} processes`);
