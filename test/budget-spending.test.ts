// What of budgets is spent, on the real engine over ledgers written by hand: seconds of 100 W are 100 J each, counted by hand.
//
// April of 2024 begins in Berlin at 2024-03-31T22:00Z: it is summer time there since 01:00Z of that day.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { budgetStatus } from '../src/app/budget-status.ts';
import { type SpendingWishes, spentOf } from '../src/app/spending.ts';
import type { Budget } from '../src/decide/budget.ts';
import { sightOf, together } from '../src/decide/spent.ts';
import { type BudgetTexts, standingBudget } from '../src/decide/standing.ts';
import type { RunRecord, StepRow } from '../src/ledger/records.ts';
import { createRun } from '../src/ledger/writer.ts';
import { tempFolder } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

/** 2024-03-31T22:00Z, s. */
const APRIL = Date.UTC(2024, 2, 31, 22) / 1000;
let ledger: string;
beforeEach(() => {
  ledger = join(tempFolder(), 'ledger');
  mkdirSync(ledger);
});

interface Recorded {
  readonly record?: Partial<RunRecord>;
  readonly writer?: string;
  readonly uuid?: string;
  /** Seconds from the edge of April. */
  readonly from: number;
  readonly to: number;
  /** Seconds of which nothing is known. */
  readonly unknown?: (s: number) => boolean;
  /** Tokens done by the end of a second, where a line tells them. */
  readonly tokens?: Readonly<Record<number, number>>;
  /** It goes on: its writer is this process. */
  readonly open?: boolean;
}
async function recorded(id: string, { record = {}, writer = 'w', uuid = id, from, to, ...more }: Recorded) {
  createRun(ledger, runRecord(id, { ...record, created_at_ms: (APRIL + from) * 1000 }));
  const out = writerOf(ledger, id, writer, [gpu(0, uuid)], {
    started_at_ms: (APRIL + from) * 1000,
  });
  for (let s = from; s < to; s++) {
    const row = second('gpu-0', APRIL + s, 100);
    out.append(
      'energy',
      more.unknown?.(s) ? ({ ...row, energy_j: null, quality: 'unknown', why: 'unreadable' } as never) : row,
    );
  }
  for (const [s, tokens] of Object.entries(more.tokens ?? {}))
    out.append('steps', { ...STEP, at_ms: (APRIL + Number(s)) * 1000, step: Number(s) - from, tokens } as StepRow);
  if (more.open === true) out.flush();
  else await out.end(endAt((APRIL + to) * 1000));
}
const STEP = {
  ...{ epoch: null, samples: null, batch: null, lr: null, loss: null, metrics: {}, units: {}, phase: null, it_j: null },
  total: null,
};

const budget = (id: string, limit: string, said: Omit<BudgetTexts, 'limit'> = {}): Budget =>
  standingBudget(id, { limit, ...said });
const at = (s: number) => (APRIL + s) * 1000;
const spent = async (now: number, budgets: readonly Budget[], more: Partial<SpendingWishes> = {}) =>
  spentOf(ledger, { now_ms: at(now), budgets, ...more });
const values = (told: Awaited<ReturnType<typeof spentOf>>) => told.map((one) => [one.id, one.spent.value]);

const MONTH = { per: 'month', tz: 'Europe/Berlin' };

test('a run across a month’s edge counts with its part, in the time zone of the budget', async () => {
  await recorded('a', { from: -10, to: 10 });
  const both = [budget('berlin', '1kWh', MONTH), budget('utc', '1kWh', { per: 'month' }), budget('ever', '1kWh')];
  const april = await spent(5, both);
  // In UTC it is March still: 10 s before, 5 s after.
  expect(values(april)).toEqual([
    ['berlin', 500],
    ['utc', 1500],
    ['ever', 1500],
  ]);
  expect(april[0]).toMatchObject({
    from_ms: at(0),
    to_ms: Date.UTC(2024, 3, 30, 22),
    renews_ms: Date.UTC(2024, 3, 30, 22),
  });
  expect(april[2]).toMatchObject({ from_ms: null, to_ms: null, renews_ms: null });
  expect(values(await spent(-1, both))[0]).toEqual(['berlin', 900]);
  // 500 J of one sensor whose gain is known to 5 %, and a reading's 0.1 s of 100 W where the run begins and ends.
  expect(april[0]!.spent.low).toBeCloseTo(500 - Math.hypot(25, 10), 6);
  expect(april[0]!.spent.high).toBeCloseTo(500 + Math.hypot(25, 10), 6);
});

test('a project’s budget within that of all: each counts its own', async () => {
  await recorded('a', { from: 0, to: 10, record: { name: 'llm-1', tags: { project: 'llm', team: 'nlp' } } });
  await recorded('b', { from: 0, to: 20, record: { name: 'llm-2', tags: { project: 'vision', team: 'nlp' } } });
  await recorded('c', { from: 0, to: 40 });
  const told = await spent(60, [
    budget('all', '1kWh', MONTH),
    budget('llm', '1kWh', { ...MONTH, project: 'llm' }),
    budget('nlp', '1kWh', { team: 'nlp' }),
    budget('named', '1kWh', { name: 'llm-*', rolling: '1m' }),
  ]);
  expect(values(told)).toEqual([
    ['all', 7000],
    ['llm', 1000],
    ['nlp', 3000],
    ['named', 3000],
  ]);
});

test('a device that two runs share is counted once, also beside what one of them meters itself', async () => {
  await recorded('mine', { from: 0, to: 10, uuid: 'G', writer: 'early' });
  await recorded('mine', { from: 10, to: 20, uuid: 'G', writer: 'now' });
  await recorded('other', { from: 15, to: 30, uuid: 'G' });
  const all = budget('all', '1kWh');
  // 30 s of one device.
  expect((await spent(30, [all]))[0]!.spent.value).toBeCloseTo(3000, 6);
  const own = { run: 'mine', writer: 'now' };
  const [others, run] = await spent(
    30,
    [all, { ...budget('run', '1kWh', {}), id: 'run', scope: { of: 'run' } }].map((b) => b as Budget),
    { own },
  );
  // What the segment itself counts is 1000 J, all of its ten seconds.
  expect(others!.spent.value).toBeCloseTo(2000, 6);
  const mine = { value: 1000, low: 950, high: 1050, tokens: null, unknown_runs: 0, why: null };
  expect(sightOf('energy', together(others!.spent, mine)).spent!.value).toBeCloseTo(3000, 6);
  // Of its own budget the segment before: 1000 J, less what of its present one is the other's too, half of 5 s.
  expect(run!.spent.value).toBeCloseTo(1000 - 250, 6);
});

test('what is not known is no 0: the known part is told, and the reason', async () => {
  await recorded('a', { from: 0, to: 10 });
  await recorded('gap', { from: 0, to: 10, unknown: (s) => s >= 4 });
  const all = [budget('all', '1kJ')];
  // A gap within is in the interval: its 6 s were at most at the device's limit of 700 W.
  const [gap] = await spent(60, all);
  expect(gap!.spent).toMatchObject({ value: 1400, unknown_runs: 0 });
  expect(gap!.spent.high).toBeCloseTo(1400 + Math.hypot(70, 20, 4200), 0);
  await recorded('dark', { from: 0, to: 10, unknown: () => true });
  const [told] = await spent(60, all);
  expect(told!.spent).toMatchObject({ value: 1400, unknown_runs: 1, why: expect.stringContaining('of 1 run') });
  expect(sightOf('energy', told!.spent)).toMatchObject({ spent: { value: 1400 }, partial: true });
  const [carbon, money] = await spent(60, [budget('c', '1kgCO2e'), budget('m', '1EUR')]);
  expect(sightOf('emissions', carbon!.spent)).toMatchObject({ spent: null, why: expect.stringContaining('zone') });
  expect(sightOf('money', money!.spent)).toMatchObject({ spent: null, why: expect.stringContaining('price') });
});

test('money is energy at the run’s price, of the limit’s currency alone', async () => {
  // 3600 s of 100 W are 0.1 kWh.
  await recorded('a', { from: 0, to: 3600, record: { price: { per_kwh: 0.5, currency: 'EUR' } } });
  const [euro, dollar] = await spent(3600, [budget('e', '1EUR'), budget('d', '1USD')]);
  expect(euro!.spent.value).toBeCloseTo(0.05, 9);
  expect(dollar!.spent).toMatchObject({ value: 0, unknown_runs: 1, why: expect.stringContaining('priced in EUR') });
});

test('J per token is of the runs that tell tokens, in the stretch', async () => {
  // 10 tokens a second: 100 J/s make 10 J/token; the last ten seconds of it are in April.
  await recorded('a', { from: -10, to: 10, tokens: { '-8': 20, '-4': 60, 0: 100, 4: 140, 8: 180, 10: 200 } });
  await recorded('silent', { from: 0, to: 10 });
  const [told] = await spent(10, [budget('r', '5J/token', MONTH)]);
  expect(told!.spent).toMatchObject({ value: 1000, tokens: 100 });
  expect(sightOf('j_per_token', told!.spent).spent!.value).toBeCloseTo(10, 9);
  const [none] = await spent(10, [budget('r', '5J/token', { name: 'nobody' })]);
  expect(sightOf('j_per_token', none!.spent)).toMatchObject({ spent: null, why: 'no tokens are told yet' });
});

test('a rolling window lets go: of 20 s within the last minute, and when 500 J of them will be left', async () => {
  await recorded('a', { from: 0, to: 20 });
  const [open, full] = await spent(30, [
    budget('open', '3kJ', { rolling: '1m' }),
    budget('full', '1kJ', { rolling: '1m' }),
  ]);
  expect(open).toMatchObject({ spent: { value: 2000 }, renews_ms: null });
  // Less than 1000 J are left where the window begins after second 10: at second 70, told to a 24th of a minute.
  expect(full!.renews_ms! - at(70)).toBeGreaterThan(0);
  expect(full!.renews_ms! - at(70)).toBeLessThanOrEqual(2500);
  expect(values(await spent(65, [budget('w', '3kJ', { rolling: '1m' })]))).toEqual([['w', 1500]]);
});

test('a status tells who spends now, and how much an hour', async () => {
  await recorded('done', { from: 0, to: 10, record: { tags: { project: 'llm' } } });
  await recorded('going', { from: 10, to: 40, open: true, record: { name: 'train', tags: { project: 'llm' } } });
  const standing = [budget('llm', '5kJ', { project: 'llm' }), budget('other', '5kJ', { project: 'other' })].map(
    (one) => ({ budget: one, file: 'x', set: null }),
  );
  const { budgets } = await budgetStatus(ledger, standing, at(40));
  // 100 W are 360 kJ an hour.
  expect(budgets[0]).toMatchObject({
    ...{ standing: 'within', spent: { value: 4000 }, share: { value: 0.8 }, runs: 2 },
    running: [{ id: 'going', name: 'train', per_hour: 360_000 }],
    projected: { end: { value: null, why: 'two days of records are needed' } },
  });
  expect(budgets[1]).toMatchObject({ spent: { value: 0 }, runs: 0, running: [] });
});

test('a day of which something is not known makes no pace, also where it lies in the period before', async () => {
  const price = { per_kwh: 0.36, currency: 'EUR' };
  await recorded('march', { from: -7200, to: -7190 });
  await recorded('april', { record: { price }, from: 10, to: 20 });
  const of = [{ budget: budget('m', '1EUR', MONTH), file: 'm.json', set: null }];
  const { budgets } = await budgetStatus(ledger, of, at(86_500));
  // 1 kJ at 0.36 EUR/kWh; of March nobody knows the price.
  expect(budgets[0]).toMatchObject({
    spent: { value: expect.closeTo(0.0001, 12) },
    projected: {
      days: 2,
      per_day: null,
      end: { value: null, why: expect.stringMatching(/not all of the last 2 days is known: .*no price/) },
    },
  });
});
