// Runs the stand-in for joulebook as a shell with job control runs a command: in a process group of its own, whose parent is
// in the same session. The kernel hangs up on such a group when its parent dies while it is stopped.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { tempFolder, until } from './cli.ts';
import { type StartedTree, watchTree } from './job-tree.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Bundles the stand-ins with the programs that they start, where koffi is found; returns their folder. */
export async function buildStandIn(): Promise<{ folder: string; clear(): void }> {
  const folder = join(ROOT, 'build', `stand-in-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const local = join(ROOT, 'src/cluster/local');
  await build({
    entryPoints: {
      'stand-in': join(import.meta.dirname, 'stand-in-main.ts'),
      'power-stand-in': join(import.meta.dirname, 'power-stand-in-main.ts'),
      hold: join(local, 'hold-main.ts'),
      power: join(local, 'power-main.ts'),
    },
    ...{ outdir: folder, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20' },
    ...{ external: ['koffi'], logLevel: 'warning' },
  });
  return { folder, clear: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface StandIn extends StartedTree {
  /** Its steps so far, in order. */
  steps(): readonly string[];
  /** Resolves when it has ended, with the time of that. */
  readonly ended: Promise<number>;
}

let count = 0;

/** Starts it, over a job of that script and its number of workers; it dies at `step`, STEP[:N], '' = never. */
export async function startStandIn(
  built: string,
  job: { script: string; workers: number; cgroup: string | null },
  step: string,
): Promise<StandIn> {
  const folder = tempFolder();
  const entry = `JOULEBOOK_RUN_ID=stand-in-${process.pid}-${count++}`;
  const words = [process.execPath, join(built, 'stand-in.js'), job.script, entry, job.cgroup ?? '', step];
  const shell = spawn('bash', ['-c', 'set -m; "$@" & wait', 'bash', ...words], {
    env: { ...process.env, F: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  shell.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number>((done) => shell.on('exit', () => done(Date.now())));
  const tree = watchTree({ folder, entry, workers: job.workers, cgroup: job.cgroup });
  await until('its processes', () => tree.progress().every((steps) => steps > 0));
  writeFileSync(join(folder, 'ready'), '');
  return { ...tree, steps: () => text.split('\n').slice(0, -1), ended };
}

export interface PowerOutcome {
  readonly done: boolean;
  readonly how: string;
  /** W of the fake driver's first two GPUs after it; null: never set. */
  readonly limits: readonly (number | null)[];
}

/** Gives orders to limit power, W or null, then close, exit or kill; resolves with their outcomes when it has ended. */
export function limitPower(built: string, orders: string, env: NodeJS.ProcessEnv): Promise<PowerOutcome[]> {
  const words = [join(built, 'power-stand-in.js'), ...orders.split(' ')];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { env: { ...process.env, ...env } }, (_, stdout) =>
      resolve(
        stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as PowerOutcome),
      ),
    );
  });
}
