// JobControl for a command on this machine: its cgroup's freezer where there is one, signals to every process of its tree
// for all the rest.
//
// A freeze needs a watchdog that answers; where that dies meanwhile the job is thawed. Nothing is started before the first
// order that needs it. Orders are carried out one after the other; only a checkpoint is waited for outside that row, so
// that a stop or a thaw need not wait for its grace.

import { readFileSync } from 'node:fs';
import { processOf } from '../../meter/sources/processes.ts';
import type { JobControl, Outcome } from '../job-control.ts';
import { type CgroupFreezer, cgroupFreezer } from './cgroup-freezer.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { signOfRanks } from './distributed.ts';
import { endTree } from './ending.ts';
import { freezing } from './freezing.ts';
import { powerLimits } from './power-limits.ts';
import type { Reach } from './stopping.ts';
import { jobTree, sender } from './tree.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export interface LocalJobOptions {
  /** The command, a child of ours. */
  readonly pid: number;
  /** NAME=VALUE that the command's processes inherit and no others have; null where there is none. */
  readonly entry: string | null;
  /** The folder of the cgroup that the command was born in; null where it has none. */
  readonly cgroup: string | null;
  /** The command's environment and folder. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The NVIDIA driver's library; null = the system's. */
  readonly library: string | null;
  /** Calls back for each line of the job's log until the returned function is called; null: no log is read. */
  readonly lines: ((heard: (line: string) => void) => () => void) | null;
  /** Told when the job was thawed without an order, and why. */
  readonly thawed?: (why: string) => void;
  /** Told of each step; for tests that end us there. */
  readonly passing?: (step: string) => void;
  /** Where processes are seen and how they are signalled; for tests. */
  readonly procfs?: string;
  readonly kill?: (pid: number, signal: NodeJS.Signals) => void;
}

/** Signals that ask a job to end, or that it may end by: they reach a frozen one only when it goes on. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

export interface LocalJob extends JobControl {
  /**
   * To be told of each signal that reached joulebook or the job's group: one that asks the job to end thaws it, so that it
   * is heard. Resolves with whether it did.
   */
  signalled(signal: NodeJS.Signals): Promise<boolean>;
}

/** Control of a running child. Nothing is started or touched yet. */
export function localJob(options: LocalJobOptions): LocalJob {
  const { procfs = '/proc', kill = process.kill, passing = () => {} } = options;
  const freezer = options.cgroup === null ? null : cgroupFreezer(options.cgroup);
  const root = { pid: options.pid, started: processOf(procfs, String(options.pid))?.started ?? -1 };
  const entry = options.entry;
  const tree = jobTree({ procfs, root, entry, self: process.pid, held: () => freezer?.pids() ?? new Set() });
  const reach: Reach = { procfs, tree, passing, send: sender(procfs, kill) };
  const power = powerLimits({ library: options.library, visible: options.env.CUDA_VISIBLE_DEVICES, env: options.env });
  let closed = false;
  let watchdog: Watchdog | null = null;

  let row: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = row.then(work);
    row = done.catch(() => {});
    return done;
  };
  /** A freeze that nobody watches over is none. */
  const unguarded = async (why: string) => {
    if (!cold.frozen) return;
    await cold.thaw(null);
    options.thawed?.(why);
  };
  const died = () => {
    watchdog = null;
    void inTurn(async () => {
      await unguarded('its watchdog has ended');
      if (power.before.length > 0) await guard();
    });
  };
  /** One that answers; null where none can be had. */
  const guard = async (): Promise<Watchdog | null> => {
    if (watchdog !== null && (await watchdog.answers())) return watchdog;
    watchdog?.close();
    await unguarded('its watchdog does not answer');
    const { library, cgroup } = options;
    const hold = usable(freezer) === null && sessionOf(procfs, root.pid) === sessionOf(procfs, process.pid);
    watchdog = await startWatchdog({ root, entry, cgroup, hold, library, died });
    if (watchdog !== null && power.before.length > 0) await watchdog.tell(`limit ${power.before.join(' ')}`);
    passing('watched');
    return watchdog;
  };
  const cold = freezing(reach, () => usable(freezer));

  const timed = async (work: () => Promise<Omit<Outcome, 'took_ms'>>): Promise<Outcome> => {
    const started = performance.now();
    const outcome = closed ? { done: false, how: 'the job was let go of' } : await work();
    return { ...outcome, took_ms: performance.now() - started };
  };
  const order = (work: () => Promise<Omit<Outcome, 'took_ms'>>) => inTurn(() => timed(work));

  return {
    get about() {
      return usable(freezer) === null
        ? `signals to the tree of process ${root.pid}`
        : `the freezer of the cgroup ${freezer!.path}`;
    },
    get frozen() {
      return cold.frozen;
    },
    distributed: () =>
      signOfRanks(
        procfs,
        tree.members().map(({ pid }) => pid),
      ),
    checkpoint: async (way) => {
      if (cold.frozen) await order(() => cold.thaw(watchdog));
      const { cwd, lines } = options;
      const env = { ...options.env, JOULEBOOK_JOB_PID: String(root.pid) };
      return timed(() => takeCheckpoint(way, reach, { env, cwd, lines, over: () => closed }));
    },
    freeze: () => order(async () => cold.freeze(await guard())),
    thaw: () => order(() => cold.thaw(watchdog)),
    limitPower: (watts) =>
      order(async () => {
        const result = await power.set(
          watts,
          async (before) => (await guard())?.tell(`limit ${before.join(' ')}`) ?? false,
        );
        if (power.before.length === 0) await watchdog?.tell('unlimited');
        return result;
      }),
    stop: (grace_ms) =>
      order(async () => {
        const thawed = await cold.thaw(watchdog);
        return thawed.done ? endTree(reach, usable(freezer), grace_ms) : thawed;
      }),
    signalled: (signal) =>
      inTurn(async () => {
        if (!cold.frozen || !ENDING.includes(signal)) return false;
        await cold.thaw(watchdog);
        options.thawed?.(`${signal} is to reach it`);
        return true;
      }),
    close: () =>
      inTurn(async () => {
        if (closed) return;
        if (cold.frozen) await cold.thaw(watchdog);
        if (power.before.length > 0) await power.set(null, async () => true);
        closed = true;
        watchdog?.close();
        watchdog = null;
      }),
  };
}

const usable = (freezer: CgroupFreezer | null): CgroupFreezer | null => (freezer?.usable() ? freezer : null);

/** Its session, field 6 of /proc/PID/stat (proc(5)); null where it is gone. */
function sessionOf(procfs: string, pid: number): string | null {
  try {
    const text = readFileSync(`${procfs}/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[3] ?? null;
  } catch {
    return null;
  }
}
