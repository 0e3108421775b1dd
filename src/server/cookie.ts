// The cookie that a session in a browser is known by: for this host alone, sent to no other site, out of reach of the page's code.

import type { FastifyRequest } from 'fastify';

/** What is to be known of the way to the browser. */
export interface Way {
  /** Whether it is encrypted, by us or a proxy: then the cookie is never sent without. */
  readonly secure: boolean;
}

/** Of a request; null where there is none. */
export function sessionOf(request: FastifyRequest, way: Way): string | null {
  const start = `${nameOf(request, way)}=`;
  const pair = (request.headers.cookie ?? '').split('; ').find((one) => one.startsWith(start));
  return pair?.slice(start.length) ?? null;
}

/** The header that sets it for so many seconds; with 0 it is taken away. */
export function cookieOf(
  request: FastifyRequest,
  way: Way,
  { name, seconds }: { name: string; seconds: number },
): string {
  const parts = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${seconds}`, ...(way.secure ? ['Secure'] : [])];
  return [`${nameOf(request, way)}=${name}`, ...parts].join('; ');
}

/** Ports of one host share their cookies, so each has a name of its own. __Host- is refused by browsers from anywhere but this very host, encrypted. */
const nameOf = ({ socket }: FastifyRequest, { secure }: Way): string =>
  `${secure ? '__Host-' : ''}joulebook-${socket.localPort ?? 0}`;
