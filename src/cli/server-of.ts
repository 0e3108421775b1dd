// The server that records are sent to, as it was said.

import type { Settings } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import type { Carrier } from '../run/ship/carrier.ts';
import type { Server } from '../run/ship/post.ts';
import { isLoopback } from '../server/hosts.ts';
import { warn } from './say.ts';

/** Null where none was said. Throws Fault usage. */
export function serverOf({ server, token }: Pick<Settings, 'server' | 'token'>): Server | null {
  if (server === null) return null;
  const url = URL.canParse(server.text) ? new URL(server.text) : null;
  const hint = 'write it with its scheme, such as https://energy.example.org';
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usage(`${server.from}: "${server.text}" is no address of a server`, hint);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw usage(
      `${server.from}: an address of a server has no user, password or query`,
      'give its token as JOULEBOOK_TOKEN',
    );
  if (token !== null && !/^[\w-]{1,200}$/.test(token.text))
    throw usage(
      `${token.from} is no token of a server`,
      'make one on the server: joulebook token create NAME --scope write',
    );
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (token !== null && url.protocol === 'http:' && !isLoopback(name))
    warn(`the token is sent to ${url.host} unencrypted: whoever is on the way can read it; use https`);
  return { url: url.href, token: token?.text ?? null };
}

/** Begins to send the record of a run that this process meters; null where no server was said. */
export async function carrierOf(run: string, ledger: string, server: Server | null): Promise<Carrier | null> {
  if (server === null) return null;
  return (await import('../run/ship/carrier.ts')).carry({ ledger, run, server, pid: process.pid }, warn);
}
