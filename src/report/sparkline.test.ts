import { expect, test } from 'vitest';
import { sparkline } from './sparkline.ts';

test('eight bars from the lowest to the highest of all groups', () => {
  expect(sparkline([[0, 1, 2, 3, 4, 5, 6, 7, 8]])).toBe('▁▂▃▄▅▆▇██');
  expect(sparkline([[0, 4], [8]])).toBe('▁▅ │ █');
});

test('values that are all alike lie in the middle', () => {
  expect(sparkline([[5, 5], [5]])).toBe('▄▄ │ ▄');
});
