// Log files of the real libraries, written by a Python that has them (.ci/python.sh makes one) under joulebook, and what
// is read of them against what was logged. Without it they are skipped with the reason; in CI they fail.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { StepRow } from '../../src/ledger/records.ts';
import { metered, reportOf, tempFolder } from '../helpers/cli.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : null);
const ENV = { CUDA_VISIBLE_DEVICES: '', HF_HUB_OFFLINE: '1' };

interface Logged {
  readonly step: number;
  readonly at_s: number;
  readonly loss: number;
  readonly tokens?: number;
  readonly samples?: number;
}

interface Case {
  readonly writer: string;
  readonly needs: readonly string[];
  readonly format: string;
  /** How many steps are logged, and the last of them. */
  readonly steps: number;
  readonly last: number;
  readonly counts: 'tokens' | 'samples' | null;
  /** Steps have times of their own; where they are written at once the time is that of the writing. */
  readonly timed: boolean;
}

const CASES: readonly Case[] = [
  {
    writer: 'torch',
    needs: ['torch', 'tensorboard'],
    format: 'tensorboard',
    steps: 20,
    last: 200,
    counts: 'tokens',
    timed: true,
  },
  {
    writer: 'torch-tensors',
    needs: ['torch', 'tensorboard'],
    format: 'tensorboard',
    steps: 20,
    last: 200,
    counts: 'tokens',
    timed: true,
  },
  {
    writer: 'tensorboardX',
    needs: ['tensorboardX'],
    format: 'tensorboard',
    steps: 20,
    last: 20,
    counts: 'samples',
    timed: true,
  },
  { writer: 'wandb', needs: ['wandb'], format: 'wandb', steps: 20, last: 200, counts: null, timed: true },
  { writer: 'mlflow', needs: ['mlflow'], format: 'mlflow', steps: 20, last: 200, counts: 'tokens', timed: true },
  { writer: 'lightning-csv', needs: ['lightning'], format: 'csv', steps: 20, last: 20, counts: null, timed: false },
  {
    writer: 'lightning-tensorboard',
    needs: ['lightning', 'tensorboard'],
    format: 'tensorboard',
    steps: 20,
    last: 20,
    counts: null,
    timed: true,
  },
  {
    writer: 'trainer-tensorboard',
    needs: ['transformers', 'accelerate', 'tensorboard'],
    format: 'tensorboard',
    steps: 20,
    last: 40,
    counts: 'tokens',
    timed: true,
  },
  {
    writer: 'trainer-state',
    needs: ['transformers', 'accelerate'],
    format: 'trainer-state',
    steps: 20,
    last: 40,
    counts: 'tokens',
    timed: false,
  },
];

test.for(CASES)('the log of $writer', async ({ writer, needs, format, steps, last, counts, timed }, { skip }) => {
  const why = whyNot(needs);
  if (why !== null && !process.env.CI) skip(why);
  expect(why).toBeNull();

  const folder = tempFolder();
  const [logs, truth] = [join(folder, 'logs'), join(folder, 'truth.json')];
  const script = join(ROOT, 'test/full/log-writers.py');
  const command = [PYTHON!, script, writer, logs, truth];
  const { result, report } = await metered(folder, ['--no-capture', '--log', logs, '--', ...command], ENV);
  expect([result.code, report.run.state]).toEqual([0, 'finished']);

  const logged: Logged[] = JSON.parse(readFileSync(truth, 'utf8'));
  expect([logged.length, logged.at(-1)!.step]).toEqual([steps, last]);
  const rows = stepsIn(join(folder, 'ledger'));
  const training = rows.filter(({ phase, loss }) => phase === null && loss !== null);
  expect(training.map(({ step }) => step)).toEqual(logged.map(({ step }) => step));
  for (const [i, { at_s, loss, tokens, samples }] of logged.entries()) {
    const row = training[i]!;
    expect(row.loss! / loss).toBeCloseTo(1, 3);
    if (timed) expect(Math.abs(row.at_ms - at_s * 1000)).toBeLessThan(100);
    // Kept as float32: within half a unit of its last of 24 binary places.
    if (counts === 'tokens') expect(Math.abs(row.tokens! / tokens! - 1)).toBeLessThanOrEqual(2 ** -24);
    if (counts === 'samples') expect(row.samples).toBe(samples);
  }
  expect(endFormat(join(folder, 'ledger'))).toBe(format);

  expect([report.work.steps, report.work.restarts]).toEqual([last, 0]);
  const count = counts === null ? null : report.work[counts];
  if (counts !== null) expect(count! / logged.at(-1)![counts]!).toBeCloseTo(1, 6);
  expect(rows.some(({ phase }) => phase === 'eval')).toBe(writer !== 'tensorboardX');

  const { rows: bySteps, energy } = await reportOf(join(folder, 'ledger'), report.run.id, '--by', 'step');
  const sum = bySteps!.reduce((all, { energy_j }) => all + (energy_j ?? 0), 0);
  expect(Math.abs(sum / energy.it_j.value! - 1)).toBeLessThan(1e-9);
});

function stepsIn(ledger: string): StepRow[] {
  return linesOf(ledger, /^steps\.\d+\.open$/).map((line) => JSON.parse(line));
}

function endFormat(ledger: string): string | null {
  return JSON.parse(linesOf(ledger, /^end\.json$/).join('')).work.format;
}

/** Lines that are not blank of the files in a ledger with such a name. */
function linesOf(ledger: string, name: RegExp): string[] {
  return readdirSync(ledger, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

function whyNot(modules: readonly string[]): string | null {
  if (PYTHON === null) return 'there is no .venv (bash .ci/python.sh makes it) and no JOULEBOOK_TEST_PYTHON';
  const { status, stderr, error } = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' });
  return status === 0 ? null : `${PYTHON}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
}
