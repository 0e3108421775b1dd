// Values of repeats → the difference of two means with its interval, and how many repeats it would take to tell one.
//
// Few values tell little of their own spread, so intervals are Student's: of two values they reach six times as far as
// their standard error. The spreads of two groups are never taken to be equal (Welch).

import { studentCdf, studentQuantile } from './student.ts';

/** The level of all intervals here: from the 5th to the 95th percentile. */
export const LEVEL = 0.9;

export interface Sample {
  readonly n: number;
  readonly mean: number;
  /** Of one value, with n - 1; null of fewer than two values. */
  readonly variance: number | null;
}

/** A difference of means, b - a, with its interval. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly standard_error: number;
  readonly df: number;
  /** Two-sided: how often no difference at all would look as large as this. */
  readonly p: number;
}

/** Count, mean and variance with n − 1; the variance is null of fewer than two values. */
export function sampleOf(values: readonly number[]): Sample {
  const n = values.length;
  const mean = values.reduce((s, x) => s + x, 0) / n;
  // Of equal values the mean may be off in its last digit, and they would seem to differ.
  const alike = values.every((x) => x === values[0]);
  const variance = n < 2 ? null : alike ? 0 : values.reduce((s, x) => s + (x - mean) ** 2, 0) / (n - 1);
  return { n, mean: alike && n > 0 ? values[0]! : mean, variance };
}

/**
 * Mean of b less mean of a, by Welch's t with Satterthwaite's degrees of freedom (B. L. Welch, Biometrika 34, 1947; F. E.
 * Satterthwaite, Biometrics Bulletin 2, 1946). Null where either has fewer than two values.
 */
export function welch(a: readonly number[], b: readonly number[], level = LEVEL): Difference | null {
  const [from, to] = [sampleOf(a), sampleOf(b)];
  if (from.variance === null || to.variance === null) return null;
  const [va, vb] = [from.variance / from.n, to.variance / to.n];
  const df = (va + vb) ** 2 / (va ** 2 / (from.n - 1) + vb ** 2 / (to.n - 1));
  // Values that do not vary at all have no degrees of freedom to work out.
  const told = { value: to.mean - from.mean, df: va + vb > 0 ? df : from.n + to.n - 2 };
  return differenceOf(told, Math.sqrt(va + vb), level);
}

/** Mean of b[i] - a[i], by Student's t. Null for fewer than two pairs. Throws RangeError where lengths differ. */
export function paired(a: readonly number[], b: readonly number[], level = LEVEL): Difference | null {
  if (a.length !== b.length) throw new RangeError(`${a.length} values cannot be paired with ${b.length}`);
  const { n, mean, variance } = sampleOf(b.map((x, i) => x - a[i]!));
  return variance === null ? null : differenceOf({ value: mean, df: n - 1 }, Math.sqrt(variance / n), level);
}

function differenceOf({ value, df }: Pick<Difference, 'value' | 'df'>, error: number, level: number): Difference {
  const reach = error === 0 ? 0 : studentQuantile((1 + level) / 2, df) * error;
  const p = error === 0 ? (value === 0 ? 1 : 0) : 2 * studentCdf(-Math.abs(value) / error, df);
  return { value, low: value - reach, high: value + reach, standard_error: error, df, p };
}

export interface Wanted {
  /** How large a difference should be told, in the unit of the values. */
  readonly difference: number;
  /** Standard deviation of one value in either group. */
  readonly spread_a: number;
  readonly spread_b: number;
  /** How often it should be told, 0..1; 0.8 by default. */
  readonly power?: number;
  readonly level?: number;
}

/**
 * How many repeats each of two groups needs, 2 at least: the smallest n with (t(level) + t(power)) · √((sa² + sb²)/n) ≤
 * difference (J. Cohen, Statistical Power Analysis, 1988, §2; exact powers differ by one repeat at most), of as many degrees of
 * freedom as Welch's t will have then: 2n - 2 for equal spreads, n - 1 where one side alone varies. Null where the difference
 * is 0, or more than `most` would be needed.
 */
export function repeatsNeeded(wanted: Wanted, most = 10_000): number | null {
  const { difference, spread_a, spread_b, power = 0.8, level = LEVEL } = wanted;
  const size = Math.abs(difference);
  if (!(size > 0)) return null;
  const [va, vb] = [spread_a ** 2, spread_b ** 2];
  const share = va + vb > 0 ? (va + vb) ** 2 / (va ** 2 + vb ** 2) : 2;
  const enough = (n: number) => {
    const df = share * (n - 1);
    const critical = studentQuantile((1 + level) / 2, df) + studentQuantile(power, df);
    return critical * Math.sqrt((spread_a ** 2 + spread_b ** 2) / n) <= size;
  };
  if (!enough(most)) return null;
  let [low, high] = [1, 2];
  while (!enough(high)) [low, high] = [high, Math.min(high * 2, most)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
