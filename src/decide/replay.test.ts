import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Act, Budget, Sight } from './budget.ts';
import type { Means } from './orders.ts';
import { type Look, replay } from './replay.ts';

const MEANS: Means = { grace_ms: null, can_move: false, dwell_ms: 0, pause_s: 0, pause_cost: {} };
const budget = (id: string, act: Act): Budget => ({
  ...{ id, limit: { measure: 'energy', value: 100, currency: null, text: '100J' } },
  ...{ scope: { of: 'run' }, period: { kind: 'whole' }, rules: [{ on: 'spent', at: 1, act }] },
});
const look = (s: number, ...joules: number[]): Look => ({
  now_ms: s * 1000,
  sights: joules.map(
    (j): Sight => ({
      ...{ now_ms: s * 1000, spent: { value: j, low: j, high: j }, end: null, overrun: null, crosses_ms: null },
      ...{ renews_ms: null, why: null },
    }),
  ),
});

test('what would have been done ends with what stops the job; how it went on is judged all the same', () => {
  const looks = [look(0, 10, 10), look(1, 100, 20), look(2, 110, 100), look(3, 120, 120)];
  const made = replay([budget('a', 'hook'), budget('b', 'stop')], MEANS, looks);
  expect(made.done.map(({ order: { act, at_ms, by } }) => [act, at_ms, by])).toEqual([
    ['hook', 1000, ['a']],
    ['stop', 2000, ['b']],
  ]);
  expect(made.halt).toBe(made.done[1]);
  expect(made.halt!.sights[1]!.spent!.value).toBe(100);
  expect(made.verdicts.map((both) => both.map(({ standing }) => standing))).toEqual([
    ['within', 'within'],
    ['over', 'within'],
    ['over', 'over'],
    ['over', 'over'],
  ]);
});

test('of looks that were written down the same comes again', () => {
  const course = fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 50 });
  fc.assert(
    fc.property(course, fc.constantFrom<Act>('warn', 'pause', 'stop'), (seen, act) => {
      const budgets = [budget('a', 'checkpoint'), budget('b', act)];
      const looks = seen.map(([a, b], s) => look(s, a, b));
      const again = replay(budgets, MEANS, JSON.parse(JSON.stringify(looks)) as Look[]);
      expect(again).toEqual(replay(budgets, MEANS, looks));
      expect(again.halt !== null).toBe(act !== 'warn' && seen.some(([, b]) => b >= 100));
    }),
  );
});
