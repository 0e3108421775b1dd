// What goes on now, as each `live` event of /api/live tells it: whole, so that whoever missed some misses nothing.

import * as v from 'valibot';

const known = v.nullable(v.number());
/** A value with its 90 % interval. */
const reach = v.nullable(v.object({ value: v.number(), low: v.number(), high: v.number() }));

/** The grid of a run's zone. */
export const gridNow = v.object({
  zone: v.string(),
  provider: v.string(),
  /** average or marginal; direct or lifecycle. */
  kind: v.string(),
  scope: v.string(),
  quality: v.string(),
  g_per_kwh: v.number(),
  /** This hour and those to come; null: not known. */
  hours: v.array(v.object({ from_ms: v.number(), g_per_kwh: known, quality: v.nullable(v.string()) })),
});

export const liveBudget = v.object({
  limit: v.string(),
  measure: v.string(),
  limit_value: v.number(),
  currency: v.nullable(v.string()),
  /** In the unit of the measure: J, gCO2e, J/token, gCO2e per 1M tokens, l, the currency. */
  spent: known,
  end: reach,
  /** Probability 0..1 that it is passed. */
  overrun: known,
  crosses_ms: known,
  /** Why something is not known. */
  why: v.nullable(v.string()),
  in_force: v.nullable(
    v.object({
      name: v.string(),
      scope: v.string(),
      period: v.string(),
      rules: v.array(v.string()),
      holding: v.array(v.object({ act: v.string(), why: v.string() })),
      standing: v.nullable(v.string()),
      at_ms: v.number(),
    }),
  ),
});

/** As joulebook top --json, without the devices. */
export const liveRun = v.object({
  run: v.object({
    id: v.string(),
    name: v.nullable(v.string()),
    command: v.array(v.string()),
    state: v.string(),
    started_at_ms: v.number(),
    paused: v.nullable(v.object({ since_ms: v.number(), by: v.array(v.string()), why: v.string() })),
    duration_s: v.number(),
    zone: v.nullable(v.string()),
    hosts: v.array(v.string()),
  }),
  at_ms: v.number(),
  power_w: known,
  mean_w: known,
  it_j: known,
  partial: v.boolean(),
  operational_g: known,
  work: v.object({
    step: known,
    total: known,
    epoch: known,
    loss: known,
    tokens_per_s: known,
    j_per_token: known,
    /** Since when its log is silent for much longer than usual; null: it is not. */
    stalled_since_ms: known,
    phases: v.array(v.object({ phase: v.string(), share: v.number() })),
  }),
  end: v.nullable(
    v.object({
      left_s: v.object({ value: v.number(), low: v.number(), high: v.number() }),
      it_j: reach,
      operational_g: known,
      operational_low_g: known,
      operational_high_g: known,
    }),
  ),
  history: v.object({ span_s: v.number(), power_w: v.array(known) }),
  warnings: v.array(v.string()),
  budgets: v.array(liveBudget),
  /** Null: no intensity is known, and `no_grid` why. */
  grid: v.nullable(gridNow),
  no_grid: v.nullable(v.string()),
});

export const live = v.object({
  schema: v.literal('joulebook/live/v1'),
  at_ms: v.number(),
  /** Another number than before: runs were added, ended or changed, and a list of them is to be asked for anew. */
  list: v.string(),
  /** Runs in the ledger, whatever became of them. */
  in_ledger: v.number(),
  /** The newest first: those that go on, and for some minutes those that have ended meanwhile. */
  runs: v.array(liveRun),
  /** So many more are being read for the first time. */
  reading: v.number(),
  /** So many more go on, which are not told. */
  more: v.number(),
});

/** How the end of a run looked at past moments: columns of equal length, oldest first. */
export const course = v.object({
  /** As of a budget: energy (J) or emissions (gCO2e) of the run; else that of a budget's name. */
  of: v.string(),
  at_ms: v.array(v.number()),
  spent: v.array(known),
  /** At the end as it was foreseen then, with its 90 % interval. */
  end: v.array(known),
  end_low: v.array(known),
  end_high: v.array(known),
});

export const foreseenAsked = v.strictObject({ run: v.pipe(v.string(), v.maxLength(200)) });

export const foreseen = v.object({
  schema: v.literal('joulebook/foreseen/v1'),
  run: v.string(),
  courses: v.array(course),
});

export type Live = v.InferOutput<typeof live>;
export type LiveRun = v.InferOutput<typeof liveRun>;
export type LiveBudget = v.InferOutput<typeof liveBudget>;
export type GridNow = v.InferOutput<typeof gridNow>;
export type Foreseen = v.InferOutput<typeof foreseen>;
