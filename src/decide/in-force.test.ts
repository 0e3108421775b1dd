import { expect, test } from 'vitest';
import type { Looked } from './decision.ts';
import { inForceIn, inForceOf, limitIn } from './in-force.ts';

const look: Looked = {
  budget: {
    ...{ id: 'lab', scope: { of: 'tag', tag: 'team', value: 'vision' }, period: { kind: 'rolling', ms: 3_600_000 } },
    limit: { measure: 'money', value: 5, currency: 'EUR', text: '5EUR' },
    rules: [
      { on: 'spent', at: 0.8, act: 'warn' },
      { on: 'forecast', at: 0.9, act: 'pause' },
    ],
  },
  sight: {
    ...{ now_ms: 7, spent: { value: 4, low: 3, high: 5 }, end: { value: 6, low: 5, high: 8 }, overrun: 0.7 },
    ...{ crosses_ms: 99, renews_ms: null, why: null },
  },
  verdict: {
    ...{ by: 'lab', at_ms: 7, standing: 'within', share: { value: 0.8, low: 0.6, high: 1 }, overrun: 0.7, due: [] },
    holding: [{ act: 'warn', rule: null, why: '80 % of 5EUR is spent' }],
    ...{ left: 2, measure: 'money', renews_ms: null, why: null },
  },
};

test('a budget of a look, kept and read back', () => {
  const kept = JSON.parse(JSON.stringify(inForceOf([look])));
  const [read] = inForceIn(kept);
  expect(read).toEqual({
    ...{ budget: 'lab', limit: '5EUR', measure: 'money', limit_value: 5, currency: 'EUR', standing: 'within' },
    ...{ share: 0.8, overrun: 0.7, spent: { value: 4, low: 3, high: 5 }, end: { value: 6, low: 5, high: 8 } },
    ...{ crosses_ms: 99, renews_ms: null, unknown: null, scope: 'team vision', period: 'rolling 1h' },
    own: false,
    ...{ rules: ['0.8=warn', 'forecast 0.9=pause'], holding: [{ act: 'warn', why: '80 % of 5EUR is spent' }] },
  });
  expect(limitIn(read!)).toEqual(look.budget.limit);
});

test('what is damaged: a budget without a limit is none, and of the others what can be understood is told', () => {
  expect(inForceIn([{}, { budget: 1, limit: 'x', measure: 'energy', limit_value: 1 }])).toEqual([]);
  const [read] = inForceIn([
    { budget: 'a', limit: '1J', measure: 'energy', limit_value: 1, rules: 'x', holding: [{ act: 'explode' }, null] },
  ]);
  expect(read).toMatchObject({ spent: null, end: null, rules: [], holding: [], scope: '' });
});
