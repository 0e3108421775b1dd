// A start that budgets refused: kept in the ledger with what was known of them, told of, and listed among the decisions.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decisionLog } from '../app/decision-log.ts';
import type { Budget } from '../decide/budget.ts';
import { NOTHING } from '../decide/spent.ts';
import { ensureLedger } from '../ledger/writer.ts';
import { decisionLogText } from '../report/decision-log.ts';
import { refusals, tellRefused } from './refused-start.ts';

const budget = (id: string, value: number): Budget => ({
  ...{ id, scope: { of: 'all' }, period: { kind: 'whole' }, rules: [{ on: 'spent', at: 1, act: 'stop' }] },
  limit: { measure: 'energy', value, currency: null, text: `${value}J` },
});
const keeper = (spent: number) => ({
  ...{ first: async () => {}, end() {} },
  others: () => ({
    spent: { ...NOTHING, value: spent, low: spent, high: spent },
    from_ms: null,
    to_ms: null,
    renews_ms: null,
  }),
});

test('what was spent, of which limits, and by which names it is found again', async () => {
  const ledger = mkdtempSync(join(tmpdir(), 'refused-'));
  onTestFinished(() => rmSync(ledger, { recursive: true }));
  ensureLedger(ledger);
  const budgets = [budget('lab', 300), budget('year', 400)];
  const standing = [{ budget: budgets[0]!, file: 'x', set: null }];
  const said: string[] = [];
  const tell = async (spent: number, id: string) => {
    const refused = refusals({ budgets, standing, keeper: keeper(spent) as never });
    const run = { settings: { folder: ledger, user: 'ann' }, record: { id, name: 'b' }, channels: [], env: {} };
    await tellRefused(refused, { ...run, say: (message) => said.push(message) });
    return refused.map(({ text }) => text);
  };
  const before_ms = Date.now();
  expect(await tell(309, 'r1')).toEqual(['103 % of 300J is spent (budget lab, all time)']);
  await tell(450, 'r2');
  expect(said).toEqual([]);

  const { decisions, saved, warnings } = await decisionLog(ledger, {});
  expect(decisions).toMatchObject([
    {
      ...{ run: 'r1', run_name: 'b', act: 'refuse', by: ['lab'], because: '103 % of 300J is spent', saved: null },
      budgets: [{ budget: 'lab', limit_value: 300, standing: 'over', spent: { value: 309, low: 309, high: 309 } }],
    },
    {
      run: 'r2',
      by: ['lab', 'year'],
      budgets: [
        { budget: 'lab', share: 1.5 },
        { budget: 'year', share: 1.125 },
      ],
    },
  ]);
  expect(decisions[0]!.at_ms).toBeGreaterThanOrEqual(before_ms);
  expect({ of: saved.of, warnings }).toEqual({ of: 0, warnings: [] });
  expect(decisionLogText(await decisionLog(ledger, { by: 'lab' }), { color: false })).toMatch(
    /^b {2}\S+ not started: 103 % of 300J is spent \(budget lab\)\nb {2}\S+ not started: 150 % .*; 113 % of 400J is spent \(budgets lab, year\)\n$/,
  );
  expect((await decisionLog(ledger, { by: 'year' })).decisions).toHaveLength(1);
  expect((await decisionLog(ledger, { since_ms: Date.now() + 1000 })).decisions).toEqual([]);

  const folder = join(ledger, 'budgets', 'refused');
  writeFileSync(join(folder, readdirSync(folder)[0]!), '{"torn');
  const damaged = await decisionLog(ledger, {});
  expect(damaged.decisions.map(({ run }) => run)).toEqual(['r2']);
  expect(damaged.warnings).toMatchObject([{ code: 'ledger-damage' }]);
});

test('a ledger that cannot be written is said, and no more', async () => {
  const ledger = mkdtempSync(join(tmpdir(), 'refused-'));
  onTestFinished(() => rmSync(ledger, { recursive: true }));
  mkdirSync(join(ledger, 'budgets'));
  writeFileSync(join(ledger, 'budgets', 'refused'), ''); // no folder can be made there
  const said: string[] = [];
  const refused = refusals({ budgets: [budget('lab', 300)], standing: [], keeper: keeper(301) as never });
  const run = { settings: { folder: ledger, user: null }, record: { id: 'r1', name: null }, channels: [], env: {} };
  await tellRefused(refused, { ...run, say: (message) => said.push(message) });
  expect(said).toEqual([expect.stringMatching(/^the ledger does not tell of this: /)]);
});
