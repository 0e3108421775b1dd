// The documents that the CLI prints with --json, as the API answers them: the same schema, the same keys.

import * as v from 'valibot';
import { BY } from '../../report/model.ts';
import { whole } from './common.ts';

/** A document by its schema's name; its parts are those that docs/formats tells. */
export const document = <T>(name: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: the parts are typed by the model that the handler answers with
  v.looseObject({ schema: v.literal(name) }) as unknown as v.GenericSchema<any, T>;

const text = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200)));
/** One or several of a name: ?runs=a&runs=b. */
const several = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((one) => [one].flat()),
);
const ms = v.optional(whole(0, 8.64e15));

export const reportAsked = v.strictObject({ run: v.string(), by: v.optional(v.picklist(BY)), zones: text });
/** Sides: runs, or groups by tag (group=lr=1&group=lr=2), whose runs are repeats. */
export const compareAsked = v.strictObject({
  ...{ runs: v.optional(several), group: v.optional(several), target: text, quality: text },
});
export const budgetsLogAsked = v.strictObject({ budget: text, run: text, since_ms: ms });
export const totalsAsked = v.strictObject({ by: text, tz: text, since_ms: ms, until_ms: ms });
export type TotalsAsked = v.InferOutput<typeof totalsAsked>;
export const gridAsked = v.strictObject({ zone: v.string(), from_ms: ms, to_ms: ms });
export const nothing = v.strictObject({});
