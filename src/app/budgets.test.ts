// Standing budgets of a ledger and of configuration files, on real files.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { putBudget, removeBudget } from '../ledger/budgets.ts';
import { standingBudgets } from './budgets.ts';
import { settingsOf } from './settings.ts';

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-budgets-'));
  ledger = join(folder, '.joulebook');
});
const record = (id: string, limit: string, more = {}) => ({
  ...({ schema: 'joulebook/budget/v1', id, limit, on_breach: [], on_forecast: [], set_at_ms: 1, user: null } as const),
  ...more,
});
const config = (text: string) => writeFileSync(join(folder, 'joulebook.yaml'), text);
const found = async () => standingBudgets(await settingsOf({ ledger }, { HOME: folder }, folder));
const limits = async () => (await found()).standing.map(({ budget: { id, limit } }) => [id, limit.text]);

test('one that is set again is replaced whole, and nothing else is left', async () => {
  putBudget(ledger, record('lab', '20kgCO2e', { per: 'month', on_breach: ['stop'] }));
  putBudget(ledger, record('lab', '5kWh'));
  expect(await limits()).toEqual([['lab', '5kWh']]);
  expect(readdirSync(join(ledger, 'budgets'))).toEqual(['lab.json']);
  expect((await found()).standing[0]!.budget).toMatchObject({
    ...{ scope: { of: 'all' }, period: { kind: 'whole' }, rules: [{ on: 'spent', at: 1, act: 'warn' }] },
  });
  expect([removeBudget(ledger, 'lab'), removeBudget(ledger, 'lab')]).toEqual([true, false]);
});

test.each([
  ['torn', '{"schema": "joulebook/bud', 'budget-bad', /torn\.json is no budget that can be used: it is no whole JSON/],
  ['newer', '{"schema": "joulebook/budget/v2"}', 'budget-newer', /newer\.json has format joulebook\/budget\/v2/],
  ['empty', '{}', 'budget-bad', /it does not hold what it should/],
  ['moved', JSON.stringify(record('lab', '5kWh')), 'budget-bad', /it is of "lab"/],
  ['run', JSON.stringify(record('run', '5kWh')), 'budget-bad', /"run" is the name of a run's own budget/],
  ['my lab', JSON.stringify(record('my lab', '5kWh')), 'budget-bad', /my lab\.json .*its name is none of a budget/],
  ['unit', JSON.stringify(record('unit', '5kg')), 'budget-bad', /"kg" does not say of what/],
])('a file that is %s is a fault that names it and hides no other', async (name, text, code, message) => {
  putBudget(ledger, record('lab', '5kWh'));
  writeFileSync(join(ledger, 'budgets', `${name}.json`), text);
  const { standing, faults } = await found();
  expect(standing.map(({ budget }) => budget.id)).toEqual(['lab']);
  expect(faults).toMatchObject([{ code, message: expect.stringMatching(message) }]);
  expect(readFileSync(join(ledger, 'budgets', `${name}.json`), 'utf8')).toBe(text);
});

test('a name is no path: nothing but a budget is ever removed', () => {
  putBudget(ledger, record('lab', '5kWh'));
  writeFileSync(join(folder, 'package.json'), '{}');
  expect(['../ledger', '../../package', './lab', 'budgets/lab'].map((name) => removeBudget(ledger, name))).toEqual(
    Array(4).fill(false),
  );
  expect(readdirSync(ledger)).toContain('ledger.json');
  expect(readdirSync(folder)).toContain('package.json');
  writeFileSync(join(ledger, 'budgets', 'my lab.json'), '');
  expect(removeBudget(ledger, 'my lab')).toBe(true);
});

test('a folder of budgets that cannot be read is a fault, not a ledger without caps', async () => {
  putBudget(ledger, record('lab', '5kWh'));
  rmSync(join(ledger, 'budgets'), { recursive: true });
  writeFileSync(join(ledger, 'budgets'), 'no folder');
  expect((await found()).faults).toMatchObject([{ code: 'budget-bad', message: expect.stringMatching(/ENOTDIR/) }]);
});

test('those of the ledger and of every configuration file hold together, also under one name', async () => {
  putBudget(ledger, record('lab', '5kWh'));
  config('budgets:\n  lab: { limit: 20kgCO2e, per: month, tz: Europe/Berlin, on_breach: [0.8=warn, stop] }\n');
  mkdirSync(join(folder, '.config', 'joulebook'), { recursive: true });
  writeFileSync(join(folder, '.config', 'joulebook', 'config.yaml'), 'budgets: { me: { limit: 1EUR, tag: who=me } }\n');
  expect(await limits()).toEqual([
    ['lab', '5kWh'],
    ['lab (joulebook.yaml)', '20kgCO2e'],
    ['me', '1EUR'],
  ]);
  expect((await found()).standing[1]!.budget).toMatchObject({
    period: { kind: 'calendar', unit: 'month', time_zone: 'Europe/Berlin' },
    rules: [
      { on: 'spent', at: 0.8, act: 'warn' },
      { on: 'spent', at: 1, act: 'stop' },
    ],
  });
});

test('a limit of a file of settings that cannot be used names the file and the budget, and hides no other', async () => {
  config('budgets:\n  bad: { limit: 3KWH }\n  good: { limit: 3kWh, on_breach: stop }\n');
  const { standing, faults } = await found();
  expect(standing.map(({ budget }) => budget.id)).toEqual(['good']);
  expect(faults).toMatchObject([
    { code: 'config-bad', message: expect.stringMatching(/joulebook\.yaml: budgets\.bad: .*is kWh meant/) },
  ]);
});

test.each([
  [
    'budgets: { lab: { limit: 5kWh, every: month } }',
    /budgets\.lab\.every: there is no such setting/,
    /one of limit, project/,
  ],
  ['budgets: { lab: { per: month } }', /budgets\.lab\.limit: a budget without a limit/, /limit: 20kgCO2e/],
  ['budgets: { lab: { limit: 5 } }', /budgets\.lab\.limit: 5 cannot be used/, /20kgCO2e/],
  ['budgets: 5kWh', /budgets: "5kWh" cannot be used/, /budgets by name/],
])('%s is refused', async (text, message, hint) => {
  config(text);
  await expect(found()).rejects.toMatchObject({
    ...{ code: 'config-bad', message: expect.stringMatching(message), hint: expect.stringMatching(hint) },
  });
});

test('a list of budgets is refused: its name would be taken for the runs that it is of', async () => {
  config('budgets:\n  - { name: day, limit: 60J, rolling: 1d, on_breach: stop }\n');
  await expect(found()).rejects.toMatchObject({ code: 'config-bad', message: expect.stringMatching(/budgets/) });
});
