// What something is expected to come to: one distribution, from which come the interval and the chance of passing a limit.
//
// Two halves of normal distributions of different width, joined at the middle (the split normal: K. F. Wallis, Statistical
// Science 29, 2014), each holding half of all outcomes; never below what is there already.

import type { Reach } from './budget.ts';

export interface Expected {
  /** Half of all outcomes lie below. At least `least`. */
  readonly value: number;
  /** How far the 5th percentile lies below, and the 95th above, before `least` is looked at; ≥ 0. */
  readonly down: number;
  readonly up: number;
  /** What has come already: no outcome lies below. */
  readonly least: number;
}

/** 95th percentile of the normal distribution. */
const Z = 1.6449;

/** The value with its 90 % interval. */
export const reachOf = ({ value, down, up, least }: Expected): Reach => ({
  ...{ value, low: Math.max(least, value - down), high: value + up },
});

/** Probability, 0..1, that `limit` or more comes of it; 1 where it is there already. */
export function chanceAbove({ value, down, up, least }: Expected, limit: number): number {
  if (least >= limit) return 1;
  const width = limit < value ? down : up;
  if (width === 0) return value > limit ? 1 : 0;
  return 1 - normalBelow(((limit - value) / width) * Z);
}

/** Each unit of it counted as `by` others, ≥ 0. */
export const scaled = ({ value, down, up, least }: Expected, by: number): Expected => ({
  ...{ value: value * by, down: down * by, up: up * by, least: least * by },
});

/**
 * Share of the standard normal distribution below z, to 1e-7 (M. Abramowitz, I. A. Stegun, Handbook of Mathematical
 * Functions, 1964, 26.2.17).
 */
export function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const [b1, b2, b3, b4, b5] = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = t * (b1 + t * (b2 + t * (b3 + t * (b4 + t * b5)))) * Math.exp((-z * z) / 2) * 0.3989422804;
  return z > 0 ? 1 - tail : tail;
}
