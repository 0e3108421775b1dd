import { expect, test } from 'vitest';
import { tokenPace, tokensBetween, tokensBy } from './tokens-between.ts';
import type { Progress } from './work.ts';

const line = (at_ms: number, tokens: number | null): Progress => ({
  at_ms,
  step: null,
  epoch: null,
  tokens,
  told: 'helper',
});
const log = [line(1000, 100), line(2000, null), line(3000, 500)];
const started_ms = 500;

test.each([
  [null, 9000, 500],
  [null, 1000, 100],
  [null, 750, 50], // half of the way from the start to the first line
  [null, 2000, 300], // what lies between two lines is shared out evenly
  [2000, 3000, 200],
  [4000, 9000, 0],
  [0, 400, 0],
])('from %s to %d it did %d', (from_ms, to_ms, tokens) => {
  expect(tokensBetween(log, { from_ms, to_ms, started_ms })).toBe(tokens);
});

test('a log that tells no tokens tells none here', () => {
  expect(tokensBetween([line(1000, null)], { from_ms: null, to_ms: 9000, started_ms })).toBeNull();
});

test.each([
  [1000, 100],
  [1500, 200], // 100 in 500 ms from its start to the first line
  [9000, 200], // one further stretch at most
  [500, 100], // the clock was set back
])('while it goes on, %d ms after a first line of 100 tokens at 1000 are %d', (now_ms, tokens) =>
  expect(tokensBy(tokenPace(log.slice(0, 2), started_ms)!, now_ms)).toBe(tokens),
);

test('between two lines and the next tokens go on as between these two', () => {
  // 400 in 2000 ms, twice told.
  const pace = tokenPace([...log, line(3200, 500)], started_ms)!;
  expect([3200, 4300, 5400, 60_000].map((now_ms) => tokensBy(pace, now_ms))).toEqual([500, 700, 900, 900]);
  expect(tokenPace([line(1000, null)], started_ms)).toBeNull();
});
