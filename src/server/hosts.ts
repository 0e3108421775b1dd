// Which names and addresses are this machine's own, and whether a request was meant for this server.
//
// A page of another site can point its own name at 127.0.0.1 (DNS rebinding) and then read what is served there as if it
// were its own; the Host header still tells the name that the browser believes in.

import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address, or a name that can be no other, is of this machine alone: 127.0.0.0/8, ::1, localhost and below it (RFC 6761). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  const kind = isIP(name);
  if (kind !== 0)
    return LOOPBACK.check(name.replace(/^::ffff:(?=\d+\.)/, ''), name.includes('.') || kind === 4 ? 'ipv4' : 'ipv6');
  return name === 'localhost' || name.endsWith('.localhost');
}

/** "localhost:8480" → "localhost", "[::1]:80" → "::1"; null for what is no host and port. */
export function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::\d{1,5})?$/i.exec(header ?? '');
  if (match === null) return null;
  const [, inBrackets, name] = match;
  if (inBrackets !== undefined) return isIP(inBrackets) === 6 ? inBrackets.toLowerCase() : null;
  return name!.toLowerCase();
}

/** Where a server can be reached: on loopback alone, else anywhere; and the address that a proxy offers it at. */
export interface Reach {
  readonly loopback: boolean;
  readonly public_url: URL | null;
}

/** Whether a request's Host is one of ours. Beyond loopback every name is: there the token decides, which no other site has. */
export function isOurs(header: string | undefined, { loopback, public_url }: Reach): boolean {
  const name = hostName(header);
  if (name === null) return false;
  return !loopback || isLoopback(name) || name === hostName(public_url?.host);
}

interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site, which all browsers of today send where they trust the address (https, loopback). */
  readonly site: string | undefined;
}

/** Whether a browser sends this on behalf of a page that is not ours; programs tell neither an origin nor a site. */
export function isForeign({ host, origin, site }: Asked, { public_url }: Reach): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Where they do not trust the address, they still tell the origin of what changes something.
  if (origin === undefined) return false;
  if (origin === public_url?.origin) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}
