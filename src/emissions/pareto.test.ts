import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dominatedBy, dominates, kneeOf } from './pareto.ts';

test('by hand: cheap and poor, dear and good, and one that is beaten', () => {
  // error, kWh
  const points = [
    [0.3, 1],
    [0.1, 10],
    [0.2, 2],
    [0.25, 5],
    [0.3, 1],
  ];
  expect(dominatedBy(points)).toEqual([null, null, null, 2, null]);
  expect(dominates([1, 1], [1, 1])).toBe(false);
  expect(dominates([1, 1], [1, 2])).toBe(true);
  expect(dominates([0, 3], [1, 2])).toBe(false);
});

test('nobody on the front is dominated, and who is not on it is by one who is', () => {
  const costs = fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 }), { maxLength: 30 });
  fc.assert(
    fc.property(costs, (points) => {
      const by = dominatedBy(points);
      const front = points.filter((_, i) => by[i] === null);
      for (const own of front) for (const other of points) expect(dominates(other, own)).toBe(false);
      by.forEach((winner, i) => {
        if (winner === null) return;
        expect(by[winner]).toBeNull();
        expect(dominates(points[winner]!, points[i]!)).toBe(true);
      });
    }),
  );
});

test('the knee of a bent curve is its corner; a straight one has none', () => {
  expect(
    kneeOf([
      [0, 10],
      [1, 1],
      [10, 0],
    ]),
  ).toBe(1);
  // From the ends (0, 1) and (1, 0): 1 - 0.1 - 0.5 = 0.4 against 1 - 0.4 - 0.1 = 0.5.
  expect(
    kneeOf([
      [0, 10],
      [1, 5],
      [4, 1],
      [10, 0],
    ]),
  ).toBe(2);
  expect(
    kneeOf([
      [0, 2],
      [1, 1],
      [2, 0],
    ]),
  ).toBeNull();
  expect(kneeOf([[1, 1]])).toBeNull();
  expect(
    kneeOf([
      [1, 1],
      [1, 1],
    ]),
  ).toBeNull();
});
