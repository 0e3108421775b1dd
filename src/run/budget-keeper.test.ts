// The processes are played: when they are started, with which question, and what is known between their answers.

import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { standingBudget } from '../decide/standing.ts';
import { type BudgetOrder, type FromBudgetKeeper, keepBudgets } from './budget-keeper.ts';

const HOUR = 3_600_000;
const budget = standingBudget('lab', { limit: '1kWh', per: 'hour' });
const spent = (value: number) => ({ value, low: value, high: value, tokens: null, unknown_runs: 0, why: null });

function played(budgets = [budget]) {
  const asked: { order: BudgetOrder; child: EventEmitter; killed: string[] }[] = [];
  let at = 10;
  const keeper = keepBudgets(
    { ledger: '/ledger', budgets, own: { run: 'r', writer: 'w' } },
    () => at,
    (order) => {
      const killed: string[] = [];
      const child = Object.assign(new EventEmitter(), { kill: (signal: string) => killed.push(signal) });
      asked.push({ order, child, killed });
      return child as unknown as ChildProcess;
    },
  );
  const answer = (message: FromBudgetKeeper | null) => {
    const { child } = asked.at(-1)!;
    if (message !== null) child.emit('message', message);
    child.emit('exit', 0);
  };
  const tell = (from_ms: number, value: number) =>
    answer({
      ...{ at_ms: at, why: null },
      told: [{ id: 'lab', from_ms, to_ms: from_ms + HOUR, spent: spent(value), renews_ms: from_ms + HOUR }],
    });
  return { keeper, asked, answer, tell, at: (ms: number) => (at = ms) };
}

test('what others have spent is not known, and no 0, before the first answer', async () => {
  const { keeper, asked, tell } = played();
  expect(asked.map(({ order }) => order)).toEqual([
    { ledger: '/ledger', budgets: [budget], own: { run: 'r', writer: 'w' }, now_ms: 10 },
  ]);
  expect(keeper.others(budget, 20)).toMatchObject({
    ...{ from_ms: 0, to_ms: HOUR, at_ms: null },
    spent: { unknown_runs: 1, why: 'what others have spent is still being added up' },
  });
  expect(await keeper.first(1)).toBe(false);
  tell(0, 500);
  expect(await keeper.first(1000)).toBe(true);
  expect(keeper.others(budget, 20)).toMatchObject({ spent: { value: 500, unknown_runs: 0 }, at_ms: 10, why: null });
  keeper.end();
});

test('a period that begins anew holds nothing yet and is asked for at once, one question at a time', () => {
  const { keeper, asked, tell, at } = played();
  tell(0, 500);
  at(HOUR + 1);
  expect(keeper.others(budget, HOUR + 1)).toMatchObject({ from_ms: HOUR, spent: { value: 0, unknown_runs: 0 } });
  expect(asked.map(({ order }) => order.now_ms)).toEqual([10, HOUR + 1]);
  for (let look = 2; look < 9; look++) keeper.others(budget, HOUR + look);
  expect(asked).toHaveLength(2);
  tell(HOUR, 30);
  expect(keeper.others(budget, HOUR + 9)).toMatchObject({ spent: { value: 30 } });
  expect(asked).toHaveLength(2);
  keeper.end();
});

test('where it fails the last answer stands, with the reason beside it', () => {
  const { keeper, tell, answer, at } = played();
  tell(0, 500);
  at(HOUR + 1);
  keeper.others(budget, HOUR + 1);
  tell(HOUR, 30);
  at(2 * HOUR + 1);
  keeper.others(budget, 2 * HOUR + 1);
  answer({ at_ms: 0, told: [], why: 'the disk is gone' });
  expect(keeper.others(budget, HOUR + 2)).toMatchObject({ spent: { value: 30 }, why: 'the disk is gone' });
  keeper.end();
});

test('one that dies without a word is told, and its question is over', async () => {
  const { keeper, answer } = played();
  answer(null);
  expect(await keeper.first(1000)).toBe(false);
  expect(keeper.others(budget, 20).why).toMatch(/ended without an answer/);
  keeper.end();
});

test('without a budget no process is started, and nothing is waited for', async () => {
  const { keeper, asked } = played([]);
  expect(await keeper.first(60_000)).toBe(false);
  expect(asked).toEqual([]);
  keeper.end();
});

test('a budget that is new is asked about as soon as the question before it is over', () => {
  const { keeper, asked, tell, answer, at } = played();
  const other = standingBudget('other', { limit: '2kWh' });
  expect(keeper.others(other, 20).spent).toMatchObject({ value: 0, unknown_runs: 1 });
  expect(asked).toHaveLength(1);
  at(30);
  tell(0, 500);
  expect(asked[1]!.order).toMatchObject({ budgets: [budget, other], now_ms: 30 });
  const told = { id: 'other', from_ms: null, to_ms: null, spent: spent(70), renews_ms: null };
  answer({ at_ms: 30, why: null, told: [told] });
  expect(keeper.others(other, 40)).toMatchObject({ spent: { value: 70, unknown_runs: 0 } });
  expect(asked).toHaveLength(2);
  keeper.end();
});

test('at the end an open question is given up', () => {
  const { keeper, asked } = played();
  keeper.end();
  expect(asked[0]!.killed).toEqual(['SIGKILL']);
});
