// The account of a model over its runs (pure): sums with what is missing in them, which runs made it, and when serving it has
// emitted more than making it.
//
// Errors of one cause add linearly over runs (core/figure.ts): ten runs by one sensor on one grid are no surer than one. What is
// not known of one run makes the sum unknown; the sum of what is known stands beside it, and is at least so much.

import { exactly, type Figure, isKnown, type Known, over, plus, scaled, total, unknown } from '../core/figure.ts';

const DAY_MS = 86_400_000;

/** Lines of a run's account: J, and gCO2e. */
export const LINES = ['it_j', 'operational_g', 'embodied_g', 'total_g'] as const;
export type Line = (typeof LINES)[number];

export interface LifeRun {
  readonly id: string;
  readonly stage: string | null;
  readonly started_at_ms: number;
  readonly lines: Readonly<Record<Line, Figure>>;
}

export interface Sum {
  /** Unknown where that of any run is. */
  readonly figure: Figure;
  /** Of the runs of which it is known; null where it is of none. */
  readonly known: Known | null;
  readonly missing: readonly { readonly run: string; readonly why: string }[];
}

/** A line over runs; exactly 0 for none. */
export function sumOf<L extends string>(
  runs: readonly { readonly id: string; readonly lines: Readonly<Record<L, Figure>> }[],
  line: L,
): Sum {
  const known = runs.flatMap(({ lines }) => (isKnown(lines[line]) ? [lines[line]] : []));
  const missing = runs.flatMap(({ id, lines: { [line]: one } }) => (isKnown(one) ? [] : [{ run: id, why: one.why }]));
  const all = total(known);
  const [first] = missing;
  if (first === undefined) return { figure: all, known: all, missing };
  const why = `not known of ${missing.length} of ${runs.length} run${runs.length === 1 ? '' : 's'}: ${first.why}`;
  return { figure: unknown(why), known: known.length === 0 ? null : all, missing };
}

/**
 * The runs that made a model, and those that are its use: what served it, and evaluated it after it was first served. A run
 * that does not tell its stage counts as making it.
 */
export function madeAndUsed<R extends Pick<LifeRun, 'stage' | 'started_at_ms'>>(
  runs: readonly R[],
): { made: R[]; used: R[] } {
  const serving = runs.filter(({ stage }) => stage === 'serve').map(({ started_at_ms }) => started_at_ms);
  const first_ms = serving.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const isUse = ({ stage, started_at_ms }: R) =>
    stage === 'serve' || (stage === 'evaluate' && started_at_ms >= first_ms);
  return { made: runs.filter((run) => !isUse(run)), used: runs.filter(isUse) };
}

/** [from_ms, to_ms), epoch ms. */
export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** Emissions of serving, and when that was: evenly over its spans, which may overlap. */
export interface Served {
  readonly g: Figure;
  readonly spans: readonly Span[];
}

export interface Serving {
  /** Days in which it was served at all. */
  readonly days: number;
  readonly g: Figure;
  /** g for each day of serving; unknown where it was served for no time. */
  readonly g_per_day: Figure;
}

/** What serving came to: stretches that overlap are days once. A rate is unknown where there were none. */
export function servingOf(served: readonly Served[]): Serving {
  const days = stretchesOf(served).reduce((s, { from_ms, to_ms }) => s + (to_ms - from_ms) / DAY_MS, 0);
  const g = served.map((one) => one.g).reduce<Figure>((a, b) => plus(a, b), exactly(0));
  return { days, g, g_per_day: days === 0 ? unknown('it was not served yet') : scaled(g, 1 / days) };
}

/** After how many days of serving as much was emitted as by making it; and when that was, where it has come to pass. */
export interface BreakEven {
  readonly days: Figure;
  /** Epoch ms; null where it is still to come, or not known. */
  readonly at_ms: number | null;
}

/** By the course of serving so far, each run's emissions spread evenly over its time; beyond it at its mean pace. */
export function breakEvenOf(made_g: Figure, served: readonly Served[]): BreakEven {
  const { days: all, g, g_per_day } = servingOf(served);
  const dark = [made_g, g, g_per_day].find((figure) => !isKnown(figure));
  if (dark !== undefined || !isKnown(made_g)) return { days: dark ?? made_g, at_ms: null };
  let before: Known = exactly(0);
  let days = 0;
  for (const { from_ms, to_ms, active } of stretchesOf(served)) {
    const long = (to_ms - from_ms) / DAY_MS;
    const here = total(active.map((one) => scaled(one.g as Known, (to_ms - from_ms) / lengthOf(one))));
    if (here.value > 0 && before.value + here.value >= made_g.value) {
      const part = over(plus(made_g, scaled(before, -1)), here);
      return { days: plus(exactly(days), scaled(part, long)), at_ms: from_ms + part.value! * (to_ms - from_ms) };
    }
    before = plus(before, here);
    days += long;
  }
  return {
    days: before.value > 0 ? over(made_g, g_per_day) : unknown(`nothing was emitted in ${all} days of serving`),
    at_ms: null,
  };
}

const lengthOf = ({ spans }: Served): number => spans.reduce((s, { from_ms, to_ms }) => s + to_ms - from_ms, 0);

interface Stretch {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly active: readonly Served[];
}

/** The time in which anything was served, cut wherever a span begins or ends, in order. */
function stretchesOf(served: readonly Served[]): Stretch[] {
  const spans = served
    .flatMap((one) => one.spans.map((span) => ({ ...span, one })))
    .filter(({ from_ms, to_ms }) => from_ms < to_ms)
    .sort((a, b) => a.from_ms - b.from_ms);
  const edges = [...new Set(spans.flatMap(({ from_ms, to_ms }) => [from_ms, to_ms]))].sort((a, b) => a - b);
  const out: Stretch[] = [];
  let open: typeof spans = [];
  let next = 0;
  for (const [i, from_ms] of edges.slice(0, -1).entries()) {
    open = open.filter(({ to_ms }) => to_ms > from_ms);
    while (next < spans.length && spans[next]!.from_ms <= from_ms) open.push(spans[next++]!);
    if (open.length > 0) out.push({ from_ms, to_ms: edges[i + 1]!, active: open.map(({ one }) => one) });
  }
  return out;
}
