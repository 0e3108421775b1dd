// Values of the repeats of one commit → on which side of a threshold it is, or that they do not tell (pure).
//
// What all commits share, such as a sensor's gain, moves them and the threshold alike: the spread of repeats is what counts.

import { LEVEL, sampleOf } from '../core/statistics.ts';
import { studentQuantile } from '../core/student.ts';

export interface Side {
  readonly side: 'good' | 'bad' | 'cannot-tell';
  readonly mean: number;
  /** Student's 90 % interval of the mean; of one value that value. */
  readonly low: number;
  readonly high: number;
  /** So many repeats would tell it, were they spread as these; null where it is told, or where 1,000 would not. */
  readonly repeats: number | null;
}

/** Good: the whole interval is at the threshold or below it. Bad: all of it is above. `values` is not empty. */
export function sideOf(values: readonly number[], threshold: number): Side {
  const { n, mean, variance } = sampleOf(values);
  const reach = variance === null || variance === 0 ? 0 : reachOf(variance, n);
  const [low, high] = [mean - reach, mean + reach];
  const told = { mean, low, high };
  if (high <= threshold) return { ...told, side: 'good', repeats: null };
  if (low > threshold) return { ...told, side: 'bad', repeats: null };
  return { ...told, side: 'cannot-tell', repeats: enough(variance!, Math.abs(mean - threshold), n) };
}

/** Half width of Student's interval of a mean. */
const reachOf = (variance: number, n: number): number =>
  studentQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(variance / n);

function enough(variance: number, apart: number, n: number): number | null {
  for (let more = n + 1; more <= 1000; more++) if (reachOf(variance, more) < apart) return more;
  return null;
}
