import { expect, test } from 'vitest';
import { chanceText, pausedText, standsOf } from './now-words.ts';

test('why a run is held, by whom where that says more, and for how long', () => {
  const why = '101 % of 2Wh is spent';
  expect(pausedText({ since_ms: 0, by: ['run'], why }, 200_000)).toBe(`Paused for 3 min 20 s: ${why}.`);
  expect(pausedText({ since_ms: 0, by: ['lab', 'run'], why }, 5000)).toBe(`Paused for 5.00 s by lab: ${why}.`);
  expect(pausedText(null, 5000)).toBe('It is paused.');
});

test('how a budget stands: by what is spent before what is foreseen; unknown where neither is known', () => {
  const budget = {
    ...{ limit: '1Wh', measure: 'energy', limit_value: 3600, currency: null, spent: 1800, end: null, overrun: null },
    ...{ crosses_ms: null, why: null, in_force: null },
  };
  expect([
    standsOf(budget),
    standsOf({ ...budget, overrun: 0.5 }),
    standsOf({ ...budget, spent: 3600, overrun: 0 }),
    standsOf({ ...budget, spent: null }),
  ]).toEqual(['within', 'at-risk', 'over', 'unknown']);
});

test('a chance, and what is as good as sure', () => {
  expect([0.004, 0.33, 0.995].map(chanceText)).toEqual([
    'it will suffice',
    'passed with a chance of 33 %',
    'it will be passed',
  ]);
});
