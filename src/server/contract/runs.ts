// The list of runs: what each was, and its figures.

import * as v from 'valibot';
import { figure, warning, whole } from './common.ts';

export const runRow = v.object({
  id: v.string(),
  name: v.nullable(v.string()),
  kind: v.string(),
  state: v.string(),
  started_at_ms: v.number(),
  ended_at_ms: v.nullable(v.number()),
  duration_s: v.number(),
  zone: v.nullable(v.string()),
  tags: v.record(v.string(), v.string()),
  it_j: figure,
  total_g: figure,
});

export const runsAsked = v.strictObject({
  /** As `next` of the page before. */
  after: v.optional(v.pipe(v.string(), v.maxLength(200))),
  limit: v.optional(whole(1, 20_000)),
});

export const runsPage = v.object({
  schema: v.literal('joulebook/runs-page/v1'),
  /** Newest first. */
  runs: v.array(runRow),
  /** Asks for the page after this one; null: this is the last. */
  next: v.nullable(v.string()),
  warnings: v.array(warning),
});
export type RunRow = v.InferOutput<typeof runRow>;
export type RunsPage = v.InferOutput<typeof runsPage>;
