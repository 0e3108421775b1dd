// Who is answered at all: looked at before anything else is done with a request.
//
// A name that is not ours (DNS rebinding) and pages of other sites are refused, these but for the files of the page itself.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fault } from '../core/fault.ts';
import type { Scope } from './endpoint.ts';
import { isForeign, isOurs, type Reach } from './hosts.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered to everybody. */
    open?: boolean;
    /** Stays open and tells what is new (SSE). */
    stream?: boolean;
    /** What a token must allow. */
    scope?: Scope;
  }
}

/** How the server may be reached. */
export type Access = Reach;

/** This machine alone, without tokens. */
export const LOCAL: Access = { loopback: true, public_url: null };

export function addGuard(app: FastifyInstance, access: Access): void {
  app.addHook('onRequest', async (request) => {
    const { headers } = request;
    const { host, origin } = headers;
    if (!isOurs(host, access))
      throw fault('host-refused', { facts: { host: JSON.stringify(host ?? '').slice(0, 100) } });
    const site = headers['sec-fetch-site'] as string | undefined;
    if (!isOpen(request) && isForeign({ host, origin, site }, access))
      throw fault('origin-refused', { facts: { site: JSON.stringify(origin ?? site).slice(0, 100) } });
  });
}

/** Whether a route is open to everybody: the files of the page, which tell nothing. By the route that was found: an address can be written in many ways. */
export const isOpen = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config?.open === true;
