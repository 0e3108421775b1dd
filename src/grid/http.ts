// Asks a provider politely: one answer or a fault that says what was wrong, never with a secret in it.
//
// Busy answers (429, 503 with Retry-After) and passing faults are waited out a few times, ever longer and never in step with
// others. Keys go to the one host that is theirs: redirects are not followed.

import { fault, reasonOf } from '../core/fault.ts';

export interface HttpOptions {
  /** The provider's name in faults. */
  readonly provider: string;
  /** Beginning of every address: https://api.example.org. */
  readonly base: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Query parameters that every question carries, keys among them; they are in no message. */
  readonly secret?: Readonly<Record<string, string>>;
  /** For tests. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
}

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
const LONGEST_WORDS = 200;

/** A client of one provider. */
export function createHttp(options: HttpOptions): Http {
  const { provider, base, random = Math.random } = options;
  const wait = options.wait ?? pause;

  const once = async (
    path: string,
    { query = {}, headers = {}, signal, answers = [] }: Question,
  ): Promise<string | Again> => {
    const hide = hiderOf([options.secret, options.headers, headers].flatMap((held) => Object.values(held ?? {})));
    const url = new URL(base.replace(/\/+$/, '') + path);
    for (const [name, values] of Object.entries({ ...query, ...options.secret }))
      for (const value of [values].flat()) url.searchParams.append(name, value);
    let response: Response;
    try {
      response = await fetch(url, {
        ...{ redirect: 'manual', headers: { accept: 'application/json', ...options.headers, ...headers } },
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      if (response.ok || answers.includes(response.status)) return await bodyOf(response);
    } catch (cause) {
      signal.throwIfAborted();
      return {
        after_ms: null,
        why: cause instanceof TooLarge ? 'its answer is too large' : hide(causeOf(cause)),
        busy: false,
      };
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

async function bodyOf(response: Response): Promise<string> {
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

/** Takes keys out of words: a provider may say the key again that it refuses, and so does fetch. */
function hiderOf(values: readonly string[]): (said: string) => string {
  const secrets = values
    .flatMap((value) => [value, encodeURIComponent(value), ...value.split(/\s+/).filter((word) => word.length > 5)])
    .filter((value) => value !== '');
  return (said) =>
    secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), said).slice(0, LONGEST_WORDS);
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
const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error
    ? reasonOf(error.cause)
    : error instanceof Error && error.name === 'TimeoutError'
      ? `no answer within ${PATIENCE_MS / 1000} s`
      : reasonOf(error);

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
