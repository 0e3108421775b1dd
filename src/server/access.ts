// How the server may be reached, and what that asks for: its transport, and who is let in.

import type { FastifyInstance } from 'fastify';
import { addDoor, addGuard } from './guard.ts';
import { Holders } from './holders.ts';
import type { Reach } from './hosts.ts';
import { nodeLimits } from './limits.ts';
import { type Rates, rateCounter } from './rates.ts';
import type { Desk } from './routes/session.ts';

export interface Access extends Reach {
  /** The folder of tokens, without which nobody is let in; null: whoever reaches the server is. */
  readonly tokens: string | null;
  /** What it is encrypted with, as PEM; null: it is not. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
  /** How often one may ask, where tokens are wanted. */
  readonly rates?: Rates;
}

/** By this machine alone, whoever asks. */
export const LOCAL: Access = { loopback: true, public_url: null, tokens: null, tls: null };

/** Of the server's constructor: plain, or TLS 1.2 and later. */
export const transportOf = ({ tls }: Access): object =>
  tls === null ? { http: nodeLimits } : { https: { ...nodeLimits, ...tls, minVersion: 'TLSv1.2' } };

/** Adds the checks of who asks, and returns what signing in needs. */
export async function addAccess(app: FastifyInstance, access: Access, now: () => number): Promise<Desk> {
  addGuard(app, access);
  const way = { secure: access.tls !== null || access.public_url?.protocol === 'https:' };
  const holders = access.tokens === null ? null : new Holders(access.tokens, now);
  const count = holders === null ? null : await rateCounter(app, access.rates);
  addDoor(app, { holders, way, count });
  return { holders, way, count, now };
}
