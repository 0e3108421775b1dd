import { expect, test } from 'vitest';
import { NOTHING, type Spent, sightOf, together } from './spent.ts';

const spent = (value: number, more: Partial<Spent> = {}): Spent => ({
  ...NOTHING,
  ...{ value, low: value * 0.9, high: value * 1.1 },
  ...more,
});

test('both add up, with what is not known of either', () => {
  const lost = spent(50, { unknown_runs: 2, why: 'of 2 runs: lost' });
  const sum = together(spent(100), lost);
  expect(sum).toMatchObject({ value: 150, low: 135, tokens: null, unknown_runs: 2, why: 'of 2 runs: lost' });
  expect(sum.high).toBeCloseTo(165, 9);
  expect(sightOf('energy', sum)).toMatchObject({ spent: { value: 150 }, partial: true, why: 'of 2 runs: lost' });
});

test('a ratio is of both together and no sum of two', () => {
  // 100 J for 10 tokens, 100 J for 90: 200 J for 100.
  const sum = together(spent(100, { tokens: 10 }), spent(100, { tokens: 90 }));
  expect(sightOf('j_per_token', sum).spent!.value).toBeCloseTo(2, 12);
  expect(sightOf('g_per_million_tokens', sum).spent!.value).toBeCloseTo(2e6, 6);
  expect(sightOf('j_per_token', spent(100, { tokens: 0 }))).toEqual({ spent: null, why: 'no tokens are told yet' });
});

test('where nothing is known of what was spent, nothing is told', () => {
  expect(sightOf('energy', spent(0, { unknown_runs: 1, why: 'lost' }))).toEqual({ spent: null, why: 'lost' });
  expect(sightOf('energy', NOTHING)).toEqual({ spent: { value: 0, low: 0, high: 0 }, why: null });
});

test('what others have may be less than nothing beside what a run meters itself, and the sum is not', () => {
  const others = spent(-250, { low: -250, high: -250 });
  expect(together(others, spent(1000)).value).toBe(750);
  expect(sightOf('energy', others).spent!.value).toBe(0);
});
