// Runs of a hundred seconds with a step a second, as they are compared, and the comparison of groups of them.

import { expect } from 'vitest';
import type { StepRow } from '../../src/ledger/records.ts';
import type { ReportInput } from '../../src/report/build.ts';
import { buildComparison } from '../../src/report/compare.ts';
import type { CompareJson, ComparisonJson } from '../../src/report/compare-model.ts';
import { type CompareWishes, comparedRun } from '../../src/report/compare-run.ts';
import { stepOf } from '../../src/workload/step.ts';
import { inputOf, series, T0 } from './report-input.ts';

export const SECONDS = 100;
/** A step a second with so many tokens each, a loss that falls from 11 by 0.1 a step, and it_j from full-rate readings. */
const stepsOf = (tokens: number, it_j: (step: number) => number | null = () => null): StepRow[] =>
  Array.from({ length: SECONDS }, (_, i) => ({
    ...stepOf(T0 + (i + 1) * 1000, {
      step: i + 1,
      tokens: (i + 1) * tokens,
      tokens_are: 'cumulative',
      loss: 11 - (i + 1) / 10,
    }),
    it_j: it_j(i + 1),
  }));
export const grid = (g: number) => [series([g], 3_600_000)];

export interface Shape {
  readonly w?: number | ((second: number) => number);
  readonly g?: number;
  readonly tokens?: number;
  readonly change?: (input: ReportInput) => ReportInput;
}
let count = 0;
export function run({ w = 100, g = 300, tokens = 10, change = (input) => input }: Shape): ReportInput {
  const power = Array.from({ length: SECONDS }, (_, i) => (typeof w === 'number' ? w : w(i)));
  const made = inputOf([power], stepsOf(tokens), grid(g));
  return change({ ...made, run: { ...made.run, id: `run-${count++}` } });
}
export const NONE: CompareWishes = { target: null, quality: null };
export function compared(groups: Readonly<Record<string, readonly ReportInput[]>>, wishes = NONE): CompareJson {
  const sides = Object.entries(groups).map(([label, runs]) => ({
    label,
    runs: runs.map((one) => comparedRun(one, wishes)),
  }));
  return buildComparison(sides, { ...wishes, warnings: [] });
}
export const one = (a: ReportInput, b: ReportInput, wishes = NONE): ComparisonJson =>
  compared({ a: [a], b: [b] }, wishes).comparisons[0]!;
export const near = (n: number) => expect.closeTo(n, 9);
