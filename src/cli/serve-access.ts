// The options of joulebook serve → how it may be reached. Beyond this machine tokens are wanted, always.

import { lookup } from 'node:dns/promises';
import { tokensIn } from '../app/tokens.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import type { Access } from '../server/access.ts';
import { isLoopback } from '../server/hosts.ts';
import { readTls } from './serve-tls.ts';

export interface AccessOptions {
  host?: string;
  publicUrl?: string;
  requireToken?: boolean;
  tokens?: string;
  tlsCert?: string;
  tlsKey?: string;
}

/** What was decided, and what whoever starts it should know. */
export interface Decided {
  readonly access: Access;
  readonly warnings: readonly string[];
}

/** `folder` is of the user's own tokens. Rejects with Fault usage, tokens-missing, tokens-open, file-bad, file-unreadable, address-taken. */
export async function accessOf(options: AccessOptions, folder: string | null, now_ms: number): Promise<Decided> {
  const { host = '127.0.0.1', requireToken = false } = options;
  const loopback = await onlyHere(host);
  const public_url = options.publicUrl === undefined ? null : urlOf(options.publicUrl);
  const read = readTls(options, now_ms);
  const why = loopback
    ? public_url === null
      ? null
      : `a proxy offers it as ${public_url.host}`
    : `it listens at ${host}`;
  const wanted = requireToken || options.tokens !== undefined || why !== null;
  const tokens = wanted ? someTokens(options.tokens ?? folder, why ?? 'tokens are wanted') : null;
  const plain = why !== null && read === null && public_url?.protocol !== 'https:';
  const warnings = plain
    ? [
        `what passes between this server and others is not encrypted, tokens neither: give --tls-cert and --tls-key, or --host 127.0.0.1 with a proxy that encrypts (--public-url https://…)`,
      ]
    : [];
  return {
    access: { loopback, public_url, tokens, tls: read?.tls ?? null },
    warnings: [...warnings, ...(read?.warnings ?? [])],
  };
}

/** Whether an address to listen at, or all addresses of a name, are of this machine alone. */
async function onlyHere(host: string): Promise<boolean> {
  if (isLoopback(host)) return true;
  try {
    const all = await lookup(host, { all: true });
    return all.every(({ address }) => isLoopback(address));
  } catch (error) {
    throw fault('address-taken', { facts: { address: host, why: reasonOf(error) }, cause: error });
  }
}

function urlOf(text: string): URL {
  const hint = 'the whole address that people open, such as https://energy.example.org';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw usage(`--public-url: "${text}" is no address`, hint);
  const more = url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '';
  if (more) throw usage(`--public-url: "${text}" is more than a host`, hint);
  return url;
}

/** Throws Fault tokens-missing where it holds none. */
function someTokens(folder: string | null, why: string): string {
  if (folder === null) throw usage('there is no folder of tokens: this user has no home', 'name one with --tokens DIR');
  if (tokensIn(folder).length === 0) throw fault('tokens-missing', { facts: { why, folder } });
  return folder;
}
