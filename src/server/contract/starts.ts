// The same run at other starts: what it had emitted from each, on the intensity as it was.

import * as v from 'valibot';

export const startsAsked = v.strictObject({
  /** Id, the beginning of one, name, or last. */
  run: v.pipe(v.string(), v.maxLength(200)),
});
export type StartsAsked = v.InferOutput<typeof startsAsked>;

export const starts = v.object({
  schema: v.literal('joulebook/starts/v1'),
  run: v.string(),
  /** Its own start, one of `starts`. */
  started: v.object({ at_ms: v.number() }),
  /** By time: every half-hour from a day before it to a day after it. */
  starts: v.array(
    v.object({
      at_ms: v.number(),
      /** Mean over the run's energy; null where not all of it is known. */
      g_per_kwh: v.nullable(v.number()),
      /** Operational, with the PUE where it is known. */
      emissions_g: v.nullable(v.number()),
    }),
  ),
  /** Why none is known; null: some are. */
  why: v.nullable(v.string()),
});
export type Starts = v.InferOutput<typeof starts>;
