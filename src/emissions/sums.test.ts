import { expect, test } from 'vitest';
import { type Figure, type Known, unknown, withBounds } from '../core/figure.ts';
import { GAPS } from './errors.ts';
import { createSum } from './sums.ts';

const figure = (value: number, causes: Readonly<Record<string, readonly [number, number]>>): Figure =>
  Object.entries(causes).reduce<Known>((made, [id, [down, up]]) => withBounds(made, id, down, up), {
    value,
    terms: new Map(),
  });
const summed = (...all: readonly (readonly [run: string, figure: Figure, known?: number])[]) => {
  const sum = createSum();
  for (const [run, one, known = 0] of all) sum.add(run, one, known);
  return sum.json();
};

test('of nothing is exactly 0', () => {
  expect(summed()).toEqual({ value: 0, low: 0, high: 0 });
});

test('a cause that runs share adds linearly; gaps of two runs are two causes, and of one run one', () => {
  const shared = figure(100, { 'sensor x': [-3, 4] });
  // 3 + 3, 4 + 4.
  expect(summed(['a', shared], ['b', shared])).toEqual({ value: 200, low: 194, high: 208 });
  const gaps = figure(100, { [GAPS.id]: [-3, 4] });
  expect(summed(['a', gaps], ['b', gaps])).toEqual({
    value: 200,
    low: 200 - Math.hypot(3, 3),
    high: 200 + Math.hypot(4, 4),
  });
  expect(summed(['a', gaps], ['a', gaps])).toEqual({ value: 200, low: 194, high: 208 });
  // Both at once: in quadrature between causes.
  const both = figure(100, { 'sensor x': [-3, 3], [GAPS.id]: [-4, 4] });
  expect(summed(['a', both])).toEqual({ value: 100, low: 95, high: 105 });
});

test('what moves one part up and the other down cancels', () => {
  const idle = figure(100, { 'idle-power m': [-30, 10] });
  const used = figure(200, { 'idle-power m': [30, -10] });
  expect(summed(['m', idle], ['m', used])).toEqual({ value: 300, low: 300, high: 300 });
});

test('is never below 0', () => {
  expect(summed(['a', figure(1, { x: [-5, 5] })])).toEqual({ value: 1, low: 0, high: 6 });
});

test('with something unknown in it is unknown: how many runs, the most frequent reason, and what is known', () => {
  const all = summed(
    ...([
      ['a', figure(10, {}), 0],
      ['b', unknown('lost'), 7],
      ['c', unknown('no zone'), 0],
      ['d', unknown('no zone'), 1],
      ['d', unknown('lost'), 1],
    ] as const),
  );
  // No cause moves what is known of them.
  expect(all).toEqual({
    value: null,
    why: 'of 3 runs, 2 of them: no zone',
    known: 19,
    low: 19,
    high: 19,
    unknown_runs: 3,
  });
  expect(summed(['a', unknown('lost')])).toEqual({
    value: null,
    why: 'of 1 run: lost',
    known: 0,
    low: 0,
    high: 0,
    unknown_runs: 1,
  });
});
