// A document → a signed POST to a webhook, tried again for a while where the other side may only be busy.
//
// Signed as Standard Webhooks 1.0 has it (github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 of id, time and body. The
// id is the same for each try, so a receiver can tell one that it has had; the time is that of the try, against replay.

import { createHmac } from 'node:crypto';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { isIP } from 'node:net';
import { reasonOf } from '../../core/fault.ts';
import { guardedLookup, RefusedAddress, type Resolve, refusal } from './address.ts';
import type { Webhook } from './channel.ts';

export interface Message {
  /** The same for each try. */
  readonly id: string;
  readonly body: string;
}

export interface PostOptions {
  /** What it is signed with; null: it is not signed. */
  readonly secret: string | null;
  readonly tries?: number;
  /** How long one try may take, ms. */
  readonly patience_ms?: number;
  /** For tests. */
  readonly wait?: (ms: number) => Promise<void>;
  readonly now?: () => number;
  readonly resolve?: Resolve;
}

const TRIES = 6;
const PATIENCE_MS = 10_000;
const FIRST_WAIT_MS = 1000;

/** Null: it got through, else why not. Never rejects. After 6 tries, within two minutes, it gives up. */
export async function deliver(webhook: Webhook, message: Message, options: PostOptions): Promise<string | null> {
  const { tries = TRIES, wait = pause } = options;
  let why = '';
  for (let i = 0; i < tries; i++) {
    if (i > 0) await wait(FIRST_WAIT_MS * 2 ** (i - 1) * (0.75 + Math.random() / 2));
    const told = await post(webhook, message, options).catch((error: unknown): Told => failed(error));
    if (told.ok) return null;
    why = told.why;
    if (told.settled) return why;
  }
  return `${why} (${tries} tries)`;
}

type Told = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly settled: boolean };

const failed = (error: unknown): Told => ({
  ...{ ok: false, why: reasonOf(error), settled: error instanceof RefusedAddress },
});

function post(webhook: Webhook, message: Message, options: PostOptions): Promise<Told> {
  const { patience_ms = PATIENCE_MS, now = Date.now, resolve } = options;
  const { allow_private } = webhook;
  const url = new URL(webhook.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const refused = isIP(host) === 0 ? null : refusal(host, allow_private);
  if (refused !== null) return Promise.resolve({ ok: false, why: refused, settled: true });
  return new Promise((done, fail) => {
    const request = (url.protocol === 'https:' ? secure : plain)(url, {
      ...{ method: 'POST', agent: false, lookup: guardedLookup(allow_private, resolve) },
      headers: headersOf(message, options.secret, Math.floor(now() / 1000)),
      signal: AbortSignal.timeout(patience_ms),
    });
    request.on('socket', (socket) => {
      socket.on('connect', () => {
        const why = refusal(socket.remoteAddress ?? '', allow_private);
        if (why !== null) request.destroy(new RefusedAddress(why));
      });
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      response.on('error', () => {}); // what else it says is not read
      response.destroy();
      done(judged(status));
    });
    request.on('error', (error) => {
      const late = error.name === 'AbortError' || error.name === 'TimeoutError';
      fail(late ? new Error(`no answer within ${patience_ms / 1000} s`, { cause: error }) : error);
    });
    request.end(message.body);
  });
}

/** Redirects are not followed: they may lead anywhere. */
function judged(status: number): Told {
  if (status >= 200 && status < 300) return { ok: true };
  const redirect = status >= 300 && status < 400;
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  return {
    ...{ ok: false, settled: !again },
    why: redirect ? `it answered ${status}, a redirect, which is not followed` : `it answered ${status}`,
  };
}

/** `at_s` is epoch seconds. */
export function headersOf({ id, body }: Message, secret: string | null, at_s: number): Record<string, string> {
  return {
    ...{ 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
    ...{ 'user-agent': 'joulebook', 'webhook-id': id, 'webhook-timestamp': String(at_s) },
    ...(secret !== null && { 'webhook-signature': signature({ id, body }, secret, at_s) }),
  };
}

/** "v1," and the base64 of HMAC-SHA256 over id.time.body. A secret with whsec_ before it is the base64 of the key. */
export function signature({ id, body }: Message, secret: string, at_s: number): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${at_s}.${body}`).digest('base64')}`;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
