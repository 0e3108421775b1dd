// Quantiles of Student's t at 95 %: 6.3138 for 1 degree of freedom, 2.1318 for 4 (NIST/SEMATECH e-Handbook, table 1.3.6.7.2).

import { expect, test } from 'vitest';
import { DAY_MS, paceOf } from './pace.ts';

const exactly = (value: number) => ({ value, low: value, high: value });
const now_ms = 100 * DAY_MS;

test('the rest of the period is the mean of the days, off by their scatter and that of their mean', () => {
  // Mean 3, variance 2.5 of 1 … 5; ten days are left.
  const pace = paceOf({
    ...{ days: [1, 2, 3, 4, 5], spent: exactly(15), limit: 30, now_ms, to_ms: now_ms + 10 * DAY_MS },
  })!;
  expect(pace).toMatchObject({ per_day: 3, crosses_ms: now_ms + 5 * DAY_MS });
  const half = 2.1318 * Math.sqrt(2.5 * (10 + 100 / 5));
  expect(pace.end!.value).toBeCloseTo(45, 9);
  expect(pace.end!.low).toBeCloseTo(45 - half, 2);
  expect(pace.end!.high).toBeCloseTo(45 + half, 2);
});

test('days that are all alike leave only the interval of what is spent; less than that it is never', () => {
  const even = paceOf({
    ...{ days: [2, 2], spent: { value: 10, low: 9, high: 12 }, limit: 100, now_ms, to_ms: now_ms + DAY_MS },
  })!;
  expect(even).toEqual({ per_day: 2, end: { value: 12, low: 11, high: 14 }, crosses_ms: null });
  const wild = paceOf({ days: [0, 10], spent: exactly(10), limit: 100, now_ms, to_ms: now_ms + DAY_MS })!;
  expect(wild.end!.low).toBe(10);
  // Mean 5, variance 50, one day left.
  expect(wild.end!.high).toBeCloseTo(15 + 6.3138 * Math.sqrt(50 * 1.5), 2);
});

test('one day tells no scatter, nothing a day crosses nothing, and what is spent is crossed no more', () => {
  const rest = { spent: exactly(5), limit: 10, now_ms, to_ms: null };
  expect(paceOf({ ...rest, days: [5] })).toBeNull();
  expect(paceOf({ ...rest, days: [0, 0] })).toEqual({ per_day: 0, end: null, crosses_ms: null });
  expect(paceOf({ ...rest, days: [1, 1] })).toMatchObject({ end: null, crosses_ms: now_ms + 5 * DAY_MS });
  expect(paceOf({ ...rest, spent: exactly(10), days: [1, 1] })!.crosses_ms).toBeNull();
});
