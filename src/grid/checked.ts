// Checks the answers of intensity providers with the schema of what they document; what is otherwise is grid-bad, with the place.

import * as v from 'valibot';
import { fault } from '../core/fault.ts';
import { parseTimestamp } from '../core/timestamp.ts';

/** The dirtiest plants are near 1300 g/kWh; more than this is a wrong unit. */
const ABSURD_G_PER_KWH = 3000;

/** gCO2e/kWh. */
export const intensity = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(ABSURD_G_PER_KWH));

/** A time with its zone, as epoch ms. */
export const time = v.pipe(
  v.string(),
  v.transform(parseTimestamp),
  v.number('it is not a time with its zone'), // parseTimestamp's null
);

/** What `found` says by its schema. Throws Fault grid-bad. */
export function checked<const T extends v.GenericSchema>(
  provider: string,
  schema: T,
  found: unknown,
): v.InferOutput<T> {
  const result = v.safeParse(schema, found);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const said = issue.received === 'undefined' ? 'it is missing' : issue.message.slice(0, 200);
  const why = `${v.getDotPath(issue) ?? 'the answer'}: ${said}`;
  throw fault('grid-bad', { facts: { provider, why } });
}
