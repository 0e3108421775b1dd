import { expect, test } from 'vitest';
import { parseTimestamp } from './timestamp.ts';

// 1 700 000 000 s is 14 November 2023; 2100 begins at 4 102 444 800 s.
test.each([
  ['seconds', '1700000000', 1_700_000_000_000],
  ['milliseconds', '1700000000000', 1_700_000_000_000],
  ['the last second before 2100', '4102444799', 4_102_444_799_000],
  ['2100', '4102444800', null],
  ['microseconds are not milliseconds of the year 55 840', '1700000000000000', null],
  ['nanoseconds', '1700000000000000000', null],
  ['a number beyond all', '9'.repeat(400), null],
])('%s', (_, text, wanted) => {
  expect(parseTimestamp(text)).toBe(wanted);
});
