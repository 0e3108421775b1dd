// Shapes that many answers of the API share, as schemas: they check what is asked, describe the API (OpenAPI) and type the page.
//
// What is said of a shape here is what the API's description says: a shape with a name is one component of it.

import * as v from 'valibot';

/** A shape under a name of its own in the API's description, and what is to be known of it. */
export const named = <const S extends v.GenericSchema>(name: string, schema: S, text: string) =>
  v.pipe(schema, v.metadata({ title: name, about: text }));

/** A shape, and what is to be known of it. */
export const told = <const S extends v.GenericSchema>(schema: S, text: string) => v.pipe(schema, v.description(text));

export const text = v.string();
export const maybeText = v.nullable(v.string());
export const number = v.number();
export const maybeNumber = v.nullable(v.number());
export const yes = v.boolean();

/** A figure with its 90 % interval; unknown is null, and why. */
export const figure = named(
  'Figure',
  v.union([
    v.object({ value: v.number(), low: v.number(), high: v.number() }),
    v.object({ value: v.null(), why: v.string() }),
  ]),
  'A value with its 90 % interval, which contains it, in the unit that its key names; unknown is null, and why.',
);

/** A number that may be below 0, with its 90 % interval. */
export const maybe = named(
  'Difference',
  v.union([
    v.object({ value: v.number(), low: v.number(), high: v.number() }),
    v.object({ value: v.null(), why: v.string() }),
  ]),
  'A difference or ratio with its 90 % interval, in which what both sides share cancels; unknown is null, and why.',
);

/** A projected or spent amount. */
export const reach = named(
  'Amount',
  v.object({ value: v.number(), low: v.number(), high: v.number() }),
  'An amount with its 90 % interval, in the base unit of its measure.',
);

export const warning = named(
  'Warning',
  v.object({ code: v.string(), message: v.string() }),
  'What should be known of the figures; the code is stable, the message is for people.',
);

export const quality = v.picklist(['measured', 'estimated', 'forecast', 'climatology', 'annual']);
export const kind = v.picklist(['average', 'marginal']);
export const scope = v.picklist(['direct', 'lifecycle']);

/** What every refusal is: a code of docs/errors.md, in words, and what would be right. */
export const refusal = named(
  'Refusal',
  v.object({
    schema: v.literal('joulebook/error/v1'),
    code: told(v.string(), 'As docs/errors.md lists them.'),
    message: told(v.string(), 'What was wrong, and where.'),
    hint: told(v.string(), 'What would be right.'),
  }),
  'Why there is no answer.',
);

/** A whole number in a query, within bounds; `text` says what of. */
export const whole = (least: number, most: number, text?: string) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,16}$/, 'a whole number'),
    // What is said after a transformation is not said of what goes in.
    v.metadata({ type: 'integer', minimum: least, maximum: most, pattern: undefined, description: text }),
    v.transform(Number),
    v.minValue(least),
    v.maxValue(most),
  );

/** One or several of a name: ?runs=a&runs=b. */
export const several = (most: number, text: string) =>
  v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.metadata({ type: 'array', items: { type: 'string' }, maxItems: most, anyOf: undefined, description: text }),
    v.transform((one) => [one].flat()),
    v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(400))),
    v.maxLength(most),
  );

/** A time in a query, epoch ms. */
export const moment = (text: string) => whole(0, 8.64e15, text);

export type Refusal = v.InferOutput<typeof refusal>;
