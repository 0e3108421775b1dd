// What would have been projected while past runs went on, against what they came to: errors, coverage, and how often limits
// were passed that were said to be with so much probability.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chanceAbove, reachOf } from '../../src/decide/expected.ts';
import { createProjector } from '../../src/decide/projection.ts';
import { KINDS, type LoggedRun, syntheticRun } from './synthetic-runs.ts';

/** Shares of the work at which it is looked. */
export const SHARES = [0.02, 0.05, 0.1, 0.25, 0.5] as const;
/** Limits as multiples of what was projected. */
const LIMITS = [0.9, 0.95, 1.02, 1.05, 1.1, 1.2, 1.4] as const;
/** Nobody can foresee it: told beside the others, and not counted among them. */
export const UNFORESEEN = 'a later stage';

export interface RecordedRun extends LoggedRun {
  /** The numbers of the projection were tuned on it: it counts for nothing. */
  readonly tuned: boolean;
}

/** One look at one run. */
export interface Looked {
  readonly kind: string;
  readonly share: number;
  /** Projected ÷ real − 1; null: nothing could be projected yet. */
  readonly error: number | null;
  readonly inside: boolean;
  /** Width of the interval ÷ what it came to. */
  readonly width: number;
  /** Limits with what was said of them and whether they were passed. */
  readonly limits: readonly { readonly chance: number; readonly passed: boolean }[];
}

/** Runs of test/fixtures/projection-runs.jsonl, one a line. */
export function recordedRuns(file = resolve(import.meta.dirname, '../fixtures/projection-runs.jsonl')): RecordedRun[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { kind, tuned, s, kj, end_s, end_kj, done = s.map((_, i) => i) } = JSON.parse(line) as Stored;
      const j = summed(kj).map((each) => each * 1000);
      return { ...{ kind, tuned, done, s: summed(s), j, total: done.at(-1)! }, end_s, end_j: end_kj * 1000 };
    });
}

/** Seconds and kJ between the points, which lie evenly over the work where `done` is not told; `kind` and `tuned` as in a run. */
interface Stored extends Pick<RecordedRun, 'kind' | 'tuned' | 'end_s'> {
  readonly s: readonly number[];
  readonly kj: readonly number[];
  readonly done?: readonly number[];
  readonly end_kj: number;
}

const summed = (steps: readonly number[]): number[] => {
  let sum = 0;
  return steps.map((step) => {
    sum += step;
    return sum;
  });
};

/** So many runs of each kind; seeds from `first` on. The numbers were tuned on 1 to 40. */
export const syntheticRuns = (first: number, each: number): LoggedRun[] =>
  Object.keys(KINDS).flatMap((kind) => Array.from({ length: each }, (_, i) => syntheticRun(kind, first + i)));

/** Looks at a run's energy after each share of its work. */
export function looksAt(run: LoggedRun, shares: readonly number[] = SHARES): Looked[] {
  const projector = createProjector();
  let next = 0;
  const looks: Looked[] = [];
  for (let i = 0; i < run.done.length && next < shares.length; i++) {
    const [at_ms, used_j, done] = [run.s[i]! * 1000, run.j[i]!, run.done[i]!];
    projector.add({ at_ms, done, energy_j: used_j });
    for (; next < shares.length && done >= shares[next]! * run.total; next++) {
      const end = projector.at({ at_ms, used_j, total: run.total })?.end_j ?? null;
      const { low, high } = end === null ? { low: 0, high: 0 } : reachOf(end);
      looks.push({
        ...{ kind: run.kind, share: shares[next]! },
        error: end === null ? null : end.value / run.end_j - 1,
        inside: end !== null && low <= run.end_j && run.end_j <= high,
        width: (high - low) / run.end_j,
        limits: (end === null ? [] : LIMITS).map((by) => ({
          chance: chanceAbove(end!, by * end!.value),
          passed: run.end_j >= by * end!.value,
        })),
      });
    }
  }
  return looks;
}

export interface Summary {
  readonly looks: number;
  /** Of the absolute errors; looks without a projection count as infinitely far off. */
  readonly median_error: number;
  /** Share of all looks whose interval held what came. */
  readonly coverage: number;
  readonly median_width: number;
}

export function summaryOf(looks: readonly Looked[]): Summary {
  return {
    looks: looks.length,
    median_error: middle(looks.map(({ error }) => (error === null ? Number.POSITIVE_INFINITY : Math.abs(error)))),
    coverage: looks.filter(({ inside }) => inside).length / looks.length,
    median_width: middle(looks.map(({ width }) => width)),
  };
}

/** By bins of what was said: how often it was so. */
export function calibration(looks: readonly Looked[], edges = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]) {
  const limits = looks.flatMap((look) => look.limits);
  return edges.slice(0, -1).map((from, i) => {
    const to = edges[i + 1]!;
    const these = limits.filter(({ chance }) => chance >= from && (chance < to || (to === 1 && chance === 1)));
    const mean = these.reduce((s, { chance }) => s + chance, 0) / these.length;
    return {
      ...{ from, to, many: these.length, said: mean },
      was: these.filter(({ passed }) => passed).length / these.length,
    };
  });
}

/** The upper one of two in the middle, which may be infinite. */
export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
