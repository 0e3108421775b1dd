// A run over time, for charts: at most so many stretches, each with what was least, mean and most in it.
//
// Columns of equal length: value i is of stretch [from_ms[i], to_ms[i]). Unknown is null, never 0: a gap stays a gap.

import * as v from 'valibot';
import { whole } from './common.ts';

/** What can be asked for; all of it where nothing is named. */
export const SERIES_PARTS = ['power', 'energy', 'intensity', 'emissions', 'steps', 'spans'] as const;
export type SeriesPart = (typeof SERIES_PARTS)[number];

/** Names with commas between them. */
const names = v.pipe(
  v.string(),
  v.maxLength(2000),
  v.transform((text) => text.split(',').map((name) => name.trim())),
);

export const seriesAsked = v.strictObject({
  /** Id, the beginning of one, name, or last. */
  run: v.pipe(v.string(), v.maxLength(200)),
  /** Epoch ms: [from, to); absent: all of the run. */
  from: v.optional(whole(0, 8.64e15)),
  to: v.optional(whole(0, 8.64e15)),
  /** Stretches at most; default 1000. */
  points: v.optional(whole(1, 4000)),
  what: v.optional(v.pipe(names, v.array(v.picklist(SERIES_PARTS)))),
  /** Devices whose own power is told, by name (gpu-0) or host and name (node7/gpu-0); absent: the first 64. */
  device: v.optional(names),
});

const numbers = v.array(v.number());
const course = v.array(v.nullable(v.number()));

const devicePower = v.object({
  device: v.string(),
  host: v.string(),
  kind: v.string(),
  name: v.string(),
  source: v.string(),
  charged: v.boolean(),
  /** The charged device that holds it already. */
  within: v.nullable(v.string()),
  min_w: course,
  /** Of the time of which energy is known. */
  mean_w: course,
  max_w: course,
  /** J in the stretch, as far as they are known: they add up to the device's energy. */
  energy_j: course,
  /** Share 0..1 of its time in the stretch that was observed; null where it was not there. */
  seen: course,
});

const totalPower = v.object({
  /** No less than this: the charged devices' least together. */
  min_w: course,
  /** Null where nothing is known of a device that was there. */
  mean_w: course,
  /** No more than this: the charged devices' most together. */
  max_w: course,
  energy_j: course,
  seen: course,
});

/** A sum since the run began, at the end of each stretch, with its 90 % interval. */
const sum = v.object({
  value: course,
  low: course,
  high: course,
  /** The same at `from_ms` of the answer, so that a curve begins there; null: not known. */
  before: v.nullable(v.object({ value: v.number(), low: v.number(), high: v.number() })),
  /** Why it is not known where it is null; null: it is known throughout. */
  why: v.nullable(v.string()),
});

const intensity = v.object({
  kind: v.nullable(v.string()),
  scope: v.nullable(v.string()),
  /** What the steps are told by. */
  parts: v.array(
    v.object({
      zone: v.string(),
      provider: v.string(),
      quality: v.string(),
      source: v.string(),
      year: v.nullable(v.number()),
    }),
  ),
  /** Steps: piece i holds over [from_ms[i], to_ms[i]); they tile the time told. */
  from_ms: numbers,
  to_ms: numbers,
  /** Mean over the piece's time; null: not known. */
  g_per_kwh: course,
  /** Differ from it only where pieces were put together, to be no more than `points`. */
  min_g_per_kwh: course,
  max_g_per_kwh: course,
  /** Index of the part that tells it (most of it); null where none does. */
  part: course,
  why: v.nullable(v.string()),
});

/** A value of the log within a bucket of its lines. */
const told = v.object({ first: course, last: course, min: course, max: course });

const steps = v.object({
  /** Lines of the log in the time told; those of evaluations and the like are not counted. */
  count: v.number(),
  /** Times of the first and last line in the bucket; equal where it is one line. */
  from_ms: numbers,
  to_ms: numbers,
  /** How many lines. */
  lines: numbers,
  step: v.object({ first: course, last: course }),
  epoch: v.object({ last: course }),
  loss: told,
  lr: told,
  tokens_per_s: told,
  /** IT energy of the run up to to_ms, J; null where it is not known. */
  it_j: course,
});

const spans = v.object({
  /** What the run did when; empty without a log. */
  phases: v.array(v.object({ phase: v.string(), from_ms: v.number(), to_ms: v.number() })),
  /** Times in which a device was not measured: filled by its counter, estimated, or unknown. */
  gaps: v.array(
    v.object({
      device: v.string(),
      host: v.string(),
      from_ms: v.number(),
      to_ms: v.number(),
      why: v.string(),
      state: v.string(),
    }),
  ),
  pauses: v.array(v.object({ from_ms: v.number(), to_ms: v.number() })),
  /** Decisions and what came of them, warnings, pauses, restarts; in order of time. */
  events: v.array(
    v.object({
      at_ms: v.number(),
      event: v.string(),
      message: v.string(),
      device: v.nullable(v.string()),
      facts: v.record(v.string(), v.union([v.string(), v.number(), v.null()])),
    }),
  ),
  /** What was put together or left out so that it is not too many, in words; empty: all is here. */
  notes: v.array(v.string()),
});

export const series = v.object({
  schema: v.literal('joulebook/series/v1'),
  run: v.object({
    id: v.string(),
    name: v.nullable(v.string()),
    state: v.string(),
    /** All of its time: from its start to its end, or to what its records reach to while it goes on. */
    from_ms: v.number(),
    to_ms: v.number(),
  }),
  /** The time told: what was asked for, within the run's. */
  from_ms: v.number(),
  to_ms: v.number(),
  /** Stretches begin at multiples of this since the epoch; the first and the last may be shorter. */
  stretch_ms: v.number(),
  stretches: v.object({ from_ms: numbers, to_ms: numbers }),
  power: v.optional(v.object({ devices: v.array(devicePower), total: totalPower, left_out: v.number() })),
  /** IT energy of the charged devices, J. */
  energy: v.optional(sum),
  /** gCO2e of operation, with the PUE in where it is known. */
  emissions: v.optional(v.object({ ...sum.entries, with_pue: v.boolean() })),
  intensity: v.optional(intensity),
  steps: v.optional(steps),
  spans: v.optional(spans),
  warnings: v.array(v.object({ code: v.string(), message: v.string() })),
});
export type Series = v.InferOutput<typeof series>;
export type SeriesAsked = v.InferOutput<typeof seriesAsked>;
