// A server on loopback that answers as a provider documents, and remembers what it was asked.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A body is sent as JSON, or as it is where it is a string; a function does as it likes with the response. */
export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | ((response: ServerResponse) => void);

export interface Loopback {
  readonly base: string;
  readonly received: Received[];
  /** What is answered from now on. */
  answers(handler: (request: Received) => Reply): void;
  close(): Promise<void>;
}

/** Starts one; close() it. */
export async function loopback(first: (request: Received) => Reply): Promise<Loopback> {
  let handler = first;
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let sent = '';
    for await (const chunk of request) sent += chunk;
    const { pathname, searchParams } = new URL(request.url!, 'http://loopback');
    const asked = {
      method: request.method!,
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: sent,
    };
    received.push(asked);
    const reply = handler(asked);
    if (typeof reply === 'function') return reply(response);
    const { status = 200, headers = {}, body } = reply;
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers: (next) => {
      handler = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
