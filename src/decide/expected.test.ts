import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chanceAbove, type Expected, normalBelow, reachOf, scaled } from './expected.ts';

const about = (value: number, down: number, up: number, least = 0): Expected => ({ value, down, up, least });

test.each([
  [0, 0.5],
  [1, 0.84134],
  [-1, 0.15866],
  [1.6449, 0.95],
  [3, 0.99865],
])('the normal distribution at %d, from its table', (z, share) => expect(normalBelow(z)).toBeCloseTo(share, 5));

test('a limit at the value is passed by half, at the ends of the interval by 95 and 5 of 100', () => {
  const end = about(100, 20, 50);
  expect(reachOf(end)).toEqual({ value: 100, low: 80, high: 150 });
  expect([100, 80, 150].map((limit) => Math.round(1000 * chanceAbove(end, limit)))).toEqual([500, 950, 50]);
  // One standard deviation above: 50 / 1.6449 = 30.4.
  expect(chanceAbove(end, 130.4)).toBeCloseTo(0.15866, 3);
});

test('what is there already is passed for sure, and no interval lies below it', () => {
  expect(chanceAbove(about(100, 20, 50, 90), 90)).toBe(1);
  expect(reachOf(about(100, 20, 50, 90)).low).toBe(90);
});

test('without spread it is passed or not', () => {
  expect([99, 101].map((limit) => chanceAbove(about(100, 0, 0), limit))).toEqual([1, 0]);
});

test('another unit changes no chance, and a higher limit is less often passed', () => {
  const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(amount, amount, amount, fc.tuple(amount, amount), (value, down, up, [a, b]) => {
      const end = about(value, down, up);
      expect(chanceAbove(scaled(end, 1024), a * 1024)).toBe(chanceAbove(end, a));
      expect(chanceAbove(end, Math.min(a, b))).toBeGreaterThanOrEqual(chanceAbove(end, Math.max(a, b)));
    }),
  );
});
