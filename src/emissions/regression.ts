// Repeats of a baseline and of a candidate → whether the candidate needs more than is allowed: regression, ok, better, or
// cannot tell yet and how many more repeats it would take.
//
// Noise of energies is not normal: it has two humps or a long tail. So what is called real is decided by going through all
// ways to deal the values to the two groups, which holds for any noise; Student's interval only says what is not larger.

import { permutationTest } from '../core/resample.ts';
import { sampleOf, welch } from '../core/statistics.ts';
import { studentQuantile } from '../core/student.ts';

/**
 * Where models alone tell the energy they know no more than the time that processors worked: by so much it drifted on virtual
 * machines within minutes, which leaves false alarms below 1 in 100 in one of them left alone (bench/gate-noise.mjs).
 */
export const DRIFT_OF_MODELS = 0.5;

/** How often no change at all may be called one: half of 1 in 100, because repeats of one hour are not quite independent. */
export const ALARM_LEVEL = 0.005;

export type Verdict = 'regression' | 'ok' | 'better' | 'cannot-tell';

export interface Change {
  readonly verdict: Verdict;
  /** Geometric means; null of no values. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Relative increase with its 90 % interval: 0.05 is 5 % more; null bounds where a group has fewer than two values. */
  readonly increase: { readonly value: number; readonly low: number | null; readonly high: number | null } | null;
  /** How often values dealt by chance would differ as much on that side; null of no values. */
  readonly p: number | null;
  /** Further repeats of the candidate that would settle it, as far as can be told; 0 where it is settled; null: more than `MOST`, or none would. */
  readonly more_repeats: number | null;
  /** The same of the baseline, where more of the candidate alone would not do. */
  readonly more_baseline: number;
}

/** More repeats than that are not asked for. */
export const MOST = 200;

/**
 * `max_increase` is a share: 0.05. All values are above 0 and of one unit. Regression: more than allowed, and of all ways to
 * deal the values ≤ ALARM_LEVEL differ as much (R. A. Fisher, The Design of Experiments, 1935). Ok: the 90 % interval ends
 * below what is allowed, so that a larger increase is excluded at 95 %. `most_drift` is a share, too: by so much both groups
 * may differ because they were measured at different times, and no regression is told of less.
 */
export function changeOf(
  baseline: readonly number[],
  candidate: readonly number[],
  max_increase: number,
  { most_drift = 0 }: { readonly most_drift?: number } = {},
): Change {
  const [a, b] = [baseline, candidate].map((values) => values.map(Math.log)) as [number[], number[]];
  if (a.length === 0 || b.length === 0) return nothing(a, b);
  const limit = Math.log1p(max_increase);
  const found = welch(a, b);
  const value = sampleOf(b).mean - sampleOf(a).mean;
  const p = value === 0 ? 1 : permutationTest(a, b)!.p_one_sided;
  const real = p <= ALARM_LEVEL;
  const verdict: Verdict =
    real && value > Math.max(limit, Math.log1p(most_drift))
      ? 'regression'
      : real && value < 0
        ? 'better'
        : settled(found, limit)
          ? 'ok'
          : 'cannot-tell';
  // No repeats of other times settle what a drift may have done.
  const drifted = verdict === 'cannot-tell' && real && value > limit;
  const settles = { more_repeats: drifted ? null : 0, more_baseline: 0 };
  return {
    ...{ verdict, p, baseline: Math.exp(sampleOf(a).mean), candidate: Math.exp(sampleOf(b).mean) },
    increase: {
      value: Math.expm1(value),
      low: found === null ? null : Math.expm1(found.low),
      high: found === null ? null : Math.expm1(found.high),
    },
    ...(verdict === 'cannot-tell' && !drifted ? moreOf(a, b, { value, limit }) : settles),
  };
}

const nothing = (a: readonly number[], b: readonly number[]): Change => ({
  ...{ verdict: 'cannot-tell', p: null, increase: null },
  baseline: a.length === 0 ? null : Math.exp(sampleOf(a).mean),
  candidate: b.length === 0 ? null : Math.exp(sampleOf(b).mean),
  ...leastRepeats(a.length, b.length),
});

const settled = (found: ReturnType<typeof welch>, limit: number): boolean =>
  found !== null && found.high <= limit + 1e-12;

/**
 * The fewest repeats by which ALARM_LEVEL can be reached at all: one way of C(m + n, n) is the most extreme. A baseline of
 * fewer than four wants more of its own.
 */
export function leastRepeats(m: number, n: number): { more_repeats: number; more_baseline: number } {
  const of = Math.max(m, 4);
  let least = 1;
  while (1 / ways(of + least, least) > ALARM_LEVEL) least++;
  // Welch's interval takes two values.
  return { more_repeats: Math.max(0, Math.max(least, 2) - n), more_baseline: of - m };
}

/**
 * Repeats until the difference at hand would be told: from nothing where it is beyond the limit, from the limit where it is
 * below. With 80 % power and the spreads as they are; of the candidate alone where that can be enough, else of both.
 */
function moreOf(a: readonly number[], b: readonly number[], { value, limit }: { value: number; limit: number }) {
  const least = leastRepeats(a.length, b.length);
  const [from, to] = [sampleOf(a), sampleOf(b)];
  // One group's spread stands for both where the other has a single value.
  const variance = { a: from.variance ?? to.variance, b: to.variance ?? from.variance };
  if (variance.a === null || variance.b === null) return least;
  const beyond = value > limit;
  const difference = beyond ? value : limit - value;
  const level = beyond ? ALARM_LEVEL : 0.05;
  const enough = (m: number, n: number) => {
    const df = m + n - 2;
    const critical = studentQuantile(1 - level, df) + studentQuantile(0.8, df);
    return critical * Math.sqrt(variance.a! / m + variance.b! / n) <= difference;
  };
  const m = a.length + least.more_baseline;
  const start = Math.max(least.more_repeats, least.more_baseline > 0 ? 0 : 1);
  const alone = firstEnough(start, (more) => enough(m, b.length + more));
  if (alone !== null) return { more_repeats: alone, more_baseline: least.more_baseline };
  const both = firstEnough(Math.max(start, 1), (more) => enough(a.length + more, b.length + more));
  return { more_repeats: both, more_baseline: both ?? least.more_baseline };
}

/** The smallest number from start to MOST that is enough, where all larger ones are, too; null: none is. */
function firstEnough(start: number, enough: (more: number) => boolean): number | null {
  if (!enough(MOST)) return null;
  let [low, high] = [start - 1, MOST];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function ways(n: number, k: number): number {
  let out = 1;
  for (let i = 1; i <= k; i++) out = (out * (n - k + i)) / i;
  return out;
}
