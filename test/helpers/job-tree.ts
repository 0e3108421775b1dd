// A job of eight processes as unkind ones are: below each other, in sessions of their own, orphans, daemons that have forked
// twice, and one that catches SIGUSR1 for a checkpoint. Each writes down its steps in a file of its own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlledJob } from '../../src/cluster/job-control.contract.ts';
import { type LocalJob, type LocalJobOptions, localJob } from '../../src/cluster/local/local-job.ts';
import { tempFolder, until } from './cli.ts';

/** Each step forks: processes come and go while the job is frozen. */
const WORKER = 'worker() { while :; do echo >>"$F/steps.$1"; sleep 0.05; done; }';

/** Root 1, a child 2, an orphan 3, a session 4, a daemon 5, a pipeline's 6, one below a shell below 7, a catcher 8. */
export const treeScript = (stubborn: boolean): string => `
${stubborn ? "trap '' INT TERM HUP" : ''}
${WORKER}
worker 2 &
( worker 3 & )
setsid sh -c '${WORKER}; worker 4' &
( setsid sh -c '( ${WORKER}; worker 5 ) &' & )
worker 6 | cat &
sh -c '${WORKER}; ( worker 7 ); :' &
sh -c '${WORKER}
  trap "sleep 0.1; echo saved >\\"$F/checkpoint\\"" USR1; worker 8' &
worker 1`;

export const WORKERS = 8;

export interface TreeJob extends ControlledJob, Omit<StartedTree, 'clear'> {
  readonly control: LocalJob;
  readonly child: ChildProcess;
}

export interface TreeOptions {
  readonly stubborn?: boolean;
  readonly cgroup?: string | null;
  readonly script?: string;
  readonly workers?: number;
  readonly control?: Partial<LocalJobOptions>;
}

let count = 0;

/** Starts it, under control. */
export async function startTree(options: TreeOptions = {}): Promise<TreeJob> {
  const { stubborn = false, cgroup = null, script = treeScript(stubborn), workers = WORKERS } = options;
  const folder = tempFolder();
  const entry = `JOULEBOOK_RUN_ID=test-${process.pid}-${count++}`;
  const env = { ...process.env, F: folder, JOULEBOOK_RUN_ID: entry.slice(entry.indexOf('=') + 1) };
  const into = cgroup === null ? [] : ['/bin/sh', '-c', 'echo $$ >"$0/cgroup.procs"; exec "$@"', cgroup];
  const [file, ...words] = [...into, 'sh', '-c', script];
  const child = spawn(file!, words, { env, stdio: 'ignore' });
  const tree = watchTree({ folder, entry, workers, cgroup });
  await until('its processes', () => tree.progress().every((steps) => steps > 0));
  const base = { pid: child.pid!, entry, cgroup, env, cwd: folder, library: null, lines: null };
  return {
    ...{ ...tree, child, stubborn, checkpoint: join(folder, 'checkpoint') },
    control: localJob({ ...base, ...options.control }),
  };
}

/** A job that runs, as it is seen from outside. */
export interface StartedTree {
  readonly folder: string;
  readonly entry: string;
  progress(): readonly number[];
  living(): number;
  clear(): Promise<void>;
}

export function watchTree(of: { folder: string; entry: string; workers: number; cgroup: string | null }): StartedTree {
  const { folder, entry, cgroup } = of;
  return {
    ...{ folder, entry },
    progress: () => Array.from({ length: of.workers }, (_, i) => sizeOf(join(folder, `steps.${i + 1}`))),
    living: () => livingWith(entry).length,
    clear: async () => {
      for (let round = 0; round < 100 && livingWith(entry).length > 0; round++) {
        for (const pid of livingWith(entry)) quiet(() => process.kill(pid, 'SIGKILL'));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      if (cgroup !== null) removeCgroup(cgroup);
    },
  };
}

/** Pids of living processes whose environment holds an entry. */
export function livingWith(entry: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      quiet(() => readFileSync(`/proc/${pid}/environ`, 'latin1'))
        ?.split('\0')
        .includes(entry),
    )
    .map(Number)
    .filter((pid) => stateOf(pid) !== 'Z');
}

/** The letter of its state; '' where it is gone. */
export function stateOf(pid: number): string {
  const text = quiet(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '';
  return text.slice(text.lastIndexOf(')') + 2).slice(0, 1);
}

/** Where cgroups of version 2 can be made and frozen here; null where they cannot. */
export const cgroups: string | null = (() => {
  for (const line of (quiet(() => readFileSync('/proc/mounts', 'utf8')) ?? '').split('\n')) {
    const [, point = '', type] = line.split(' ');
    if (type !== 'cgroup2') continue;
    const probe = join(point, `joulebook-test-${process.pid}`);
    const works = quiet(() => mkdirSync(probe)) !== null && existsSync(join(probe, 'cgroup.freeze'));
    quiet(() => rmdirSync(probe));
    if (works) return point;
  }
  return null;
})();

/** A cgroup of a test's own. */
export function makeCgroup(): string {
  const path = join(cgroups!, `joulebook-test-${process.pid}-${count++}`);
  mkdirSync(path);
  return path;
}

function removeCgroup(path: string): void {
  quiet(() => writeFileSync(join(path, 'cgroup.freeze'), '0'));
  for (let round = 0; round < 50; round++) {
    if (quiet(() => rmdirSync(path)) !== null || !existsSync(path)) return;
    spawnSync('sleep', ['0.02']);
  }
}

const sizeOf = (file: string): number => quiet(() => statSync(file).size) ?? 0;

function quiet<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
