// Standing budgets on the built command line, and the process that adds up beside a run.
//
// A trace of 1 kW from 2024-03-31T20:00Z for six hours, at 400 g/kWh for two hours and 100 g/kWh then. In Berlin April begins after
// the two: 4 kWh and 400 g are in it. In UTC two hours later: 2 kWh and 200 g.

import { fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { standingBudget } from '../src/decide/standing.ts';
import type { BudgetStatusJson } from '../src/report/budget-status.ts';
import type { FromBudgetKeeper } from '../src/run/budget-keeper.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';

let folder: string;
let ledger: string;
const START = Date.UTC(2024, 2, 31, 20);
const NOW = '2024-04-01T03:00Z';

beforeAll(async () => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  const minutes = Array.from({ length: 361 }, (_, i) => `${START + i * 60_000},gpu-0,1000`);
  const hours = Array.from({ length: 8 }, (_, i) => `${START + i * 3_600_000},${i < 2 ? 400 : 100}`);
  writeFileSync(join(folder, 'trace.csv'), `timestamp,device,power_w\n${minutes.join('\n')}\n`);
  writeFileSync(join(folder, 'grid.csv'), `timestamp,gco2e_per_kwh\n${hours.join('\n')}\n`);
  const run = ['--zone', 'DE', '--intensity', join(folder, 'grid.csv'), '--name', 'llm-1', '--tag', 'project=llm'];
  await ok('import', 'trace', join(folder, 'trace.csv'), ...run);
});

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await joulebook([...args, '--ledger', ledger], { cwd: folder });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

test('a project’s budget within that of all, over a month of a zone with summer time', async () => {
  const month = ['--per', 'month', '--tz', 'Europe/Berlin'];
  await ok('budget', 'set', 'lab', '--limit', '1kgCO2e', ...month, '--on-breach', '0.8=warn', '--on-breach', 'stop');
  await ok('budget', 'set', 'llm', '--limit', '4kWh', '--project', 'llm', ...month);
  await ok('budget', 'set', 'utc', '--limit', '1kgCO2e', '--per', 'month');
  expect(await ok('budget', 'list')).toMatch(/llm +4kWh +project llm +month \(Europe\/Berlin\) +warn/);

  const args = ['budget', 'status', '--json', '--check', '--now', NOW, '--ledger', ledger];
  const { code, stdout } = await joulebook(args, { cwd: folder });
  expect(code).toBe(3);
  const { budgets } = JSON.parse(stdout) as BudgetStatusJson;
  expect(budgets.map(({ name, standing }) => [name, standing])).toEqual([
    ['lab', 'within'],
    ['llm', 'over'],
    ['utc', 'within'],
  ]);
  expect(budgets.map(({ spent }) => spent.value)).toEqual([
    expect.closeTo(400, 6),
    expect.closeTo(4 * 3.6e6, 3),
    expect.closeTo(200, 6),
  ]);
  expect(budgets[0]).toMatchObject({
    ...{ from_ms: Date.UTC(2024, 2, 31, 22), to_ms: Date.UTC(2024, 3, 30, 22), runs: 1, running: [] },
    share: { value: expect.closeTo(0.4, 9) },
    rules: [
      { on: 'spent', at: 0.8, act: 'warn' },
      { on: 'spent', at: 1, act: 'stop' },
    ],
  });
  const text = await ok('budget', 'status', '--now', NOW);
  expect(text).toMatch(/lab +1kgCO2e +400 gCO2e +40\.0 % {2}/);
  expect(text).toMatch(
    /llm: project llm, month \(Europe\/Berlin\), renews 2024-04-30T22:00Z: it is\n? *spent; does warn/,
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  await ok('budget', 'rm', 'llm');
  expect(existsSync(join(ledger, 'budgets', 'llm.json'))).toBe(false);
});

test('what cannot be set says why, and nothing is kept', async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await joulebook(['budget', ...args, '--ledger', ledger], { cwd: folder });
    return `${code} ${stderr}`;
  };
  expect(await refused('set', 'x', '--limit', '2kg')).toMatch(/^2 .*"2kg" cannot be used: .*kgCO2e/);
  expect(await refused('rm', 'x')).toMatch(/^2 .*there is no budget "x"/);
  expect(existsSync(join(ledger, 'budgets', 'x.json'))).toBe(false);
});

test('a process adds it up beside a run, and is gone when its parent is', async () => {
  const keeper = resolve(import.meta.dirname, '../dist/budget-keeper.js');
  const order = { ledger, budgets: [standingBudget('all', { limit: '1kWh' })], own: null, now_ms: Date.parse(NOW) };
  const child = fork(keeper, [JSON.stringify(order)]);
  const told = await new Promise<FromBudgetKeeper>((answer) => child.once('message', answer as never));
  expect(told).toMatchObject({ at_ms: order.now_ms, why: null });
  expect(told.told[0]!.spent.value).toBeCloseTo(6 * 3.6e6, 3);
  const left = fork(keeper, [JSON.stringify(order)]);
  const ended = new Promise((resolve) => left.once('exit', resolve));
  left.disconnect();
  expect(await ended).toBe(0);
});
