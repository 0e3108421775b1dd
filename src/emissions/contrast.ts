// Two things with one figure each, or with one for each of their repeats → how they differ, how sure that is, and a verdict.
//
// What both share cancels (core/figure.ts). What is left has two parts: causes that several runs share, which no repeat
// shows, and what differs from run to run. The latter is seen in the repeats, and by Student's t so much the wider the fewer
// there are; what a run's own readings leave open is in there already, so the larger of the two counts, never both.

import { type Figure, isKnown, type Known, over, plus, scaled, total, unknown } from '../core/figure.ts';
import { LEVEL, repeatsNeeded, sampleOf, welch } from '../core/statistics.ts';
import { studentQuantile } from '../core/student.ts';

export type Verdict = 'better' | 'worse' | 'same' | 'cannot-tell';

/** A number with its 90 % interval, which may lie on both sides of 0. */
export interface Signed {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
export type Maybe = Signed | { readonly value: null; readonly why: string };

export interface Contrast {
  /** Means over the repeats. */
  readonly a: Figure;
  readonly b: Figure;
  /** b - a, in the figure's unit. */
  readonly difference: Maybe;
  /** b ÷ a. */
  readonly ratio: Maybe;
  /** Null where either is unknown. */
  readonly verdict: Verdict | null;
  /** Whether the spread of repeats is in the intervals: of both sides, of one taken for both, or of none. */
  readonly spread: 'both' | 'one' | 'none';
  /** Half widths of the logarithm of the ratio: what runs share, and what differs from run to run. */
  readonly shared: number | null;
  readonly own: number | null;
  readonly repeats: Repeats;
}

/** So many of each would settle it; null where it is settled, or where that cannot be said, with the reason. */
export type Repeats = { readonly each: number; readonly why: null } | { readonly each: null; readonly why: string };

/** Of one run each a difference is what these two used: whether it holds for the next nobody has seen. */
const settled = (spread: Contrast['spread']): Repeats => ({
  each: null,
  why: spread === 'none' ? 'it is settled of these runs; 3 of each would tell whether it holds' : 'it is settled',
});

/** `better` says whether less or more of the figure is wanted. Ids of causes must tell apart what runs do not share; see ownCause. */
export function contrastOf(a: readonly Figure[], b: readonly Figure[], better: 'lower' | 'higher' = 'lower'): Contrast {
  const [from, to] = [meanOf(a), meanOf(b)];
  const spread = a.length > 1 && b.length > 1 ? 'both' : a.length > 1 || b.length > 1 ? 'one' : 'none';
  if (!isKnown(from) || !isKnown(to)) {
    const { why } = (isKnown(from) ? to : from) as { why: string };
    const none = { value: null, why };
    const nothing = { verdict: null, spread, shared: null, own: null, repeats: { each: null, why } } as const;
    return { a: from, b: to, difference: none, ratio: none, ...nothing };
  }
  const known = { a: a as readonly Known[], b: b as readonly Known[] };
  const apart = plus(to, scaled(from, -1));
  const difference = combined(partsOf(apart), reachOf(known.a, known.b));
  const quotient = over(to, from);
  const told = { a: from, b: to, spread, difference: around(apart.value, difference) } as const;
  if (!isKnown(quotient) || quotient.value <= 0) {
    const why = isKnown(quotient) ? 'one of the two is nothing' : quotient.why;
    const verdict = verdictOf(told.difference, 0, better);
    const none = {
      shared: null,
      own: null,
      repeats: verdict === 'cannot-tell' ? { each: null, why } : settled(spread),
    };
    return { ...told, ratio: { value: null, why }, verdict, ...none };
  }
  const relative = (side: readonly Known[], { value }: Known) => side.map((one) => scaled(one, 1 / value));
  const parts = partsOf(quotient, quotient.value);
  const reach = combined(parts, reachOf(relative(known.a, from), relative(known.b, to)));
  const ratio = {
    value: quotient.value,
    low: quotient.value * Math.exp(-reach.down),
    high: quotient.value * Math.exp(reach.up),
  };
  const verdict = verdictOf(ratio, 1, better);
  const shared = (parts.shared.down + parts.shared.up) / 2;
  const half = (reach.down + reach.up) / 2;
  const own = Math.sqrt(Math.max(0, half ** 2 - shared ** 2));
  const repeats =
    verdict === 'cannot-tell' ? repeatsOf(Math.abs(Math.log(ratio.value)), shared, spreadsOf(known)) : settled(spread);
  return { ...told, ratio, verdict, shared, own, repeats };
}

/** The mean of runs; as totalOf. */
export function meanOf(figures: readonly Figure[]): Figure {
  if (figures.length === 0) return unknown('there are no runs');
  const all = totalOf(figures);
  return figures.length === 1 || !isKnown(all) ? all : scaled(all, 1 / figures.length);
}

/** Of runs together: unknown where it is of any; causes that runs share add up, others average out. */
export function totalOf(figures: readonly Figure[]): Figure {
  const dark = figures.filter((figure) => !isKnown(figure));
  const [first] = dark;
  if (first === undefined || isKnown(first)) return figures.length === 1 ? figures[0]! : total(figures.filter(isKnown));
  return figures.length === 1 ? first : unknown(`not known of ${dark.length} of ${figures.length}: ${first.why}`);
}

/** Whether some of the runs tell what meanOf does not. */
export function isOfSome(mean: { readonly value: number | null; readonly why?: string }): boolean {
  const [, dark, all] = /^not known of (\d+) of (\d+): /.exec(mean.why ?? '') ?? [];
  return mean.value === null && dark !== all;
}

const OWN = 'own:';

/** The id of a cause that is one run's alone and moves its value: repeats show it by differing. */
export const ownCause = (cause: string, run: string): string => `${OWN}${run}:${cause}`;

interface Side {
  readonly down: number;
  readonly up: number;
}
interface Parts {
  readonly shared: Side;
  readonly own: Side;
}

/** How far causes reach; with `of`, as logarithms of a ratio. */
function partsOf({ terms }: Known, of?: number): Parts {
  const size = (reach: number) =>
    of === undefined ? Math.abs(reach) : Math.abs(Math.log1p(Math.max(reach / of, -1 + 1e-12)));
  const squares = { shared: { down: 0, up: 0 }, own: { down: 0, up: 0 } };
  for (const [cause, { down, up }] of terms) {
    const into = cause.startsWith(OWN) ? squares.own : squares.shared;
    into.down += size(Math.min(down, up, 0)) ** 2;
    into.up += size(Math.max(down, up, 0)) ** 2;
  }
  const roots = ({ down, up }: Side) => ({ down: Math.sqrt(down), up: Math.sqrt(up) });
  return { shared: roots(squares.shared), own: roots(squares.own) };
}

/** Half width of the interval of the difference of two means, from what the repeats differ by; 0 where there are none. */
function reachOf(a: readonly Known[], b: readonly Known[]): number {
  const [from, to] = [a, b].map((side) => side.map(({ value }) => value)) as [number[], number[]];
  const both = welch(from, to);
  if (both !== null) return both.high - both.value;
  // Of one run alone nothing tells its spread: that of the other side stands in for it.
  const { n, variance } = sampleOf(from.length > 1 ? from : to);
  if (variance === null || variance === 0) return 0;
  return studentQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(variance * (1 / from.length + 1 / to.length));
}

const combined = ({ shared, own }: Parts, repeats: number): Side => ({
  down: Math.hypot(shared.down, Math.max(own.down, repeats)),
  up: Math.hypot(shared.up, Math.max(own.up, repeats)),
});

const around = (value: number, { down, up }: Side): Signed => ({ value, low: value - down, high: value + up });

/** What is nearer than this, relatively, differs by rounding alone. */
const ROUNDING = 1e-9;

/** Of a span around `none`: 0 of a difference, 1 of a ratio. */
export function verdictOf({ value, low, high }: Signed, none: 0 | 1, better: 'lower' | 'higher' = 'lower'): Verdict {
  if ([value, low, high].every((end) => Math.abs(end - none) <= ROUNDING * none)) return 'same';
  if (low <= none && high >= none) return 'cannot-tell';
  return value < none === (better === 'lower') ? 'better' : 'worse';
}

/** Standard deviations of a normal distribution that its 95th percentile lies off. */
const TO_95 = 1.6449;

/**
 * Relative standard deviations of one run of either side, never less than its own readings leave open; of a side with one run,
 * that of the other. Null of none.
 */
function spreadsOf({ a, b }: { readonly a: readonly Known[]; readonly b: readonly Known[] }) {
  const [from, to] = [a, b].map((side) => {
    const { mean, variance } = sampleOf(side.map(({ value }) => value));
    if (variance === null || mean === 0) return null;
    const readings = side.map((figure) => partsOf(figure).own).map(({ down, up }) => (down + up) / 2 / TO_95);
    return Math.sqrt(Math.max(variance, meanOfSquares(readings))) / mean;
  });
  const [spread_a, spread_b] = [from ?? to ?? null, to ?? from ?? null];
  return spread_a === null || spread_b === null ? null : { spread_a, spread_b };
}

const meanOfSquares = (values: readonly number[]): number => values.reduce((s, x) => s + x * x, 0) / values.length;

/** `size` and `shared` are of the logarithm of the ratio. */
function repeatsOf(size: number, shared: number, spreads: { spread_a: number; spread_b: number } | null): Repeats {
  const cannot = (why: string): Repeats => ({ each: null, why });
  if (shared > 0 && shared >= size)
    return cannot(
      'what its meters and factors do not share leaves more open than the difference: no repeats settle that, the same devices and grid hours for both may',
    );
  if (spreads === null) return cannot('one run each does not tell how far repeats differ: 3 of each would');
  const each = repeatsNeeded({ difference: Math.sqrt(size ** 2 - shared ** 2), ...spreads });
  return each === null ? cannot('the difference is too small to be told by 10,000 repeats') : { each, why: null };
}
