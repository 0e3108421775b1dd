// How much one client, and all together, may ask of the server: sizes, times, numbers.

import type { FastifyInstance } from 'fastify';
import { fault } from '../core/fault.ts';
import { isOpen } from './guard.ts';

export const LIMITS = {
  /** Bytes of a body, as it is after it has been unpacked. */
  body: 1 << 20,
  /** Bytes of the line of the request and its headers, and how many of these. */
  header_bytes: 16_384,
  headers: 100,
  /** Within which the headers, and the whole request, are to be here. */
  headers_ms: 10_000,
  request_ms: 30_000,
  /** A connection on which nothing has moved for as long is closed: open streams beat more often. */
  idle_ms: 120_000,
  keep_alive_ms: 10_000,
  connections: 1000,
  /** Requests that are being answered at one time, and streams that are open beside them (routes with `config.stream`). */
  at_once: 64 as number,
  streams: 200 as number,
} as const;

/** For the server's constructor. */
export const serverLimits = {
  bodyLimit: LIMITS.body,
  requestTimeout: LIMITS.request_ms,
  connectionTimeout: LIMITS.idle_ms,
  keepAliveTimeout: LIMITS.keep_alive_ms,
  routerOptions: { maxParamLength: 200 },
};

/** For node's own server. */
export const nodeLimits = {
  maxHeaderSize: LIMITS.header_bytes,
  headersTimeout: LIMITS.headers_ms,
  // Slow ones are looked for as often.
  connectionsCheckingInterval: 2000,
};

/** Holds the number of connections, of headers, of requests that are being answered and of open streams: more are told to come back. */
export function addLimits(app: FastifyInstance, most: Pick<typeof LIMITS, 'at_once' | 'streams'> = LIMITS): void {
  app.server.maxConnections = LIMITS.connections;
  app.server.maxHeadersCount = LIMITS.headers;
  const inside = { at_once: 0, streams: 0 };
  app.addHook('onRequest', async (request, reply) => {
    if (isOpen(request)) return;
    const what = request.routeOptions.config.stream === true ? 'streams' : 'at_once';
    if (inside[what] >= most[what]) {
      reply.header('retry-after', '1');
      throw fault('server-busy');
    }
    inside[what] += 1;
    reply.raw.once('close', () => {
      inside[what] -= 1;
    });
  });
}
