// The numbers by which step-pace.ts judges: what is an event, how far a slope is followed, what has not been seen yet.
//
// Tuned on some of the runs of the backtest (the least interval score, T. Gneiting, A. Raftery, JASA 102, 2007, and error:
// bench/projection-fit.mjs; rounded, slope_doubt, drift_reach and up_unseen set by hand), and held to its limits on the
// others: bench/projection.mjs, docs/methodology.md#projection.

export interface PaceModel {
  /** A stretch is an event where it takes so many times its usual amount beyond that, and so many standard deviations. */
  readonly event: number;
  readonly event_deviations: number;
  /** So many groups of steps, at most twice as many, tell the spread and the slope. */
  readonly groups: number;
  /** A slope counts in full where it is many times so many of its standard errors, and by half where it is as many. */
  readonly slope_doubt: number;
  /** Followed ahead for so many times the steps that it was seen over. */
  readonly drift_reach: number;
  /** Standard deviation of what a slope does to the rest, as a share of it; the same of a standard error of it. */
  readonly drift: number;
  readonly slope_noise: number;
  /** Standard deviation of a lasting change, per spread of the groups and root of how much more is left than was seen. */
  readonly wander: number;
  /** Reaches, of logarithms, of what nothing so far could tell: less, more, and more where no event was seen. */
  readonly down: number;
  /** Less by so much over the root of how many stretches were seen: a beginning says little about the rest. */
  readonly down_few: number;
  readonly up: number;
  readonly up_unseen: number;
  /** These shrink by half where so many steps are left for each one seen. */
  readonly unseen_steps: number;
}

export const MODEL: PaceModel = {
  ...{ event: 1, event_deviations: 4, groups: 16 },
  ...{ slope_doubt: 4, drift_reach: 1.5, drift: 0.2, slope_noise: 0.04, wander: 0.04 },
  ...{ down: 0.015, down_few: 0.6, up: 0.07, up_unseen: 0.14, unseen_steps: 0.05 },
};
