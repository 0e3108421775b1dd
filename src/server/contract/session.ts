// Who is signed in on the page, and by what.

import * as v from 'valibot';

export const session = v.object({
  schema: v.literal('joulebook/session/v1'),
  /** Whether this server wants tokens at all. */
  needed: v.boolean(),
  /** The token's name; null: nobody is signed in. */
  name: v.nullable(v.string()),
  /** What is allowed: read, write or admin; null: nothing. */
  scope: v.nullable(v.picklist(['read', 'write', 'admin'])),
});
export type Session = v.InferOutput<typeof session>;

export const signIn = v.strictObject({ token: v.pipe(v.string(), v.maxLength(200)) });
