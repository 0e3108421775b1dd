// CPU time of the command and of its machine over the run's own window, and how it was told apart.
//
// The command's is counted by the kernel where it could be put into a cgroup of its own, else by the sampler's looks at
// /proc. The window is cut here, at its edges: by the time the sampler hears of them they are past.

import type { EventRow } from '../ledger/records.ts';
import type { JobLook } from '../meter/sources/job-time.ts';
import { type MachineTime, machineTime, TICKS_PER_S } from '../meter/sources/machine-time.ts';
import { processOf } from '../meter/sources/processes.ts';
import { type Cgroup, openCgroup } from './cgroup.ts';

export interface CpuAccount {
  /** Starts the command by `start`, inside its cgroup where there is one, and begins the account. */
  begin<T>(start: () => T): T;
  /** Whether the sampler has to look at /proc. */
  readonly looks: boolean;
  /** The folder of the cgroup that the command alone is in; null where there is none. */
  readonly cgroup: string | null;
  /** CPU time of our ended children before the command began, s. */
  readonly waited_s: number | null;
  /** The sampler's newest look; counts from the last restart. */
  heard(look: JobLook): void;
  samplerRestarted(): void;
  /** The command has ended. */
  end(): void;
  /** The account so far as a row for the ledger; null where nothing is known. */
  row(at_ms: number): EventRow | null;
  /** What was lost or left, in words; removes the cgroup. */
  close(): string[];
}

/**
 * An account of the command of this run, or of a process that runs already (null); `procfs` is where the machine's own
 * times are.
 */
export function createCpuAccount(run: string | null, procfs: string): CpuAccount {
  const opened = run !== null && process.platform === 'linux' ? openCgroup(run) : { why: 'it cannot be had' };
  let group: Cgroup | null = 'path' in opened ? opened : null;
  let stuck = false;
  let from: MachineTime | null = null;
  let to: MachineTime | null = null;
  let groupEnd_s: number | null = null;
  let waited_s: number | null = null;
  /** Of samplers that died, and of the one that lives. */
  let earlier = { used_s: 0, most_s: 0 as number | null };
  let look: JobLook | null = null;

  const enter = () => {
    try {
      group?.enter();
    } catch {
      group?.remove();
      group = null;
    }
  };

  const job = (): Record<string, number | string | null> | null => {
    const used_s = group === null ? null : (groupEnd_s ?? group.used_s());
    if (used_s !== null) return { method: 'cgroup', job_s: used_s, job_most_s: used_s };
    if (look === null) return null;
    const most_s = look.most_s === null || earlier.most_s === null ? null : earlier.most_s + look.most_s;
    return { method: 'proc', job_s: earlier.used_s + look.used_s, job_most_s: most_s };
  };

  return {
    begin(start) {
      waited_s = childrenTime_s();
      enter();
      from = machineTime(procfs);
      try {
        return start();
      } finally {
        stuck = group !== null && !group.leave();
      }
    },
    get looks() {
      return group === null;
    },
    get cgroup() {
      return stuck ? null : (group?.path ?? null);
    },
    get waited_s() {
      return waited_s;
    },
    heard(newest) {
      look = newest;
    },
    samplerRestarted() {
      if (look === null) return;
      const most_s = look.most_s === null || earlier.most_s === null ? null : earlier.most_s + look.most_s;
      earlier = { used_s: earlier.used_s + look.used_s, most_s };
      look = { used_s: 0, most_s: 0, why: look.why };
    },
    end() {
      to = machineTime(procfs);
      groupEnd_s = group?.used_s() ?? null;
    },
    row(at_ms) {
      const now = to ?? machineTime(procfs);
      const used = job();
      if (from === null || now === null || used === null) return null;
      const busy_s = now.busy_s - from.busy_s;
      const facts = { ...used, busy_s, idle_s: Math.max(0, now.all_s - from.all_s - busy_s) };
      return { at_ms, event: 'attribution', message: 'CPU time of the command and of its machine', facts };
    },
    close() {
      const said: string[] = [];
      if (group === null && look?.why) said.push(look.why);
      if (stuck) said.push(`joulebook could not leave the command's cgroup ${group?.path}`);
      else if (group !== null && !group.remove())
        said.push(
          `processes that the command started live on, in the cgroup ${group.path}: the run ended with the command`,
        );
      return said;
    },
  };
}

function childrenTime_s(): number | null {
  const self = processOf('/proc', 'self');
  return self === null ? null : self.waited / TICKS_PER_S;
}
