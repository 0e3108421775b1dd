// Shapes that many answers of the API share, as schemas: they check what is asked, describe the API (OpenAPI) and type the page.

import * as v from 'valibot';

/** A figure with its 90 % interval; unknown is null, and why. */
export const figure = v.union([
  v.object({ value: v.number(), low: v.number(), high: v.number() }),
  v.object({ value: v.null(), why: v.string() }),
]);

export const warning = v.object({ code: v.string(), message: v.string() });

/** What every refusal is: a code of docs/errors.md, in words, and what would be right. */
export const refusal = v.object({
  schema: v.literal('joulebook/error/v1'),
  code: v.string(),
  message: v.string(),
  hint: v.string(),
});

/** A whole number in a query, within bounds. */
export const whole = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'a whole number'), v.transform(Number), v.minValue(least), v.maxValue(most));

export type Refusal = v.InferOutput<typeof refusal>;
