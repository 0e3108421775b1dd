// Which addresses a webhook may reach: public ones, unless private ones are allowed. So that whoever writes a configuration
// file cannot make joulebook talk to what only this machine or its network can.
//
// A name is looked up once for each try, and the connection goes to the very addresses that were looked at: a name that
// answers otherwise the next time (DNS rebinding) changes nothing.

import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** As dns.lookup with `all`. */
export type Resolve = (
  name: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** What is not globally reachable, or leads to such by translation: IANA special-purpose address registries (RFC 6890). */
const NOT_PUBLIC: Record<'ipv4' | 'ipv6', readonly (readonly [net: string, prefix: number])[]> = {
  ipv4: [
    ...([
      ['0.0.0.0', 8],
      ['10.0.0.0', 8],
      ['100.64.0.0', 10],
      ['127.0.0.0', 8],
      ['169.254.0.0', 16],
    ] as const),
    ...([
      ['172.16.0.0', 12],
      ['192.0.0.0', 24],
      ['192.0.2.0', 24],
      ['192.88.99.0', 24],
    ] as const),
    ...([
      ['192.168.0.0', 16],
      ['198.18.0.0', 15],
      ['198.51.100.0', 24],
      ['203.0.113.0', 24],
    ] as const),
    ...([
      ['224.0.0.0', 4],
      ['240.0.0.0', 4],
    ] as const),
  ],
  ipv6: [
    ...([
      ['::', 96],
      ['64:ff9b::', 96],
      ['64:ff9b:1::', 48],
      ['100::', 64],
      ['2001::', 23],
    ] as const),
    ...([
      ['2001:db8::', 32],
      ['2002::', 16],
      ['3fff::', 20],
      ['5f00::', 16],
      ['fc00::', 7],
    ] as const),
    ...([
      ['fe80::', 10],
      ['fec0::', 10],
      ['ff00::', 8],
    ] as const),
  ],
};

const LIST = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const)
  for (const [net, prefix] of NOT_PUBLIC[family]) LIST.addSubnet(net, prefix, family);

/** False also for what is no address. IPv4 inside IPv6 (::ffff:10.0.0.1) is judged as IPv4. */
export function isPublic(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  // BlockList takes a mapped address for the IPv4 one that it is.
  return family !== 0 && !LIST.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/** Why an address is not reached; null: it may be. */
export const refusal = (address: string, allow_private: boolean): string | null =>
  allow_private || isPublic(address)
    ? null
    : `${address} is a private, link-local or loopback address: allow it with notify.allow_private`;

/** A look-up for a connection that fails where one of a name's addresses must not be reached. */
export function guardedLookup(allow_private: boolean, resolve: Resolve = systemLookup as Resolve): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...(options as LookupOptions), all: true }, (error, addresses) => {
      if (error !== null) return done(error, '', 0);
      const why = addresses.map(({ address }) => refusal(address, allow_private)).find((one) => one !== null);
      if (why != null) return done(new RefusedAddress(why), '', 0);
      const [first] = addresses;
      if (first === undefined) return done(new Error(`${name} has no address`), '', 0);
      if ((options as LookupOptions).all === true) return done(null, addresses as never);
      done(null, first.address, first.family);
    });
  };
}

/** Trying again changes nothing. */
export class RefusedAddress extends Error {}
