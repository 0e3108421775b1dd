// A record that is sent from another machine: what may be said with a part of it, and how far it is here.

import * as v from 'valibot';
import { whole } from './common.ts';

const name = v.pipe(v.string(), v.maxLength(100));
const age = v.optional(whole(0, 1e14));

export const ofRun = v.strictObject({ run: name });
export const ofRunFile = v.strictObject({ run: name, file: name, age_ms: age });
export const ofWriterFile = v.strictObject({
  ...{ run: name, writer: name, file: name },
  /** Where in the file the part begins; rows are sent as whole lines. */
  offset: v.optional(whole(0, 1e14)),
  /** Of a sealed segment: bytes and SHA-256 of all of it. */
  length: v.optional(whole(0, 1e14)),
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'))),
  age_ms: age,
});
export const ofPause = v.strictObject({ run: name, writer: name });
export const ofKept = v.strictObject({ hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, '32 hexadecimal digits')) });

export const ingested = v.object({
  schema: v.literal('joulebook/ingested/v1'),
  /** So much of the file is here and survives a power cut. */
  bytes: v.number(),
});

export const ingest = v.object({
  schema: v.literal('joulebook/ingest/v1'),
  run: v.string(),
  /** By name in the run's folder; of what does not grow its hash. */
  files: v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.nullable(v.string()) })),
});
export type Ingested = v.InferOutput<typeof ingested>;
export type Ingest = v.InferOutput<typeof ingest>;
