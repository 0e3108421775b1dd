// Asks a provider politely: one answer or a fault that says what was wrong, never with a secret in it.
//
// Busy answers (429, 503 with Retry-After) and passing faults are waited out a few times, ever longer and never in step with
// others. Keys go to the one host that is theirs: redirects are not followed.

import { Fault, fault, reasonOf } from '../core/fault.ts';
import { patience } from '../core/patience.ts';
import { hiderOf } from './secrets.ts';

export interface HttpOptions {
  /** The provider's name in faults. */
  readonly provider: string;
  /** Beginning of every address: https://api.example.org. */
  readonly base: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Query parameters that every question carries, keys among them; they are in no message. */
  readonly secret?: Readonly<Record<string, string>>;
  /** More that is in no message: a user, a password. */
  readonly hidden?: readonly string[];
  /** How a question goes out and its answer comes: by the network where none is given, else recorded or replayed. */
  readonly transport?: Transport;
  /** For tests. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  /** How long one answer may take, ms. */
  readonly patience_ms?: number;
}

/** What a driver passes on. */
export type Passed = Pick<HttpOptions, 'transport' | 'wait' | 'random' | 'patience_ms'>;

/** One question (GET) as it goes out. */
export interface Outgoing {
  readonly url: URL;
  /** Without the base's. */
  readonly path: string;
  /** Without the keys. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** What must not be told or kept. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}
/** Rejects as fetch does, or with a Fault, which is not tried again. */
export type Transport = (outgoing: Outgoing) => Promise<Response>;

export const byNetwork: Transport = ({ url, headers, signal }) => fetch(url, { redirect: 'manual', headers, signal });

export interface Http {
  /** The body as text, with its type. Rejects with Fault grid-refused, grid-zone (404), grid-busy, grid-unreachable. */
  text(path: string, ask: Question): Promise<string>;
  /** The body as JSON, null where it is empty (204). Rejects as text(), and with grid-bad. */
  json(path: string, ask: Question): Promise<unknown>;
}

export interface Question {
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Statuses other than 2xx whose body is an answer too. */
  readonly answers?: readonly number[];
}

const TRIES = 4;
const PATIENCE_MS = 20_000;
/** A longer Retry-After is not waited for. */
const LONGEST_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 500;
const MOST_BYTES = 32 << 20;
const TOO_LARGE = `it is larger than ${MOST_BYTES >> 20} MB`;
const LONGEST_WORDS = 200;

/** A client of one provider. */
export function createHttp(options: HttpOptions): Http {
  const { provider, base, random = Math.random, transport = byNetwork, patience_ms = PATIENCE_MS } = options;
  const wait = options.wait ?? pause;

  const outgoing = (path: string, { query = {}, headers = {} }: Question, signal: AbortSignal): Outgoing => {
    const url = new URL(base.replace(/\/+$/, '') + path);
    const told = Object.entries(query).flatMap(([name, values]) =>
      [values].flat().map((value) => [name, value] as const),
    );
    for (const [name, value] of [...told, ...Object.entries(options.secret ?? {})])
      url.searchParams.append(name, value);
    const keys = [options.secret, options.headers, headers].flatMap((held) => Object.entries(held ?? {}));
    return {
      ...{ url, path, query: told, signal },
      headers: { accept: 'application/json', ...options.headers, ...headers },
      secrets: [
        ...keys.filter(([name]) => name !== 'accept').map(([, value]) => value),
        ...(options.hidden ?? []),
        ...[url.username, url.password],
      ],
    };
  };

  const once = async (path: string, ask: Question): Promise<string | Again> => {
    const { signal, release } = patience(ask.signal, patience_ms);
    try {
      return await answered(outgoing(path, ask, signal), ask);
    } finally {
      release();
    }
  };

  const answered = async (out: Outgoing, ask: Question): Promise<string | Again> => {
    const hider = hiderOf(out.secrets);
    const hide = (said: string) => hider(said).slice(0, LONGEST_WORDS);
    let response: Response;
    try {
      response = await transport(out);
      if (response.ok || ask.answers?.includes(response.status)) return await bodyOf(response);
    } catch (cause) {
      ask.signal.throwIfAborted();
      if (cause instanceof Fault) throw cause;
      if (cause instanceof TooLarge) throw fault('grid-bad', { facts: { provider, why: TOO_LARGE }, cause });
      const why = hide(causeOf(cause, patience_ms));
      // Another try would meet the same certificate.
      if (isOfTls(cause)) throw fault('grid-unreachable', { facts: { provider, why: `no safe connection: ${why}` } });
      return { after_ms: null, why, busy: false };
    }
    const { status } = response;
    const said = hide(await bodyOf(response).then(sentenceOf, () => ''));
    const what = `HTTP ${status}${said === '' ? '' : `: ${said}`}`;
    if (status === 401 || status === 403 || status === 501)
      throw fault('grid-refused', { facts: { provider, why: what, status } });
    if (status === 404) throw fault('grid-zone', { facts: { provider, why: what, status } });
    if (status === 429 || status >= 500) return { after_ms: retryAfter(response), why: what, busy: status === 429 };
    const why = status >= 300 && status < 400 ? `${what} (a redirect, which is not followed)` : what;
    throw fault('grid-bad', { facts: { provider, why, status } });
  };

  const text = async (path: string, ask: Question): Promise<string> => {
    for (let tries = 1; ; tries++) {
      const found = await once(path, ask);
      if (typeof found === 'string') return found;
      const { after_ms, why, busy } = found;
      if (tries === TRIES || (after_ms ?? 0) > LONGEST_WAIT_MS)
        throw fault(busy ? 'grid-busy' : 'grid-unreachable', { facts: { provider, why, after_ms: after_ms ?? 0 } });
      await wait(after_ms ?? FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + random()), ask.signal);
    }
  };
  return {
    text,
    async json(path, ask) {
      const body = await text(path, ask);
      if (body.trim() === '') return null;
      try {
        return JSON.parse(body);
      } catch (cause) {
        const what = /^\s*</.test(body) ? 'it answered HTML or XML where JSON is due' : 'its answer is no JSON';
        throw fault('grid-bad', { facts: { provider, why: what }, cause });
      }
    },
  };
}

interface Again {
  /** What the provider asks for; null: it does not say. */
  readonly after_ms: number | null;
  readonly why: string;
  readonly busy: boolean;
}

class TooLarge extends Error {}

/** The text of an answer. Rejects with TooLarge. */
export async function bodyOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new TooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** What a body says in a sentence: the usual fields of JSON, else its beginning; nothing of a page. */
function sentenceOf(body: string): string {
  if (/^\s*</.test(body)) return '';
  try {
    const { error, message, detail } = JSON.parse(body) as Record<string, unknown>;
    const said = message ?? detail ?? (typeof error === 'object' ? (error as { message?: unknown })?.message : error);
    if (typeof said === 'string') return said;
  } catch {
    // not JSON
  }
  return body.trim();
}

/** Seconds or a date (RFC 9110 §10.2.3), ms; null where it does not say. */
function retryAfter({ headers }: Response): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** fetch hides why it failed in `cause`. */
const causeOf = (error: unknown, patience_ms: number): string =>
  error instanceof Error && error.cause instanceof Error
    ? reasonOf(error.cause)
    : error instanceof Error && error.name === 'TimeoutError'
      ? `no answer within ${patience_ms / 1000} s`
      : reasonOf(error);

const isOfTls = (error: unknown): boolean =>
  error instanceof Error && /CERT|TLS|SSL/.test(String((error.cause as { code?: unknown } | undefined)?.code));

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
