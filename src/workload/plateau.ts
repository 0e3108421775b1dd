// When a training stopped getting better, by what it logged: after the last meaningful improvement of an evaluation, or of
// the smoothed training loss where there are too few evaluations.
//
// Told with hindsight, and only where a loss tells: what never improved at all may not be what the training was for.

import { attempts, median } from './attempts.ts';
import { isEvaluation } from './formats/names.ts';
import type { Step } from './step.ts';

export type Plateau =
  /** Nothing got meaningfully better after at_ms, epoch ms. */
  | { readonly kind: 'since'; readonly at_ms: number; readonly of: Of }
  /** It went on getting better to its end. */
  | { readonly kind: 'none'; readonly of: Of }
  | { readonly kind: 'unknown'; readonly why: string };
type Of = 'evaluation' | 'training loss';

/**
 * An improvement is meaningful beyond this share of the best value so far: the rule of PyTorch's ReduceLROnPlateau
 * (threshold_mode 'rel', there 1e-4 from one epoch to the next).
 */
const LEAST = 1e-3;
/** Fewer evaluations, or losses, tell nothing. */
const FEWEST_EVALUATIONS = 6;
const FEWEST_LOSSES = 40;
/** Losses are smoothed to the medians of so many groups of neighbours at most, of two at least. */
const GROUPS = 50;
/** So many values without an improvement are a plateau, and at least this share of all. */
const PATIENCE = 3;
const PATIENT_SHARE = 0.1;
/** And the pace after the last improvement, as fast as it may have been, is below this share of the one in as long before. */
const SLOWER = 0.5;

interface Point {
  readonly at_ms: number;
  /** The lower the better. */
  readonly value: number;
}

/** The plateau at the end of a log. */
export function plateauOf(steps: readonly Step[]): Plateau {
  const training = trainingIn(steps);
  const lost = !training.has('reward') && lostIn(steps);
  const evaluations = [...evaluationsIn(steps).values()].filter((points) => points.length >= FEWEST_EVALUATIONS);
  if (evaluations.length > 0) return latest(evaluations, 'evaluation', lost);
  const series = [...training.values()].filter((points) => points.length >= FEWEST_LOSSES).map(smoothed);
  if (series.length > 0) return latest(series, 'training loss', lost);
  return { kind: 'unknown', why: 'too few losses or evaluations are in the log' };
}

/** Of several series the one that improved last counts: as long as anything gets better, the training does. */
function latest(all: readonly (readonly Point[])[], of: Of, lost: boolean): Plateau {
  const found = all.flatMap((points) => improvedLast(points) ?? []);
  if (found.length === 0) return { kind: 'unknown', why: `the ${of} never got meaningfully better` };
  if (!lost && found.some(({ after }) => after === 'better')) return { kind: 'none', of };
  if (!lost && found.some(({ after }) => after === 'unsure'))
    return { kind: 'unknown', why: `noise hides whether the ${of} still got better` };
  return { kind: 'since', at_ms: Math.max(...found.map(({ at_ms }) => at_ms)), of };
}

type After = 'better' | 'unsure' | 'no better';

/** The last improvement, and what came after it; null where there is none. */
function improvedLast(points: readonly Point[]): { at_ms: number; after: After } | null {
  const scatter = scatterOf(points);
  let best = points[0]!.value;
  let last = 0;
  for (const [i, { value }] of points.entries()) {
    if (best - value <= Math.max(LEAST * Math.abs(best), ONE_SIDED * Math.SQRT2 * scatter)) continue;
    best = value;
    last = i;
  }
  if (last === 0) return null;
  const values = points.map(({ value }) => value);
  return { at_ms: points[last]!.at_ms, after: afterIn(values, { last, scatter, least: LEAST * Math.abs(best) }) };
}

/** What improves by less at a time than the scatter never beats a lucky value, but has a trend. */
function afterIn(
  values: readonly number[],
  { last, scatter, least }: { readonly last: number; readonly scatter: number; readonly least: number },
): After {
  const after = values.slice(last + 1); // without the last improvement, which chance has chosen
  const n = after.length;
  if (n < Math.max(PATIENCE, Math.ceil(PATIENT_SHARE * values.length))) return 'better';
  const pace = -slopeOf(after);
  // Of the slope through n values that lie one apart.
  const reach = ONE_SIDED * scatter * Math.sqrt(12 / (n * (n * n - 1)));
  if (pace > reach && pace * (n - 1) > least) return 'better';
  const before = -slopeOf(values.slice(Math.max(0, last - n), last + 1));
  return pace + reach < SLOWER * before ? 'no better' : 'unsure';
}

/** Slope of the least squares through values that lie one apart. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const [up, over] = values.reduce(
    ([up, over], value, i) => [up + (i - middle) * value, over + (i - middle) ** 2],
    [0, 0],
  );
  return up / over;
}

/** A quarter of normal errors are smaller than so many standard deviations. */
const QUARTER_SIGMA = 0.31864;
/** One side of the 90 % interval of a normal distribution. */
const ONE_SIDED = 1.645;

/**
 * Standard deviation of one value around its trend. It is told by second differences, in
 * which a trend cancels: of independent errors of variance s² theirs is (1 + 4 + 1) s². The smallest quarter of them tells it: where a
 * loss falls steeply they are of its bend, and taken for noise they would hide improvements.
 */
function scatterOf(points: readonly Point[]): number {
  const bends = points
    .slice(2)
    .map(({ value }, i) => Math.abs(points[i]!.value - 2 * points[i + 1]!.value + value))
    .sort((a, b) => a - b);
  const quarter = bends[Math.floor((bends.length - 1) / 4)] ?? 0;
  return quarter / (QUARTER_SIGMA * Math.sqrt(6));
}

function smoothed(points: readonly Point[]): Point[] {
  const size = Math.max(2, Math.ceil(points.length / GROUPS));
  return Array.from({ length: Math.floor(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    return { at_ms: group.at(-1)!.at_ms, value: median(group.map(({ value }) => value))! };
  });
}

/** Names of results of which less is better, or more; of others nothing is known. */
const LESS = /loss|ppl|perplexity|(?:^|[_/ ])(?:wer|cer|mse|mae|rmse|nll|err(?:or)?(?:_?rate)?)$/i;
const MORE = /acc(?:uracy)?(?:@?\d+)?(?:[_/ ]?norm)?$|(?:^|[_/ ])(?:f1|bleu|auc|map|em|exact_match)$|rouge/i;

function evaluationsIn(steps: readonly Step[]): Map<string, Point[]> {
  const series = new Map<string, Point[]>();
  for (const { at_ms, phase, loss, metrics } of steps) {
    if (phase === 'eval' && loss !== null) put(series, 'loss', { at_ms, value: loss });
    for (const [name, value] of Object.entries(metrics)) {
      if (phase !== 'eval' && !isEvaluation(name)) continue;
      if (LESS.test(name)) put(series, name, { at_ms, value });
      else if (MORE.test(name)) put(series, name, { at_ms, value: -value });
    }
  }
  return series;
}

/** Reinforcement learning logs a reward, and its loss tells nothing. */
const REWARD = /(?:^|\/)(?:mean_)?rewards?(?:_mean|\/mean)?$/i;

function trainingIn(steps: readonly Step[]): Map<string, Point[]> {
  const series = new Map<string, Point[]>();
  for (const { at_ms, loss, metrics, again } of attempts(steps)) {
    if (again) continue;
    if (loss !== null) put(series, 'loss', { at_ms, value: loss });
    for (const [name, value] of Object.entries(metrics))
      if (REWARD.test(name)) put(series, 'reward', { at_ms, value: -value });
  }
  const reward = series.get('reward');
  return reward === undefined ? series : new Map([['reward', reward]]);
}

/** Whether steps went on without a loss where they had told one: readers leave out what is no number, as NaN is. */
function lostIn(steps: readonly Step[]): boolean {
  const lines = attempts(steps).filter(({ step, again }) => step !== null && !again);
  const last = lines.findLastIndex(({ loss }) => loss !== null);
  const told = lines.filter(({ loss }) => loss !== null).length;
  if (told < FEWEST_LOSSES) return false;
  const missing = ((lines.length - 1 - last) * told) / (last + 1);
  return missing >= Math.max(PATIENCE, PATIENT_SHARE * told);
}

function put(series: Map<string, Point[]>, name: string, point: Point): void {
  if (!Number.isFinite(point.value)) return;
  const held = series.get(name);
  if (held === undefined) series.set(name, [point]);
  else held.push(point);
}
