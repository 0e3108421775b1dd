// Blocks of steps by time → what a step takes from here on, on average, and how sure that is.
//
// Neighbouring blocks resemble each other, so many of them tell less than as many draws would; a slope is followed as far
// as it stands out, and not much further than it was seen.

import { medianOf } from './median.ts';
import type { PaceModel } from './step-pace-model.ts';

export interface Block {
  stretches: number;
  steps: number;
  amount: number;
}

export interface Rate {
  /** Of the rest, on average. */
  readonly rate: number;
  /** Standard deviation of that. */
  readonly deviation: number;
  /** Lower than that by so much where things go on as they were on average: no slope, and the beginning no other. */
  readonly risen: number;
  readonly freedom: number;
  /** Steps that it was taken from. */
  readonly steps: number;
}

/** What usual steps take from here on: the mean of what was seen, moved by a slope as far as it is sure, and damped. */
export function rateAhead(all: readonly Block[], left: number, model: PaceModel): Rate {
  const kept = steady(all);
  const groups = merged(kept, Math.max(1, Math.ceil(kept.length / model.groups)));
  const steps = groups.reduce((s, g) => s + g.steps, 0);
  const mean = meanOf(groups);
  const points = middles(groups);
  const n = points.length;
  const slope = n < 4 ? 0 : slopeOf(points);
  const rest = points.map(({ x, y }) => y - mean - slope * (x - steps / 2));
  const alike = n < 6 ? 0 : likeness(rest);
  const many = Math.max(1, (n * (1 - alike)) / (1 + alike)); // as many independent ones would tell as much
  const spread = Math.sqrt(rest.reduce((s, r) => s + r * r, 0) / Math.max(1, n - 2));
  const slope_error = n < 4 ? 0 : (spread * Math.sqrt(12 / many)) / steps;
  const sure = slope === 0 ? 0 : slope ** 2 / (slope ** 2 + (model.slope_doubt * slope_error) ** 2);
  const away = steps / 2 + Math.min(left / 2, model.drift_reach * steps);
  const rate = Math.max(0.2 * mean, Math.min(5 * mean, mean + sure * slope * away));
  const deviation = Math.sqrt(
    (spread ** 2 / many) * (1 + steps / left) +
      model.wander ** 2 * spread ** 2 * Math.min(left / steps, 50) +
      (model.drift * Math.min(Math.abs(sure * slope) * (steps / 2 + left / 2), mean)) ** 2 +
      (model.slope_noise * Math.min(slope_error * (steps / 2 + left / 2), mean)) ** 2,
  );
  const lasting = Math.min(mean, meanOf(all));
  return { rate, deviation, risen: Math.max(0, rate - lasting), freedom: n - 1, steps };
}

const meanOf = (blocks: readonly Block[]): number =>
  blocks.reduce((s, { amount }) => s + amount, 0) / blocks.reduce((s, { steps }) => s + steps, 0);

/** Correlation of neighbours, 0..0.9, less what few values hide of it (F. H. C. Marriott, J. A. Pope, Biometrika 41, 1954). */
function likeness(rest: readonly number[]): number {
  const n = rest.length;
  const squares = rest.reduce((s, r) => s + r * r, 0);
  const products = rest.slice(1).reduce((s, r, i) => s + r * rest[i]!, 0);
  const seen = squares > 0 ? products / squares : 0;
  return Math.min(0.9, Math.max(0, seen + (1 + 3 * seen) / n));
}

/**
 * Without the beginning that differs from what follows: the cut after which the mean of the rest is surest (K. P. White,
 * Simulation 69, 1997: marginal standard error), in the first half.
 */
function steady(blocks: readonly Block[]): readonly Block[] {
  const rates = blocks.map(({ steps, amount }) => amount / steps);
  let [sum, squares, best, cut] = [0, 0, Number.POSITIVE_INFINITY, 0];
  for (let i = rates.length - 1; i >= 0; i--) {
    sum += rates[i]!;
    squares += rates[i]! ** 2;
    const n = rates.length - i;
    if (n < rates.length / 2 || n < 2) continue;
    const error = Math.max(0, squares - sum ** 2 / n) / n ** 2;
    if (error <= best * (1 + 1e-9)) [best, cut] = [error, i];
  }
  return blocks.slice(cut);
}

/** Each `n` neighbours as one; the last may be of fewer. */
export function merged(blocks: readonly Block[], n: number): Block[] {
  const out: Block[] = [];
  for (let i = 0; i < blocks.length; i += n) {
    const some = blocks.slice(i, i + n);
    out.push({
      stretches: some.reduce((s, b) => s + b.stretches, 0),
      steps: some.reduce((s, b) => s + b.steps, 0),
      amount: some.reduce((s, b) => s + b.amount, 0),
    });
  }
  return out;
}

function middles(groups: readonly Block[]): { x: number; y: number }[] {
  let at = 0;
  return groups.map(({ steps, amount }) => {
    at += steps;
    return { x: at - steps / 2, y: amount / steps };
  });
}

/** Of no more than twice what the later half shows by itself: a warm-up, or a level that changed once, does not go on. */
function slopeOf(points: readonly { x: number; y: number }[]): number {
  const whole = theilSen(points);
  if (points.length < 8) return whole;
  const late = 2 * theilSen(points.slice(points.length >> 1));
  if (whole * late <= 0) return 0;
  return Math.abs(whole) < Math.abs(late) ? whole : late;
}

/** Median of the slopes between all pairs (H. Theil, 1950; P. K. Sen, JASA 63, 1968): a third may be wild. */
function theilSen(points: readonly { x: number; y: number }[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++) {
    for (let k = i + 1; k < points.length; k++)
      slopes.push((points[k]!.y - points[i]!.y) / (points[k]!.x - points[i]!.x));
  }
  return medianOf(slopes);
}
