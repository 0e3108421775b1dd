import { expect, test } from 'vitest';
import type { BudgetStatus } from '../../report/budget-status.ts';
import { barOf, elapsed } from './budget-scale.ts';

const known = (value: number, low = value, high = value) => ({ value, low, high });
const dark = { value: null, why: 'not known', known: null, unknown_runs: 1 };
const budget = (
  spent: BudgetStatus['spent'],
  end: BudgetStatus['projected']['end'] = { value: null, why: 'no pace' },
) => ({ limit: { value: 100 }, spent, projected: { end } }) as unknown as BudgetStatus;

test('the bar is as long as what reaches farthest, and a little', () => {
  // 200 is the farthest: the bar is 208 long.
  const bar = barOf(budget(known(50, 40, 60), known(150, 120, 200)));
  expect(bar.limit).toBeCloseTo(100 / 208, 9);
  expect(bar.spent).toBeCloseTo(50 / 208, 9);
  expect(bar.spent_reach).toEqual({ from: expect.closeTo(40 / 208, 9), to: expect.closeTo(60 / 208, 9) });
  expect(bar.end_reach).toEqual({ from: expect.closeTo(120 / 208, 9), to: expect.closeTo(200 / 208, 9) });
  expect(bar.beyond).toBe(false);
});

test('it ends at two and a half limits, however far what is spent goes', () => {
  const bar = barOf(budget(known(1000)));
  expect(bar).toMatchObject({ limit: expect.closeTo(100 / 260, 9), spent: 1, beyond: true });
});

test('what is unknown is null, and of what is known in part the part is drawn without an interval', () => {
  expect(barOf(budget(dark))).toMatchObject({ spent: null, spent_reach: null, end: null, end_reach: null });
  expect(barOf(budget({ ...dark, known: 52 }))).toMatchObject({
    spent: expect.closeTo(52 / 104, 9),
    spent_reach: null,
  });
  expect(barOf(budget(known(50))).spent_reach).toBeNull();
});

test('a period without an end has no share that is over', () => {
  expect(elapsed({ from_ms: 100, to_ms: 300 }, 150)).toBe(0.25);
  expect(elapsed({ from_ms: 100, to_ms: 300 }, 400)).toBe(1);
  expect(elapsed({ from_ms: 100, to_ms: null }, 150)).toBeNull();
});
