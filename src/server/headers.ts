// What every answer tells the browser: run nothing but this server's own files, be shown inside no other page, tell nobody
// where one came from.
//
// There is no Strict-Transport-Security: it would hold for all ports of the host, and those are not ours to decide on.

import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { isOpen } from './guard.ts';

const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
  // A text becomes HTML or code nowhere: what tries to is stopped by the browser, whatever the page's code does.
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ["'none'"],
};

/** For refusals that are given before there is a route, such as of an address that cannot be decoded. */
export const BARE = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** Adds them to all that is answered from then on, refusals included. */
export async function addHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    global: true,
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: false,
  });
  app.addHook('onSend', async (request, reply) => {
    // Figures of one who may see them are kept by no cache between; the browser asks whether they still hold (ETag).
    if (!isOpen(request) && !reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
  });
}
