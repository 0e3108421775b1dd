// Server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html) to one reader: whole messages, of which the newest
// is what counts.
//
// A reader that is slow gets fewer of them and holds no memory but one: what comes while its connection is full takes the place
// of what waited. One that takes nothing for a minute is let go. A comment now and then keeps proxies from closing a quiet one.

import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Message {
  readonly event: string;
  readonly id: string;
  /** One line, as JSON without white space is. */
  readonly data: string;
}

export interface EventStream {
  send(message: Message): void;
  /** Ends it from here. */
  end(): void;
  /** The id of the last message that the reader had before it came back; null: it is new. */
  readonly last_id: string | null;
}

const QUIET_MS = 15_000;
const STUCK_MS = 60_000;
/** How long a reader that lost the connection waits before it tries again. */
const RETRY_MS = 2000;

/** Takes the reply over; `gone` is called once, when the reader is gone or the stream was ended. */
export function openEventStream(request: FastifyRequest, reply: FastifyReply, gone: () => void): EventStream {
  const { raw } = reply.hijack();
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
  raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Of nginx: what is held back is no live figure.
    'x-accel-buffering': 'no',
  });
  let waiting: Message | null = null;
  let written_ms = performance.now();
  let stuck_ms: number | null = null;
  const put = (text: string) => {
    raw.write(text);
    written_ms = performance.now();
    if (raw.writableNeedDrain) stuck_ms ??= written_ms;
  };
  const tell = ({ event, id, data }: Message) => put(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);
  raw.on('drain', () => {
    stuck_ms = null;
    const next = waiting;
    waiting = null;
    if (next !== null) tell(next);
  });
  const timer = setInterval(() => {
    const now = performance.now();
    if (stuck_ms !== null && now - stuck_ms > STUCK_MS) raw.destroy();
    else if (stuck_ms === null && now - written_ms > QUIET_MS) put(': still here\n\n');
  }, 1000);
  timer.unref();
  raw.once('close', () => {
    clearInterval(timer);
    gone();
  });
  raw.on('error', () => raw.destroy());
  put(`retry: ${RETRY_MS}\n\n`);
  const { 'last-event-id': last } = request.headers;
  return {
    last_id: typeof last === 'string' ? last : null,
    send(message) {
      if (raw.writableNeedDrain) waiting = message;
      else tell(message);
    },
    end: () => void raw.end(),
  };
}
