// Decisions from events, whole and damaged.

import { expect, test } from 'vitest';
import { decisionsIn, type Row } from './decisions-in.ts';

const seen = {
  ...{ budget: 'lab', limit: '2kgCO2e', measure: 'emissions', limit_value: 2000, standing: 'over', share: 1.05 },
  ...{ overrun: 1, spent: 2100, spent_low: 1900, spent_high: 2300, end: null, end_low: null, end_high: null },
  ...{ crosses_ms: 5000, renews_ms: null, unknown: null },
};
const row = (facts: Row['facts'], more: Partial<Row> = {}): Row => ({
  ...{ at_ms: 5000, event: 'decision', message: '', writer: 'a', facts: facts ?? {} },
  ...more,
});
const facts = {
  ...{ decision: 1, act: 'pause', by: 'lab, run', because: 'it is spent', why: null, inputs: JSON.stringify([seen]) },
  ...{ left_j: 10, left_j_low: 8, left_j_high: 12, zone: 'DE', provider: 'p', quality: 'measured', g_per_kwh: 400 },
  ...{ forecast_provider: 'q', forecast_issued_ms: 77, forecast: '[[3600000,180],["x",1]]' },
};

test('a decision with all that it depended on, and what came of it', () => {
  const outcome = row(
    { decision: 1, act: 'pause', done: 1, how: 'frozen', took_ms: 12 },
    { event: 'outcome', at_ms: 5100 },
  );
  expect(decisionsIn([outcome, row(facts)])).toEqual([
    {
      ...{ at_ms: 5000, writer: 'a', decision: 1, act: 'pause', by: ['lab', 'run'], because: 'it is spent', why: null },
      budgets: [
        {
          ...{
            budget: 'lab',
            limit: '2kgCO2e',
            measure: 'emissions',
            limit_value: 2000,
            standing: 'over',
            share: 1.05,
          },
          ...{ overrun: 1, spent: { value: 2100, low: 1900, high: 2300 }, end: null, crosses_ms: 5000 },
          ...{ renews_ms: null, unknown: null },
        },
      ],
      grid: {
        ...{ zone: 'DE', provider: 'p', quality: 'measured', g_per_kwh: 400 },
        forecast: { provider: 'q', issued_ms: 77, hours: [[3_600_000, 180]] },
      },
      left: { energy: { value: 10, low: 8, high: 12 }, emissions: null },
      outcome: { at_ms: 5100, done: true, how: 'frozen', took_ms: 12 },
    },
  ]);
});

test('an outcome belongs to the decision of that number of its own writer; all are told by time', () => {
  const outcome = row({ decision: 1, act: 'pause', done: 0, how: 'no', took_ms: 1 }, { event: 'outcome', writer: 'b' });
  const made = decisionsIn([row(facts, { at_ms: 9000 }), row(facts, { writer: 'b' }), outcome]);
  expect(made.map(({ writer, outcome }) => [writer, outcome?.done ?? null])).toEqual([
    ['b', false],
    ['a', null],
  ]);
});

test('what is not as it should be is left out', () => {
  const damaged = [
    row({}),
    row({ decision: 1, act: 'explode' }),
    row({ decision: 'x', act: 'warn' }),
    { at_ms: 1, event: 'decision', message: '' },
    row({ decision: 2, act: 'warn', inputs: '{"a"', forecast: 'no', left_g: 'much', zone: 3 }),
    row({ decision: 3, act: 'warn', inputs: '[1, null, {"budget": "x"}]' }),
  ];
  expect(decisionsIn(damaged)).toMatchObject([
    { decision: 2, act: 'warn', by: [], because: null, budgets: [], grid: null, left: { emissions: null } },
    { decision: 3, budgets: [] },
  ]);
});
