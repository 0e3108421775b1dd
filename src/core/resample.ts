// Statistics by drawing from the values themselves: bootstrap intervals and permutation tests, the same for the same seed.
//
// Where all arrangements can be gone through they are, and nothing is drawn.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { LEVEL } from './statistics.ts';

/** Uniform in [0, 1), the same for the same whole seed. */
export function randomFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

export interface Drawing {
  readonly seed?: number;
  readonly draws?: number;
}

type Statistic = (...samples: readonly (readonly number[])[]) => number;

/**
 * Interval of a statistic of one or more samples, each drawn anew from itself: percentiles (B. Efron, Annals of Statistics 7,
 * 1979). Too narrow for fewer than about ten values. Null where a sample has fewer than two.
 */
export function bootstrap(
  samples: readonly (readonly number[])[],
  statistic: Statistic,
  { seed = 1, draws = 2000, level = LEVEL }: Drawing & { readonly level?: number } = {},
): { value: number; low: number; high: number; standard_error: number } | null {
  if (samples.some((sample) => sample.length < 2)) return null;
  const random = randomFrom(seed);
  const again = (sample: readonly number[]) => sample.map(() => sample[Math.floor(random() * sample.length)]!);
  const found = Array.from({ length: draws }, () => statistic(...samples.map(again))).sort((x, y) => x - y);
  const mean = found.reduce((s, x) => s + x, 0) / draws;
  const variance = found.reduce((s, x) => s + (x - mean) ** 2, 0) / (draws - 1);
  return {
    ...{ value: statistic(...samples), standard_error: Math.sqrt(variance) },
    ...{ low: percentile(found, (1 - level) / 2), high: percentile(found, (1 + level) / 2) },
  };
}

/** Of sorted values, between its neighbours (type 7 of Hyndman and Fan, The American Statistician 50, 1996). */
export function percentile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (at - below) * (next - sorted[below]!);
}

export interface Permuted {
  /** Share of all arrangements whose difference of means is at least as large as the one seen, on either side. */
  readonly p: number;
  /** The same of those at least as large on the side that was seen. */
  readonly p_one_sided: number;
  readonly exact: boolean;
}

/** So many arrangements are gone through one by one. */
const MOST_ARRANGEMENTS = 50_000;

/**
 * Whether the values might as well be of the other group (R. A. Fisher, The Design of Experiments, 1935). Drawn arrangements count
 * the one seen too, so p is never 0 (B. Phipson and G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010). Null for an empty group.
 */
export function permutationTest(
  a: readonly number[],
  b: readonly number[],
  { seed = 1, draws = 10_000 }: Drawing = {},
): Permuted | null {
  if (a.length === 0 || b.length === 0) return null;
  const all = [...a, ...b];
  const sum = all.reduce((s, x) => s + x, 0);
  const seen = b.reduce((s, x) => s + x, 0);
  // The sum of the second group tells the difference of means; what is expected of it is its share of all.
  const tally = createTally(seen - (sum * b.length) / all.length, scaleOf(all));
  const off = (chosen: number) => tally.add(chosen - (sum * b.length) / all.length);
  if (choose(all.length, b.length) <= MOST_ARRANGEMENTS) {
    choices(all, b.length, off);
    return tally.result(true);
  }
  const random = randomFrom(seed);
  tally.add(tally.seen);
  for (let draw = 0; draw < draws; draw++) {
    const pool = [...all];
    let chosen = 0;
    for (let i = 0; i < b.length; i++) {
      const at = i + Math.floor(random() * (pool.length - i));
      chosen += pool[at]!;
      pool[at] = pool[i]!;
    }
    off(chosen);
  }
  return tally.result(false);
}

/** Whether the differences of pairs might as well have the other sign. Null for no pairs. As permutationTest. */
export function signTest(differences: readonly number[], { seed = 1, draws = 10_000 }: Drawing = {}): Permuted | null {
  const n = differences.length;
  if (n === 0) return null;
  const tally = createTally(
    differences.reduce((s, x) => s + x, 0),
    scaleOf(differences),
  );
  if (2 ** n <= MOST_ARRANGEMENTS) {
    for (let signs = 0; signs < 2 ** n; signs++)
      tally.add(differences.reduce((s, x, i) => s + ((signs >> i) & 1 ? -x : x), 0));
    return tally.result(true);
  }
  const random = randomFrom(seed);
  tally.add(tally.seen);
  for (let draw = 0; draw < draws; draw++) tally.add(differences.reduce((s, x) => s + (random() < 0.5 ? -x : x), 0));
  return tally.result(false);
}

/** Counts arrangements as far off as the one seen; what differs by rounding alone is as far off. */
function createTally(seen: number, scale: number) {
  const nearly = 1e-12 * scale;
  let [count, both, one] = [0, 0, 0];
  return {
    seen,
    add(off: number): void {
      count++;
      if (Math.abs(off) >= Math.abs(seen) - nearly) both++;
      if ((seen < 0 ? -off : off) >= Math.abs(seen) - nearly) one++;
    },
    result: (exact: boolean): Permuted => ({ p: both / count, p_one_sided: one / count, exact }),
  };
}

const scaleOf = (values: readonly number[]): number => values.reduce((s, x) => s + Math.abs(x), 0);

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n - i + 1)) / i;
  return Math.round(ways);
}

/** The sum of each choice of k values. */
function choices(values: readonly number[], k: number, tell: (sum: number) => void): void {
  const from = (start: number, left: number, sum: number): void => {
    if (left === 0) tell(sum);
    else for (let i = start; i <= values.length - left; i++) from(i + 1, left - 1, sum + values[i]!);
  };
  from(0, k, 0);
}
