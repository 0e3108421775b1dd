// Who asks: the holder of a token, said in a header by programs, by a cookie of a session in a browser.
//
// A session is a random name that the browser gets for a token: the token itself stays out of it. Sessions live in memory, so
// a new start of the server ends them, and so does taking the token away.

import { randomBytes } from 'node:crypto';
import { digest, isGood, type Token, tokenSaid, tokensIn, tokensMovedAt } from '../app/tokens.ts';
import { fault } from '../core/fault.ts';

/** How long the tokens of the folder are believed where it looks unchanged: its time may be too coarse to show two changes at once. */
const BELIEVED_MS = 1000;
export const SESSION_MS = 7 * 86_400_000;
/** The oldest goes where there would be more. */
const MOST_SESSIONS = 1000;

interface Session {
  readonly sha256: string;
  readonly until_ms: number;
}

export class Holders {
  readonly #folder: string;
  readonly #now: () => number;
  /** By the hash of their name, in the order of their beginning. */
  readonly #sessions = new Map<string, Session>();
  #known: { readonly tokens: readonly Token[]; readonly at_ms: number; readonly moved_ms: number } | null = null;

  /** Of the tokens of a folder. */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Of a token; null for one that is unknown or expired. Throws Fault server-failed where the tokens cannot be read. */
  ofToken(said: string): Token | null {
    return tokenSaid(said, this.#tokens(), this.#now());
  }

  /** Of a session; null for one that is unknown or over. Throws Fault server-failed where the tokens cannot be read. */
  ofSession(name: string): Token | null {
    const now_ms = this.#now();
    const session = this.#sessions.get(keyOf(name));
    if (session === undefined || now_ms >= session.until_ms) return null;
    const token = this.#tokens().find(({ sha256 }) => sha256 === session.sha256);
    return token !== undefined && isGood(token, now_ms) ? token : null;
  }

  /** Begins a session: its name, and until when it can last. */
  enter({ sha256, expires_at_ms }: Token): { readonly name: string; readonly until_ms: number } {
    const name = randomBytes(32).toString('base64url');
    const until_ms = Math.min(this.#now() + SESSION_MS, expires_at_ms ?? Infinity);
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size >= MOST_SESSIONS && oldest.done !== true) this.#sessions.delete(oldest.value);
    this.#sessions.set(keyOf(name), { sha256, until_ms });
    return { name, until_ms };
  }

  leave(name: string): void {
    this.#sessions.delete(keyOf(name));
  }

  #tokens(): readonly Token[] {
    const now_ms = this.#now();
    const moved_ms = tokensMovedAt(this.#folder);
    const age_ms = this.#known === null ? Infinity : now_ms - this.#known.at_ms;
    if (this.#known === null || age_ms >= BELIEVED_MS || age_ms < 0 || moved_ms !== this.#known.moved_ms)
      this.#known = { tokens: read(this.#folder), at_ms: now_ms, moved_ms };
    return this.#known.tokens;
  }
}

/** Strangers are not told where tokens stand and what is wrong there: nobody is let in. */
function read(folder: string): Token[] {
  try {
    return tokensIn(folder);
  } catch (error) {
    throw fault('server-failed', { cause: error });
  }
}

const keyOf = (name: string): string => digest(name).toString('hex');
