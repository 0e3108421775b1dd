// What a run's writers say of its budgets, in a ledger made by hand; what top tells of rows and steps is in test/top.test.ts.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tellInForce } from '../ledger/in-force.ts';
import { thisProcess } from '../ledger/process.ts';
import { runOf } from '../ledger/runs.ts';
import { topJson } from './document.ts';
import { createWatch } from './watch.ts';

const RUN = {
  ...{ schema: 'joulebook/run/v1', id: 'r', name: null, command: ['x'], created_at_ms: 1, user: null, cwd: null },
  ...{ git: null, tags: {}, zone: null, pue: null, price: null, intensity: null, version: '0' },
};
const WRITER = {
  ...{ schema: 'joulebook/writer/v1', started_at_ms: 1, interval_ms: 100, command: ['x'], version: '0' },
  ...thisProcess(),
};
const END = {
  ...{ schema: 'joulebook/end/v1', ended_at_ms: 20, exit_code: 0, signal: null },
  work: { lines_dropped: 0, format: null },
};
const LAB = {
  ...{ budget: 'lab', limit: '2kWh', measure: 'energy', limit_value: 7_200_000, currency: null, scope: 'all runs' },
  ...{ period: 'month', rules: ['stop'], holding: [], standing: 'within', share: 0.5, overrun: 0.25 },
  ...{ spent: 3_600_000, spent_low: 3.5e6, spent_high: 3.7e6, end: 7e6, end_low: 6e6, end_high: 8e6, crosses_ms: 50 },
};

function ledgerOf(...writers: string[]): string {
  const ledger = mkdtempSync(join(tmpdir(), 'jb-watch-'));
  mkdirSync(join(ledger, 'runs', 'r'), { recursive: true });
  writeFileSync(join(ledger, 'ledger.json'), JSON.stringify({ schema: 'joulebook/ledger/v1', version: 1 }));
  writeFileSync(join(ledger, 'runs', 'r', 'run.json'), JSON.stringify(RUN));
  for (const writer of writers) {
    mkdirSync(join(ledger, 'runs', 'r', writer));
    writeFileSync(join(ledger, 'runs', 'r', writer, 'writer.json'), JSON.stringify({ ...WRITER, writer }));
  }
  return ledger;
}

async function budgetsOf(ledger: string) {
  const entry = runOf(ledger, 'r')!;
  const watch = createWatch(entry.record, { chain: [], none: null, limits: [] });
  return topJson(await watch.look(entry, 30, 10)).budgets;
}

test('budgets that act on a job are told as its writer judged them last, of several writers by the newest', async () => {
  const ledger = ledgerOf('w1', 'w2', 'w3');
  tellInForce(join(ledger, 'runs', 'r', 'w1'), { at_ms: 5, budgets: [{ ...LAB, spent: 1 }] });
  tellInForce(join(ledger, 'runs', 'r', 'w2'), { at_ms: 9, budgets: [LAB] });
  expect(await budgetsOf(ledger)).toEqual([
    {
      ...{ limit: '2kWh', measure: 'energy', spent: 3_600_000, end: { value: 7e6, low: 6e6, high: 8e6 } },
      ...{ overrun: 0.25, crosses_ms: 50, why: null, limit_value: 7_200_000, currency: null },
      in_force: {
        ...{ name: 'lab', scope: 'all runs', period: 'month', rules: ['stop'], holding: [], standing: 'within' },
        at_ms: 9,
      },
    },
  ]);
});

test('what a run has spent of its own budget is as its rows have it, also when they came after the last judgement', async () => {
  const ledger = ledgerOf('w');
  const folder = join(ledger, 'runs', 'r', 'w');
  const gpu = { device: 'gpu-0', kind: 'gpu', name: 'x', uuid: 'u', source: 'counter', charged: true, limit_w: null };
  const devices = [{ ...gpu, gain: { down: 0, up: 0 }, update_s: null, notes: [] }];
  writeFileSync(join(folder, 'devices.json'), JSON.stringify({ devices, absent: [] }));
  const row = { device: 'gpu-0', from_ms: 1, to_ms: 25, energy_j: 1500, quality: 'measured' };
  writeFileSync(join(folder, 'energy.000001.open'), `${JSON.stringify(row)}\n`);
  const [own, money] = [
    { ...LAB, own: true, spent: 1000 },
    { ...LAB, own: true, measure: 'money', spent: 3 },
  ];
  tellInForce(folder, { at_ms: 5, budgets: [own, { ...LAB, own: false, spent: 2000 }, money] });
  expect((await budgetsOf(ledger)).map(({ spent }) => spent)).toEqual([1500, 2000, 3]);
});

test('of a run that has ended what was spent is told, and no end', async () => {
  const ledger = ledgerOf('w');
  tellInForce(join(ledger, 'runs', 'r', 'w'), { at_ms: 9, budgets: [LAB] });
  writeFileSync(join(ledger, 'runs', 'r', 'w', 'end.json'), JSON.stringify(END));
  expect(await budgetsOf(ledger)).toMatchObject([
    { spent: 3_600_000, end: null, overrun: null, crosses_ms: null, why: 'the run has ended' },
  ]);
});

test('a file that is damaged tells of no budget', async () => {
  const ledger = ledgerOf('w');
  writeFileSync(join(ledger, 'runs', 'r', 'w', 'in-force.json'), '{"schema": "joulebook/in-f');
  expect(await budgetsOf(ledger)).toEqual([]);
});
