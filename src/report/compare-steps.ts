// The energy of training, step by step, where the logs of all runs of two sides end their rows at the same steps.
//
// What a step costs by itself (a long sequence, a full cache) is in both sides then and cancels. Steps of one run are no
// repeats of it, though: a warm machine moves all of them, so of groups the spread of runs counts, however many rows there are.

import { isKnown, type Known, scaled, withBounds } from '../core/figure.ts';
import { fitLine, lineAt } from '../core/line.ts';
import { contrastOf, ownCause } from '../emissions/contrast.ts';
import { ALIASING, EDGES, PACE } from '../emissions/errors.ts';
import type { PairedJson } from './compare-model.ts';
import type { ComparedRun } from './compare-run.ts';
import type { StepPart } from './step-energy.ts';

const FEWEST_ROWS = 8;
const MOST_APART = 0.1;
const pairless = (why: string): PairedJson => ({ rows: null, why });

interface Pair {
  /** J per step: means over the runs of a and of b. */
  readonly x: number;
  readonly y: number;
  readonly steps: number;
}

/** J per step of training over the rows that all runs share. */
export function pairedOf(a: readonly ComparedRun[], b: readonly ComparedRun[]): PairedJson {
  const runs = [...a, ...b];
  const dark = runs.map(({ figures }) => figures.it_j!).find((figure) => !isKnown(figure));
  if (dark !== undefined && !isKnown(dark)) return pairless(dark.why);
  const tables = runs.map(({ parts }) => new Map(parts.map((part) => [keyOf(part), part])));
  const most = Math.max(...tables.map(({ size }) => size));
  if (most === 0) return pairless('no steps were seen in the log');
  const shared = [...tables[0]!.keys()].filter((key) => tables.every((table) => table.has(key)));
  if (shared.length < FEWEST_ROWS || shared.length < (1 - MOST_APART) * most)
    return pairless(`their logs share ${shared.length} of ${most} rows of steps`);
  const sizes = runs.map(tokensPerStep).filter((size) => size !== null);
  const other = sizes.find((size) => Math.abs(size / sizes[0]! - 1) > 1e-6);
  if (other !== undefined)
    return pairless(`a step is ${three(sizes[0]!)} tokens in one and ${three(other)} in the other`);
  const rows = tables.map((table) => shared.map((key) => table.get(key)!));
  return {
    rows: shared.length,
    steps: rows[0]!.reduce((sum, { steps }) => sum + steps, 0),
    ...contrasted({ runs: a, rows: rows.slice(0, a.length) }, { runs: b, rows: rows.slice(a.length) }),
    why: null,
  };
}

const keyOf = ({ step, steps }: StepPart): string => `${step} ${steps}`;
const three = (value: number): string => String(Number(value.toPrecision(4)));
function tokensPerStep({ account }: ComparedRun): number | null {
  const { tokens, steps } = account.report.work;
  return tokens === null || steps === null || steps <= 0 ? null : tokens / steps;
}

/** Runs of a side, and the rows of each that all runs share, in one order. */
interface Rows {
  readonly runs: readonly ComparedRun[];
  readonly rows: readonly (readonly StepPart[])[];
}

/**
 * The contrast of J per step, each run one value. The noise of the pairs stands for what the runs' own readings leave open,
 * so it counts where repeats show less, or where there are none.
 */
function contrasted(a: Rows, b: Rows) {
  const pairs = a.rows[0]!.map(({ steps }, k): Pair => ({ x: meanAt(a, k) / steps, y: meanAt(b, k) / steps, steps }));
  const [from, to] = [perStep(a), perStep(b)];
  const [x, y] = [from, to].map((side) => side.reduce((sum, { value }) => sum + value, 0) / side.length) as [
    number,
    number,
  ];
  const within = (noise_j: number) =>
    contrastOf(
      from,
      to.map((figure) => withBounds(figure, ownCause('steps', 'pairs'), -noise_j, noise_j)),
    );
  const { difference: difference_j, verdict } = within(noiseOf(pairs, 1));
  const told = x > 0 && y > 0 ? within(noiseOf(pairs, y / x)) : null;
  const spread = {
    spread: a.runs.length > 1 && b.runs.length > 1 ? 'both' : runsOf(a, b) > 2 ? 'one' : 'none',
  } as const;
  if (told === null)
    return {
      difference_j,
      ratio: { value: null, why: 'steps of no energy have no ratio' },
      verdict: verdict!,
      ...spread,
    };
  return { difference_j, ratio: told.ratio, verdict: told.verdict!, ...spread };
}

const runsOf = (a: Rows, b: Rows): number => a.runs.length + b.runs.length;
const meanAt = ({ rows }: Rows, k: number): number => rows.reduce((sum, row) => sum + row[k]!.own_j, 0) / rows.length;

/** What a run's readings leave open at one instant, so that it shows as noise of its steps; what was not seen does not. */
const SEEN_AS_NOISE = [EDGES, PACE, ALIASING];

/** J per step of each run over its rows, with the causes that its steps do not show. */
function perStep({ runs, rows }: Rows): Known[] {
  return runs.map(({ figures, account }, i) => {
    const all = figures.it_j as Known;
    const shown = new Set(SEEN_AS_NOISE.map(({ id }) => ownCause(id, account.run.id)));
    const it = { ...all, terms: new Map([...all.terms].filter(([cause]) => !shown.has(cause))) };
    const own_j = rows[i]!.reduce((sum, part) => sum + part.own_j, 0);
    const steps = rows[i]!.reduce((sum, part) => sum + part.steps, 0);
    return it.value > 0 ? scaled(it, own_j / steps / it.value) : { ...it, value: own_j / steps };
  });
}

/** Half width of the mean of y - by · x. Neighbours resemble each other: it is that of a line in its middle (core/line.ts). */
function noiseOf(pairs: readonly Pair[], by: number): number {
  if (pairs.every(({ x, y }) => x === y)) return 0;
  const line = fitLine(
    pairs.map((_, i) => i),
    pairs.map(({ x, y }) => y - by * x),
  );
  return line === null ? 0 : lineAt(line, line.mean_x).line;
}
