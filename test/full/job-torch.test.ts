// Pauses of real training: a single PyTorch process frozen, and two ranks of torch.distributed under torchrun, which a
// freeze longer than their collectives' time-out ends (that checkpoint and a new start do not: budget-training.test.ts).

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type LocalJob, localJob } from '../../src/cluster/local/local-job.ts';
import { tempFolder, until } from '../helpers/cli.ts';
import { livingWith } from '../helpers/job-tree.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : '');
const noTorch = PYTHON === '' ? ' (skipped: no .venv with torch; .ci/python.sh makes it)' : '';
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const START_MS = 120_000;

interface Training {
  readonly child: ChildProcess;
  readonly control: LocalJob;
  readonly exited: Promise<number | null>;
  /** What it has printed, and what its stderr holds. */
  lines(): string[];
  errors(): string;
  living(): number;
}

let count = 0;
function train(command: readonly string[], folder = tempFolder()): Training {
  const id = `torch-${process.pid}-${count++}`;
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: '', OMP_NUM_THREADS: '1', JOULEBOOK_RUN_ID: id };
  const [out, err] = [join(folder, `${id}.out`), join(folder, `${id}.err`)];
  const stdio = ['ignore' as const, openSync(out, 'w'), openSync(err, 'w')];
  const child = spawn(command[0]!, command.slice(1), { env, stdio });
  const entry = `JOULEBOOK_RUN_ID=${id}`;
  const at = { pid: child.pid!, entry, cgroup: null, env, cwd: folder, library: null, lines: null };
  return {
    ...{ child, control: localJob(at) },
    exited: new Promise((done) => child.on('exit', (code) => done(code))),
    lines: () => readFileSync(out, 'utf8').split('\n').slice(0, -1),
    errors: () => readFileSync(err, 'utf8'),
    living: () => livingWith(entry).length,
  };
}

test.skipIf(noTorch !== '')(`a single process frozen for 10 s trains to the same losses${noTorch}`, async () => {
  const command = [PYTHON, '-u', join(ROOT, 'examples/pytorch/train.py'), '--steps', '300', '--threads', '1'];
  const job = train(command);
  await until('some steps', () => job.lines().length >= 3, START_MS);
  expect(job.control.distributed()).toBeNull();
  expect(await job.control.freeze()).toMatchObject({ done: true });
  const at = job.lines().length;
  await wait(10_000);
  expect(job.lines()).toHaveLength(at);
  expect(at).toBeLessThan(30);
  await job.control.thaw();
  expect(await job.exited).toBe(0);
  await job.control.close();
  const alone = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    env: { ...process.env, CUDA_VISIBLE_DEVICES: '' },
  });
  expect(job.lines()).toHaveLength(30);
  expect(`${job.lines().join('\n')}\n`).toBe(alone.stdout);
});

const ranks = (folder: string, steps: number) => [
  ...[join(dirname(PYTHON), 'torchrun'), '--nproc-per-node=2', '--rdzv-backend=c10d', '--rdzv-endpoint=localhost:0'],
  ...[join(import.meta.dirname, 'ranks.py'), '--steps', String(steps), '--state', join(folder, 'state.pt')],
];

test.skipIf(noTorch !== '')(`a freeze longer than the collectives' time-out ends two ranks${noTorch}`, async () => {
  // Now and then one is caught outside of a collective, and lives.
  for (let attempt = 1; ; attempt++) {
    const folder = tempFolder();
    const job = train(ranks(folder, 1_000_000), folder);
    await until('some steps', () => job.lines().length >= 20, START_MS);
    expect(job.control.distributed()).toMatch(/one of several ranks \(WORLD_SIZE=2\)/);
    expect(await job.control.freeze()).toMatchObject({ done: true });
    await wait(12_000);
    await job.control.thaw();
    const code = await Promise.race([job.exited, wait(20_000).then(() => 'lives' as const)]);
    await job.control.stop(0);
    await job.control.close();
    expect(job.living()).toBe(0);
    if (code === 'lives' && attempt < 4) continue;
    expect(code).toBe(1);
    expect(job.errors()).toMatch(/Timed out waiting 5000ms|Connection closed by peer/);
    return;
  }
});
