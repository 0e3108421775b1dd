// Several joulebooks as a launcher starts them: ranks of one job, on one host or on hosts that are made up.

import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WriterRecord } from '../../src/ledger/records.ts';
import { type Result, start, startWith, until } from './cli.ts';

/** As torchrun sets them for its workers. */
export const torchrunEnv = (rank: number, world: number): NodeJS.ProcessEnv => ({
  ...{ TORCHELASTIC_RUN_ID: 'none', RANK: String(rank), WORLD_SIZE: String(world), LOCAL_RANK: String(rank) },
  ...{ LOCAL_WORLD_SIZE: String(world), MASTER_ADDR: 'localhost', MASTER_PORT: '29500' },
});

/** As srun sets them for the tasks of a step. */
export const srunEnv = (rank: number, world: number, job: string): NodeJS.ProcessEnv => ({
  ...{ SLURM_CLUSTER_NAME: 'jb', SLURM_JOB_ID: job, SLURM_STEP_ID: '0', SLURM_JOB_UID: '0' },
  ...{ SLURM_STEP_NUM_TASKS: String(world), SLURM_PROCID: String(rank), SLURM_LOCALID: String(rank) },
});

/** `steps` lines of training progress, one each `every_ms`. */
export const trainer = (steps: number, every_ms: number): string[] => [
  'node',
  '-e',
  `let step = 0;
   const t = setInterval(() => {
     step++;
     console.log(JSON.stringify({ step, tokens: step * 512, loss: 1 }));
     if (step === ${steps}) clearInterval(t);
   }, ${every_ms});`,
];

export interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Result>;
}

export const startRank = (ledger: string, env: NodeJS.ProcessEnv, command: readonly string[]): Started =>
  start(['run', '--ledger', ledger, '--quiet', '--', ...command], { env });

export interface WriterFiles {
  readonly folder: string;
  readonly record: WriterRecord;
  /** Names of the devices that it has listed so far. */
  readonly devices: readonly string[];
}

/** The writers of the ledger's runs, as their files tell them at this moment. */
export function writersOf(ledger: string): WriterFiles[] {
  const names = (folder: string) => quiet(() => readdirSync(folder)) ?? [];
  return names(join(ledger, 'runs')).flatMap((run) =>
    names(join(ledger, 'runs', run)).flatMap((name): WriterFiles[] => {
      const folder = join(ledger, 'runs', run, name);
      const record = quiet(() => JSON.parse(readFileSync(join(folder, 'writer.json'), 'utf8')) as WriterRecord);
      if (record === null) return [];
      const found = quiet(() => JSON.parse(readFileSync(join(folder, 'devices.json'), 'utf8')));
      return [{ folder, record, devices: (found?.devices ?? []).map(({ device }: { device: string }) => device) }];
    }),
  );
}

/** Rows of energy that a writer has committed for a device. */
export const rowsOf = (folder: string, device: string): number =>
  (quiet(() => readFileSync(join(folder, 'energy.000001.open'), 'utf8')) ?? '').split(`"device":"${device}"`).length -
  1;

/** ms from the first to the last of the rows that a writer has committed for a device. */
export function spanOf(folder: string, device: string): number {
  const rows = readFileSync(join(folder, 'energy.000001.open'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`"device":"${device}"`))
    .map((line) => JSON.parse(line) as { from_ms: number; to_ms: number });
  return Math.max(...rows.map((row) => row.to_ms)) - Math.min(...rows.map((row) => row.from_ms));
}

/** Waits until `count` ranks have begun their windows. */
export const begun = (ledger: string, count: number) =>
  until(`${count} ranks`, () => {
    const found = writersOf(ledger);
    return found.length >= count && found;
  });

function quiet<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

/** Why hosts cannot be made up here; null where they can. */
export const noHosts: string | null =
  spawnSync('unshare', ['-m', '-u', 'sh', '-c', 'mount --bind /dev/null /proc/sys/kernel/random/boot_id']).status === 0
    ? null
    : 'hosts are made up with mount and name spaces, which takes root';

/**
 * A program that runs a command as another host would: a name and boot of its own, and a clock that is ahead.
 * Give it as the first words of the command.
 */
export function hostIn(folder: string, name: string, ahead_ms: number): string {
  const place = join(folder, `host-${name}`);
  mkdirSync(place);
  const boot = [...name].map((c) => c.charCodeAt(0).toString(16)).join('');
  writeFileSync(join(place, 'boot_id'), `${boot.padStart(8, '0').slice(-8)}-0000-4000-8000-000000000000\n`);
  const clock = join(place, 'clock.so');
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', clock, join(import.meta.dirname, 'clock.c'), '-ldl']);
  const script = join(place, 'enter');
  writeFileSync(
    script,
    `#!/bin/sh\nexec unshare -m -u sh -c 'hostname ${name} && mount --bind ${place}/boot_id /proc/sys/kernel/random/boot_id && CLOCK_AHEAD_MS=${ahead_ms} LD_PRELOAD=${clock} exec "$@"' sh "$@"\n`,
    { mode: 0o755 },
  );
  return script;
}

/** A rank on such a host. */
export const startRankOn = (host: string, ledger: string, env: NodeJS.ProcessEnv, command: readonly string[]) =>
  startWith([host, process.execPath], ['run', '--ledger', ledger, '--quiet', '--', ...command], { env });
