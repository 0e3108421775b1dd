// The projection against what came, on runs that its numbers were not tuned on. More runs, kinds and grids: bench/projection.mjs.

import { expect, test } from 'vitest';
import {
  calibration,
  looksAt,
  recordedRuns,
  summaryOf,
  syntheticRuns,
  UNFORESEEN,
} from '../../test/helpers/projection-backtest.ts';

const recorded = recordedRuns()
  .filter(({ tuned }) => !tuned)
  .map((run) => looksAt(run, [0.1]));
const made = syntheticRuns(2001, 25)
  .filter(({ kind }) => kind !== UNFORESEEN)
  .map((run) => looksAt(run, [0.1]));

test('at a tenth of the work half of all runs end within 5 % of what was projected, and 85 to 95 of 100 in the interval', () => {
  const all = summaryOf([...recorded, ...made].flat());
  expect(all.looks).toBeGreaterThan(300);
  expect(all.median_error).toBeLessThan(0.05);
  expect(all.coverage).toBeGreaterThan(0.85);
  expect(all.coverage).toBeLessThan(0.95);
});

test('so do recorded runs by themselves', () => {
  const { median_error, coverage } = summaryOf(recorded.flat());
  expect(median_error).toBeLessThan(0.05);
  expect(coverage).toBeGreaterThan(0.85);
});

test('of limits that were said to be passed with so much probability about as many are', () => {
  for (const { said, was, many } of calibration([...recorded, ...made].flat(), [0, 0.1, 0.3, 0.5, 0.9, 1])) {
    expect(many).toBeGreaterThan(20);
    expect(Math.abs(was - said)).toBeLessThan(0.12);
  }
});
