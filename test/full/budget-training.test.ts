// Real trainings that a dirty grid or a budget of carbon holds: the same losses as without a pause, each joule and gram of the
// pause charged, and the parts add up to the whole. Takes about two minutes, most of it waiting side by side.

import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findRun } from '../../src/ledger/runs.ts';
import type { ReportJson } from '../../src/report/model.ts';
import { joulebook, reportOf, until } from '../helpers/cli.ts';
import { actsOf, heldRun, lossesOf, wallClock } from '../helpers/held-run.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : '');
const noTorch = PYTHON === '' ? ' (skipped: no .venv with torch; .ci/python.sh makes it)' : '';
const SINGLE = { CUDA_VISIBLE_DEVICES: '', OMP_NUM_THREADS: '1' };
const START_MS = 120_000;
const HOUR_MS = 3_600_000;
const J_PER_KWH = 3_600_000;

/** What a command prints without joulebook. */
const alone = async ([program, ...words]: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program!, words, { env: { ...process.env, ...SINGLE } })).stdout;

const gridFile = (folder: string, rows: readonly (readonly [from_ms: number, g_per_kwh: number])[]): string => {
  const file = join(folder, 'grid.csv');
  const lines = rows.map(([from_ms, g]) => `${new Date(from_ms).toISOString()},${g}`);
  writeFileSync(file, `timestamp,gco2e_per_kwh\n${lines.join('\n')}\n`);
  return file;
};

/** The paused phase was charged its kilowatt, and phases add up to all of it. */
function charged(report: ReportJson, least_s: number): void {
  const paused = report.phases.find(({ phase }) => phase === 'paused')!;
  expect(paused.duration_s).toBeGreaterThan(least_s);
  expect(paused.energy_j! / paused.duration_s).toBeCloseTo(1000, 0);
  expect(report.energy.it_j.value! / report.run.duration_s).toBeCloseTo(1000, 0);
  for (const [key, all] of [
    ['energy_j', report.energy.it_j.value!],
    ['emissions_g', report.emissions.operational_g.value!],
  ] as const) {
    const sum = report.rows!.reduce((s, row) => s + row[key]!, 0);
    expect(sum / all).toBeCloseTo(1, 6);
  }
}

test.concurrent("the demo's trainer waits in a dirty hour for the next: the same losses", async (context) => {
  const one = heldRun(context);
  // By the job's clock it is half a minute before a full hour, after which the grid is greener.
  const next_ms = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
  const clock = wallClock(one.folder, next_ms - 30_000 - Date.now());
  const grid = gridFile(one.folder, [
    [next_ms - HOUR_MS, 500],
    [next_ms, 100],
    [next_ms + HOUR_MS, 100],
  ]);
  const job = [process.execPath, join(ROOT, 'examples/demo/train.mjs'), '--steps', '150', '--log-every', '1'];
  const wishes = ['--pause-above', '300g/kWh', '--deadline', '12h', '--total-time', '1min', '--resume-cost', '0s'];
  const run = one.begin(['--intensity', grid, '--zone', 'DE', ...wishes, '--', ...job], clock.env);
  await until('the pause', () => one.state() === 'paused', START_MS);
  const [result, other] = await Promise.all([run.done, alone(job)]);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toMatch(/the job is paused: 500 g\/kWh now/);
  expect(lossesOf(result.stdout)).toHaveLength(150);
  expect(lossesOf(result.stdout)).toEqual(lossesOf(other));
  expect(actsOf(await one.events())).toEqual(['pause', 'resume']);
  // A pause lasts for a minute at least.
  charged(await reportOf(one.ledger, 'last', '--by', 'phase'), 59);
  const report = await reportOf(one.ledger, 'last', '--by', 'hour');
  const begun_ms = findRun(one.ledger, 'last').record.created_at_ms;
  const [dirty, green] = report.rows!;
  expect(dirty!.energy_j! / (next_ms - begun_ms)).toBeCloseTo(1, 1);
  expect(dirty!.emissions_g).toBeCloseTo((dirty!.energy_j! * 500) / J_PER_KWH, 6);
  expect(green!.emissions_g).toBeCloseTo((green!.energy_j! * 100) / J_PER_KWH, 6);
});

test
  .skipIf(noTorch !== '')
  .concurrent(
    `PyTorch is paused by a budget of carbon when the grid turns dirty: the same losses${noTorch}`,
    async (context) => {
      const one = heldRun(context);
      // At 10 g/kWh a kilowatt spends the gram in six minutes, at 900 in four seconds.
      const dirty_ms = Date.now() + 6000;
      const grid = gridFile(one.folder, [
        [dirty_ms - HOUR_MS, 10],
        [dirty_ms, 900],
        [dirty_ms + HOUR_MS, 900],
      ]);
      const job = [PYTHON, '-u', join(ROOT, 'examples/pytorch/train.py'), '--steps', '1000', '--threads', '1'];
      const wishes = ['--zone', 'DE', '--intensity', grid, '--budget', '1gCO2e', '--on-breach', 'pause'];
      const run = one.begin([...wishes, '--', ...job], SINGLE);
      await until('the pause', () => one.state() === 'paused', START_MS);
      expect(Date.now()).toBeGreaterThan(dirty_ms);
      await new Promise((done) => setTimeout(done, 5000));
      expect(one.state()).toBe('paused');
      const asked = await joulebook(['resume', 'last', '--budget', '1kgCO2e', '--ledger', one.ledger]);
      expect(asked.code, asked.stderr).toBe(0);
      const [result, other] = await Promise.all([run.done, alone(job)]);
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toMatch(/the job is paused: 1\d\d(\.\d)? % of 1gCO2e is spent/);
      expect(lossesOf(result.stdout)).toHaveLength(100);
      expect(lossesOf(result.stdout)).toEqual(lossesOf(other));
      expect(actsOf(await one.events())).toEqual(['pause', 'resume']);
      const report = await reportOf(one.ledger, 'last', '--by', 'phase');
      charged(report, 5);
      const run_ms = findRun(one.ledger, 'last').record.created_at_ms;
      const clean_s = (dirty_ms - run_ms) / 1000;
      const grams = (clean_s * 10 + (report.run.duration_s - clean_s) * 900) / (J_PER_KWH / 1000);
      expect(report.emissions.operational_g.value! / grams).toBeCloseTo(1, 1);
    },
  );

const ranks = (folder: string, { count, steps, more = [] }: { count: number; steps: number; more?: string[] }) => [
  ...[join(dirname(PYTHON), 'torchrun'), `--nproc-per-node=${count}`, '--rdzv-backend=c10d'],
  ...['--rdzv-endpoint=localhost:0', join(import.meta.dirname, 'ranks.py')],
  ...['--steps', String(steps), '--rest', '0.02', '--state', join(folder, 'state.pt'), ...more],
];

test.skipIf(noTorch !== '')(
  `three ranks of gloo go on from their checkpoint by --resume-cmd${noTorch}`,
  async (context) => {
    const STEPS = 400;
    const one = heldRun(context);
    const job = ranks(one.folder, { count: 3, steps: STEPS });
    const state = join(one.folder, 'state.pt');
    const wishes = [
      ...['--budget', '1MJ', '--on-breach', 'pause', '--max-freeze', '5s', '--resume-cmd', job.join(' ')],
      ...['--checkpoint-signal', 'USR1', '--checkpoint-done', `file=${state}`, '--zone', 'DE'],
    ];
    const run = one.begin([...wishes, '--', ...job], SINGLE);
    let out = '';
    run.child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    await until('some steps', () => lossesOf(out).length >= 50, START_MS);
    await joulebook(['resume', 'last', '--budget', '1kJ', '--ledger', one.ledger]);
    await until('its end', () => one.state() === 'paused' && one.living().length === 0, START_MS);
    expect(lossesOf(out).length).toBeLessThan(STEPS);
    await joulebook(['resume', 'last', '--budget', '1MJ', '--ledger', one.ledger]);
    const result = await run.done;
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toMatch(
      /wait for each other \(.*\), which a long freeze breaks: it is ended, to be started again/,
    );
    expect(actsOf(await one.events())).toEqual(['checkpoint', 'pause', 'resume']);
    const steps = [...result.stdout.matchAll(/^step (\d+) loss/gm)].map(([, step]) => Number(step));
    const again = steps.findIndex((step, i) => i > 0 && step <= steps[i - 1]!);
    const losses = lossesOf(result.stdout);
    const whole = lossesOf(await alone(ranks(join(one.folder, 'none'), { count: 3, steps: STEPS })));
    expect(whole).toHaveLength(STEPS);
    // What was done after the checkpoint is done again, to the same values.
    expect(losses.slice(0, again)).toEqual(whole.slice(0, again));
    expect(losses.slice(again)).toEqual(whole.slice(steps[again]! - 1));
    expect((await reportOf(one.ledger, 'last')).run).toMatchObject({ segments: 2, state: 'finished' });
  },
);

test.skipIf(noTorch !== '')(
  `two ranks that nothing starts again are stopped after a checkpoint${noTorch}`,
  async (context) => {
    const one = heldRun(context);
    const ask = join(one.folder, 'ask');
    const job = ranks(one.folder, { count: 2, steps: 1_000_000, more: ['--ask', ask] });
    const state = join(one.folder, 'state.pt');
    const wishes = [
      ...['--budget', '1MJ', '--on-breach', 'pause', '--max-freeze', '5s', '--zone', 'DE'],
      ...['--checkpoint-cmd', `touch ${ask}`, '--checkpoint-done', `file=${state}`],
    ];
    const run = one.begin([...wishes, '--', ...job], SINGLE);
    let out = '';
    run.child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    await until('some steps', () => lossesOf(out).length >= 20, START_MS);
    await joulebook(['resume', 'last', '--budget', '1kJ', '--ledger', one.ledger]);
    const result = await run.done;
    expect([result.code, one.state()]).toEqual([75, 'stopped']);
    expect(result.stderr).toMatch(/it is stopped: there is no --resume-cmd/);
    expect(existsSync(state)).toBe(true);
    expect(one.living()).toEqual([]);
    expect(actsOf(await one.events())).toEqual(['checkpoint', 'pause']);
  },
);
