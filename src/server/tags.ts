// An answer's tag, by its content: who has the answer already is told so (304), without it (RFC 9110, 13.1.2).
//
// Tags are weak: one stands for an answer however it is packed. A tag that a route has set itself is kept. Refusals have none:
// "as before" is no refusal.

import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** To be called before answers are packed: what is packed is a stream, and has no tag any more. */
export function addTags(app: FastifyInstance): void {
  app.addHook('onSend', async ({ method, headers }, reply, payload) => {
    if ((method !== 'GET' && method !== 'HEAD') || reply.statusCode !== 200) return payload;
    const whole = typeof payload === 'string' || Buffer.isBuffer(payload);
    const tag = (reply.getHeader('etag') as string | undefined) ?? (whole ? tagOf(payload) : undefined);
    if (tag === undefined) return payload;
    reply.header('etag', tag);
    if (!isKnown(headers['if-none-match'], tag)) return payload;
    reply.status(304).removeHeader('content-length').removeHeader('content-type');
    return '';
  });
}

const tagOf = (content: string | Buffer): string => `W/"${createHash('sha1').update(content).digest('base64url')}"`;

/** Whether a list of tags has this one; weak or not is no difference here. */
function isKnown(list: string | undefined, tag: string): boolean {
  if (list === undefined) return false;
  if (list.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return list.match(/"[^"]*"/g)?.includes(opaque) ?? false;
}
