import { expect, test } from 'vitest';
import { foresee } from '../decide/foresight.ts';
import { NOTHING } from '../decide/spent.ts';
import type { StepRow } from '../ledger/records.ts';
import { stepOf } from '../workload/step.ts';
import { createJobAhead, type Goal } from './job-ahead.ts';

/** Every 10 s a line of 5 steps, 50 J a step, 1000 tokens and a hundredth of an epoch a step. */
const rows: StepRow[] = [1, 2, 3, 4, 5, 6].map((n) => ({
  ...stepOf(n * 10_000, { step: 5 * n, tokens: 5000 * n, tokens_are: 'cumulative', epoch: 0.05 * n }),
  it_j: 250 * n,
}));
const end = (goal: Goal, total: number | null = null) => {
  const now = { now_ms: 60_000, began_ms: 0, used_j: 1500 };
  const at = createJobAhead({}, goal).at({ rows, total }, now);
  return at === null ? null : [at.left_s.value, at.end_j!.value].map(Math.round);
};

test('30 of 90 steps are done: 60 more take 120 s and 3000 J, whoever says that there are 90', () => {
  expect(end({}, 90)).toEqual([120, 4500]);
  expect(end({ steps: 90 })).toEqual([120, 4500]);
  expect(end({ tokens: 90_000 })).toEqual([120, 4500]);
  expect(end({ epochs: 0.9 })).toEqual([120, 4500]);
});

test('what is said counts before what the log tells', () => expect(end({ steps: 60 }, 90)).toEqual([60, 3000]));

test('nobody says how much there is', () => expect(end({})).toBeNull());

test('a time: 25 W until 100 s have passed, or until the steps are done', () => {
  const until = (goal: Goal, total: number | null) => {
    const ahead = createJobAhead({}, goal);
    for (let s = 1; s < 60; s++) ahead.at({ rows: [], total }, { now_ms: s * 1000, began_ms: 0, used_j: 25 * s });
    const { left_s, end_j } = ahead.at({ rows, total }, { now_ms: 60_000, began_ms: 0, used_j: 1500 })!;
    return [left_s.value, end_j!.value].map(Math.round);
  };
  expect(until({ seconds: 100 }, null)).toEqual([40, 2500]);
  expect(until({ seconds: 100 }, 90)).toEqual([40, 2500]);
  expect(until({ seconds: 1000 }, 90)).toEqual([120, 4500]);
});

test('a time, half an hour of it held at 5 W: the rest draws the 25 W of work again, and ends when it was to end', () => {
  const ahead = createJobAhead({}, { seconds: 7200 });
  let used_j = 0;
  let end: ReturnType<typeof ahead.at> = null;
  for (let s = 1; s <= 3600; s++) {
    const held = s > 1000 && s <= 2800;
    used_j += held ? 5 : 25;
    end = ahead.at({ rows: [], total: null }, { now_ms: s * 1000, began_ms: 0, used_j });
    if (held) ahead.paused({ s: 1, energy_j: 5 });
  }
  expect(end!.left_s.value).toBeCloseTo(3600, 6);
  expect(end!.end_j!.value).toBeCloseTo(1800 * 5 + 5400 * 25, 6);
});

test('a time of ten hours: its first ten seconds say nothing yet, however many looks there were', () => {
  const ahead = createJobAhead({}, { seconds: 36_000 });
  let at: ReturnType<typeof ahead.at> = null;
  for (let s = 1; s <= 10; s++)
    at = ahead.at({ rows: [], total: null }, { now_ms: s * 1000, began_ms: 0, used_j: 100 * s });
  expect(at).toBeNull();
});

test('a job that is resumed half way keeps its energy for each token: what was done before is no part of its own tokens', () => {
  // From step 500 of 1000 on, 100 J and 1000 tokens a step: 0.1 J/token from beginning to end.
  const resumed: StepRow[] = Array.from({ length: 101 }, (_, i) => ({
    ...stepOf(i * 1000, { step: 500 + i, tokens: 500_000 + 1000 * i, tokens_are: 'cumulative' }),
    it_j: 100 * i,
  }));
  const ahead = createJobAhead({}).at({ rows: resumed, total: 1000 }, { now_ms: 100_000, began_ms: 0, used_j: 10_000 });
  const standing = { now_ms: 100_000, own: 10_000, tokens: 100_000, others: NOTHING, until_ms: null, grid: null };
  const { end, overrun } = foresee({ measure: 'j_per_token', value: 0.2 }, ahead, standing);
  expect(end!.value).toBeCloseTo(0.1, 6);
  expect(overrun).toBeLessThan(0.01);
});

test('a job that stood for 100 s and drew 1000 J after its third line goes on as it did, whoever sees it late', () => {
  const late = rows.map((row, i) => (i < 3 ? row : { ...row, at_ms: row.at_ms + 100_000, it_j: row.it_j! + 1000 }));
  const held = (at_ms: number) => (at_ms <= 30_000 ? { s: 0, energy_j: 0 } : { s: 100, energy_j: 1000 });
  const ahead = createJobAhead({});
  const now = { now_ms: 160_000, began_ms: 0, used_j: 2500 };
  for (let look = 0; look < 3; look++) {
    const { left_s, end_j } = ahead.at({ rows: late, total: 90, held }, now)!;
    expect([left_s.value, end_j!.value].map(Math.round)).toEqual([120, 5500]);
  }
});
