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

interface Point {
  readonly at_ms: number;
  /** The lower the better. */
  readonly value: number;
}

/** The plateau at the end of a log. */
export function plateauOf(steps: readonly Step[]): Plateau {
  const evaluations = [...evaluationsIn(steps).values()].filter((points) => points.length >= FEWEST_EVALUATIONS);
  if (evaluations.length > 0) return latest(evaluations, 'evaluation');
  const series = [...trainingIn(steps).values()].filter((points) => points.length >= FEWEST_LOSSES).map(smoothed);
  if (series.length > 0) return latest(series, 'training loss');
  return { kind: 'unknown', why: 'too few losses or evaluations are in the log' };
}

/** Of several series the one that improved last counts: as long as anything gets better, the training does. */
function latest(all: readonly (readonly Point[])[], of: Of): Plateau {
  const found = all.flatMap((points) => improvedLast(points) ?? []);
  if (found.length === 0) return { kind: 'unknown', why: `the ${of} never got meaningfully better` };
  if (found.some(({ held }) => !held)) return { kind: 'none', of };
  return { kind: 'since', at_ms: Math.max(...found.map(({ at_ms }) => at_ms)), of };
}

/** The last improvement, and whether a plateau holds after it; null where there is none. */
function improvedLast(points: readonly Point[]): { at_ms: number; held: boolean } | null {
  const noise = noiseOf(points);
  let best = points[0]!.value;
  let last = 0;
  for (const [i, { value }] of points.entries()) {
    if (best - value <= Math.max(LEAST * Math.abs(best), noise)) continue;
    best = value;
    last = i;
  }
  if (last === 0) return null;
  const patience = Math.max(PATIENCE, Math.ceil(PATIENT_SHARE * points.length));
  return { at_ms: points[last]!.at_ms, held: points.length - 1 - last >= patience };
}

/** A quarter of normal errors are smaller than so many standard deviations. */
const QUARTER_SIGMA = 0.31864;
/** One side of the 90 % interval of a normal distribution. */
const ONE_SIDED = 1.645;

/**
 * By how much one of two equal values seems better by chance, 1 time in 20. The scatter is told by second differences, in
 * which a trend cancels: of independent errors of variance s² theirs is (1 + 4 + 1) s². The smallest quarter of them tells it: where a
 * loss falls steeply they are of its bend, and taken for noise they would hide improvements.
 */
function noiseOf(points: readonly Point[]): number {
  const bends = points
    .slice(2)
    .map(({ value }, i) => Math.abs(points[i]!.value - 2 * points[i + 1]!.value + value))
    .sort((a, b) => a - b);
  const quarter = bends[Math.floor((bends.length - 1) / 4)] ?? 0;
  return (ONE_SIDED * Math.SQRT2 * quarter) / (QUARTER_SIGMA * Math.sqrt(6));
}

function smoothed(points: readonly Point[]): Point[] {
  const size = Math.max(2, Math.ceil(points.length / GROUPS));
  return Array.from({ length: Math.floor(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    return { at_ms: group.at(-1)!.at_ms, value: median(group.map(({ value }) => value))! };
  });
}

/** Names of results of which less is better, or more; of others nothing is known. */
const LESS = /loss|ppl|perplexity|(?:^|[_/ ])(?:wer|cer|mse|mae|rmse|nll)$/i;
const MORE = /acc(?:uracy)?(?:[_/ ]?norm)?$|(?:^|[_/ ])(?:f1|bleu|auc|map|em|exact_match)$|rouge/i;

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

function put(series: Map<string, Point[]>, name: string, point: Point): void {
  if (!Number.isFinite(point.value)) return;
  const held = series.get(name);
  if (held === undefined) series.set(name, [point]);
  else held.push(point);
}
