import { expect, test } from 'vitest';
import { sideOf } from './side.ts';

// t(0.95, 2) = 2.920 (any table of Student's t), so the interval of 9, 10, 11 is 10 ± 2.920 · 1/√3 = 10 ± 1.686.
test.each([
  [11.7, 'good'],
  [11.6, 'cannot-tell'],
  [8.4, 'cannot-tell'],
  [8.3, 'bad'],
] as const)('9, 10 and 11 against %s: %s', (threshold, side) => {
  const told = sideOf([9, 10, 11], threshold);
  expect(told).toMatchObject({ side, mean: 10, low: expect.closeTo(8.314, 3), high: expect.closeTo(11.686, 3) });
});

// Of variance 1 the mean of n is 1.6 above: t(0.95, 3)/√4 = 2.353/2 = 1.18 < 1.6.
test('how many repeats would tell it', () => {
  expect(sideOf([9, 10, 11], 8.4).repeats).toBe(4);
  expect(sideOf([9, 10, 11], 10).repeats).toBeNull();
  expect(sideOf([9, 10, 11], 8).repeats).toBeNull();
});

test('one value, and values that are all alike, are what they are', () => {
  expect(sideOf([10], 10)).toEqual({ side: 'good', mean: 10, low: 10, high: 10, repeats: null });
  expect(sideOf([10, 10, 10], 9.999)).toMatchObject({ side: 'bad', low: 10, high: 10 });
});
