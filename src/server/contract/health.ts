// Whether the server is there, and what it serves.

import * as v from 'valibot';

export const health = v.object({
  schema: v.literal('joulebook/health/v1'),
  version: v.string(),
  at_ms: v.number(),
  /** Runs in the ledger; null while they are counted for the first time. */
  runs: v.nullable(v.number()),
});
export type Health = v.InferOutput<typeof health>;
