// One question to a joulebook serve elsewhere, with its answer: bounded in time and in size, and only what was asked for.

import { reasonOf } from '../../core/fault.ts';

export interface Server {
  readonly url: string;
  /** Sent with each question; null: none is. */
  readonly token: string | null;
}

/** Why a question came to nothing: `status` null where there was no answer that can be understood. */
export class Refused extends Error {
  readonly status: number | null;
  readonly code: string | null;
  /** How long it asks not to be asked again, ms. */
  readonly wait_ms: number;
  constructor(why: string, { status = null as number | null, code = null as string | null, wait_ms = 0 } = {}) {
    super(why);
    this.status = status;
    this.code = code;
    this.wait_ms = wait_ms;
  }
}

export type Ask = (
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  body?: Uint8Array,
) => Promise<Readonly<Record<string, unknown>>>;

/** A slow line takes so long for one part; a server that takes longer is as good as none. */
const MOST_MS = 25_000;
const MOST_ANSWER = 16 << 20;

/** Asks below the server's address. Rejects with Refused alone. */
export function asker({ url, token }: Server): Ask {
  const base = url.endsWith('/') ? url : `${url}/`;
  return async (method, path, body) => {
    let status: number | null = null;
    try {
      const answer = await fetch(new URL(path, base), {
        ...{ method, redirect: 'error', signal: AbortSignal.timeout(MOST_MS) },
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        },
        ...(body === undefined ? {} : { body }),
      });
      status = answer.status;
      const said = parsed(await textOf(answer));
      if (answer.ok && said !== null) return said;
      const why = answer.ok || said === null ? `its answer (HTTP ${status}) is none of joulebook's` : wordsOf(said);
      const wait_ms = 1000 * Math.min(600, Number(answer.headers.get('retry-after') ?? 0) || 0);
      const code = typeof said?.code === 'string' && said.schema === 'joulebook/error/v1' ? said.code : null;
      throw new Refused(why, { status: code === null ? null : status, code, wait_ms });
    } catch (error) {
      if (error instanceof Refused) throw error;
      const cause = (error as { cause?: { code?: string } }).cause?.code;
      throw new Refused(cause ?? reasonOf(error));
    }
  };
}

/** Rejects where it is longer than any answer of ours. */
async function textOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MOST_ANSWER) throw new Refused('its answer has no end');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What it says is shown to people: without what steers a terminal, and not at length. */
const wordsOf = ({ message }: Record<string, unknown>): string =>
  typeof message === 'string' ? message.replace(/\p{Cc}/gu, ' ').slice(0, 300) : 'it says nothing of why';
