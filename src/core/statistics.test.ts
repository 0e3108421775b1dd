import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paired, repeatsNeeded, sampleOf, welch } from './statistics.ts';

// Student's own example (Biometrika 6, 1908, after Cushny and Peebles): hours of sleep gained by ten people with two drugs. What
// Welch's and the paired test make of it is in the manual of R (?t.test, data set sleep).
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

describe('the sleep data', () => {
  test('by Welch: t = -1.8608, df = 17.776, p = 0.07939, 95 % from -0.205 to 3.365', () => {
    const found = welch(FIRST, SECOND, 0.95)!;
    expect(found.value / found.standard_error).toBeCloseTo(1.8608, 4);
    expect(found.df).toBeCloseTo(17.776, 3);
    expect(found.p).toBeCloseTo(0.07939, 5);
    expect([found.low, found.high].map((x) => x.toFixed(6))).toEqual(['-0.205483', '3.365483']);
  });

  test('paired: t = -4.0621, df = 9, p = 0.002833, 95 % from 0.700 to 2.460', () => {
    const found = paired(FIRST, SECOND, 0.95)!;
    expect(found.value).toBeCloseTo(1.58, 12);
    expect(found.value / found.standard_error).toBeCloseTo(4.0621, 4);
    expect(found.df).toBe(9);
    expect(found.p).toBeCloseTo(0.002833, 6);
    expect([found.low, found.high].map((x) => x.toFixed(6))).toEqual(['0.700114', '2.459886']);
  });
});

const values = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 12 });

test('seen from the other side the difference is its mirror image', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [there, back] = [welch(a, b)!, welch(b, a)!];
      expect([back.low, back.high, back.p]).toEqual([-there.high, -there.low, there.p]);
    }),
  );
});

test('values that do not vary differ surely or not at all', () => {
  expect(welch([0.1, 0.1, 0.1], [0.1, 0.1])).toMatchObject({ value: 0, low: 0, high: 0, p: 1 });
  expect(welch([2, 2], [3, 3])).toMatchObject({ value: 1, low: 1, high: 1, p: 0 });
  expect(sampleOf([0.1, 0.1, 0.1])).toEqual({ n: 3, mean: 0.1, variance: 0 });
});

test('one value tells no spread', () => {
  expect([welch([1], [2, 3]), welch([1, 2], [3]), paired([1], [2])]).toEqual([null, null, null]);
  expect(() => paired([1, 2], [1])).toThrow(RangeError);
});

test('repeats as in the table of Cohen (Psychological Bulletin 112, 1992, table 2; power 0.8), but for one', () => {
  const table = { 0.99: [586, 95, 38], 0.95: [393, 64, 26], 0.9: [310, 50, 20] };
  for (const [level, row] of Object.entries(table)) {
    const own = [0.2, 0.5, 0.8].map(
      (difference) => repeatsNeeded({ difference, spread_a: 1, spread_b: 1, level: Number(level) })!,
    );
    for (const [i, n] of row.entries()) expect(Math.abs(own[i]! - n)).toBeLessThanOrEqual(1);
  }
});

test('repeats: two at least, more for less, none for nothing', () => {
  expect(repeatsNeeded({ difference: 100, spread_a: 1, spread_b: 1 })).toBe(2);
  expect(repeatsNeeded({ difference: -100, spread_a: 0, spread_b: 0 })).toBe(2);
  expect(repeatsNeeded({ difference: 0, spread_a: 1, spread_b: 1 })).toBeNull();
  expect(repeatsNeeded({ difference: 1e-6, spread_a: 1, spread_b: 1 })).toBeNull();
  const needed = [4, 2, 1, 0.5].map((difference) => repeatsNeeded({ difference, spread_a: 1, spread_b: 2 })!);
  expect(needed).toEqual([...needed].sort((x, y) => x - y));
});
