// Who is answered, and what: looked at before anything else is done with a request.
//
// A name that is not ours (DNS rebinding) is refused whatever it asks for, and pages of other sites all but the page's own
// files. Where tokens are wanted, a route that says nothing of itself wants one too: what nobody thought of stays shut.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { allows, type Token } from '../app/tokens.ts';
import { fault } from '../core/fault.ts';
import { sessionOf, type Way } from './cookie.ts';
import type { Scope } from './endpoint.ts';
import type { Holders } from './holders.ts';
import { isForeign, isOurs, type Reach } from './hosts.ts';
import type { Count } from './rates.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A file of the page: answered to everybody. */
    open?: boolean;
    /** Stays open and tells what is new (SSE). */
    stream?: boolean;
    /** What a token must allow; default read. */
    scope?: Scope;
  }
  interface FastifyRequest {
    /** The token that was asked with; null where none is wanted, or none was said. */
    holder: Token | null;
  }
}

/** Refuses what came under another's name, or for another's page. */
export function addGuard(app: FastifyInstance, reach: Reach): void {
  app.addHook('onRequest', async (request) => {
    const { headers } = request;
    const { host, origin } = headers;
    if (!isOurs(host, reach)) throw fault('host-refused', { facts: { host: quoted(host ?? '') } });
    const site = headers['sec-fetch-site'] as string | undefined;
    if (!isOpen(request) && isForeign({ host, origin, site }, reach))
      throw fault('origin-refused', { facts: { site: quoted(origin ?? site!) } });
  });
}

/** Whether a route is open to everybody: the files of the page, which tell nothing. By the route that was found: an address can be written in many ways. */
export const isOpen = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config?.open === true;

/** How often it is looked whether who listens still may. */
const LOOK_MS = 1000;

interface Door {
  /** Null: no tokens are wanted. */
  readonly holders: Holders | null;
  readonly way: Way;
  readonly count: Count | null;
}

/** Finds out who asks, lets in whom the route allows, and counts how often. */
export function addDoor(app: FastifyInstance, { holders, way, count }: Door): void {
  app.decorateRequest('holder', null);
  if (holders === null) {
    // Whoever reaches a server without tokens reads; other users of this machine do too, and may change nothing.
    app.addHook('onRequest', async ({ routeOptions }) => {
      const { scope = 'read' } = routeOptions.config ?? {};
      if (scope === 'write' || scope === 'admin')
        throw fault('token-needed', { facts: { why: 'this server was started without tokens, and takes nothing' } });
    });
    return;
  }
  app.addHook('onRequest', async (request, reply) => {
    const said = saidBy(request);
    const session = said === null ? sessionOf(request, way) : null;
    const find = () => (said !== null ? holders.ofToken(said) : session !== null ? holders.ofSession(session) : null);
    request.holder = find();
    await count?.(request, reply, request.holder === null ? 'stranger' : 'holder');
    const { scope: needs = 'read', stream = false } = request.routeOptions.config ?? {};
    if (isOpen(request) || needs === 'none') return;
    if (request.holder === null) return shut(reply, said, () => count?.(request, reply, 'wrong'));
    const { name, scope: has } = request.holder;
    if (!allows(has, needs)) throw fault('token-scope', { facts: { name, has, needs } });
    if (stream) endWithToken(reply, find);
  });
}

/** A stream lives no longer than what it was opened with. */
function endWithToken({ raw }: FastifyReply, find: () => Token | null): void {
  const timer = setInterval(() => {
    if (!stands(find)) raw.destroy();
  }, LOOK_MS);
  timer.unref();
  raw.once('close', () => clearInterval(timer));
}

function stands(find: () => Token | null): boolean {
  try {
    return find() !== null;
  } catch {
    return false;
  }
}

async function shut(
  reply: FastifyReply,
  said: string | null,
  counted: () => Promise<void> | undefined,
): Promise<never> {
  if (said !== null) await counted();
  reply.header('www-authenticate', `Bearer realm="joulebook"${said === null ? '' : ', error="invalid_token"'}`);
  const why = said === null ? 'this server wants a token' : 'this token is unknown or has expired';
  throw fault('token-needed', { facts: { why } });
}

/** What stands in Authorization: a token, or what can be none (''); null where nothing does. */
function saidBy({ headers: { authorization } }: FastifyRequest): string | null {
  if (authorization === undefined) return null;
  return /^Bearer +([\w-]{1,200})$/i.exec(authorization)?.[1] ?? '';
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));
