// How often one client may ask: the holder of a token, else an address. A network of IPv6 (/64) counts as one address.
//
// Wrong tokens are counted apart and late: who sends right ones is never shut out by a neighbour's wrong ones, and 256 random
// bits are not found by trying.

import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fault } from '../core/fault.ts';

/** Times in a minute. */
export const RATES = { holder: 3000, stranger: 600, wrong: 30 } as const;
export type Rates = Readonly<Record<keyof typeof RATES, number>>;

/** Counts one request. Throws Fault asked-too-often. */
export type Count = (request: FastifyRequest, reply: FastifyReply, by: keyof Rates) => Promise<void>;

export async function rateCounter(app: FastifyInstance, rates: Rates = RATES): Promise<Count> {
  await app.register(rateLimit, { global: false });
  const counters = {
    holder: app.createRateLimit({
      max: rates.holder,
      timeWindow: 60_000,
      keyGenerator: ({ holder }) => holder!.sha256,
    }),
    stranger: app.createRateLimit({ max: rates.stranger, timeWindow: 60_000 }),
    wrong: app.createRateLimit({ max: rates.wrong, timeWindow: 60_000 }),
  };
  return async (request, reply, by) => {
    const told = await counters[by](request);
    if (told.isAllowed || !told.isExceeded) return;
    reply.header('retry-after', String(told.ttlInSeconds));
    throw fault('asked-too-often', { facts: { most: String(told.max), wait_s: String(told.ttlInSeconds) } });
  };
}
