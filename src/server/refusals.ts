// What went wrong → the answer of the API: a Fault as JSON, with the HTTP status of its code or kind.
//
// What nobody foresaw is told without its inside. Requests that are no HTTP, or too slow, are refused on the bare connection.

import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply } from 'fastify';
import { Fault, type FaultKind, fault, usage } from '../core/fault.ts';
import type { Refusal } from './contract/common.ts';

const OF_KIND: Record<FaultKind, number> = { input: 400, condition: 409, world: 503, ours: 500 };
const OF_CODE: Readonly<Record<string, number>> = {
  'run-not-found': 404,
  'budget-missing': 404,
  'zone-unknown': 404,
  'ledger-missing': 404,
  'route-not-found': 404,
  'token-needed': 401,
  'token-scope': 403,
  'origin-refused': 403,
  'host-refused': 421,
  'asked-too-often': 429,
  'ingest-full': 507,
};

/** What the server itself refuses, such as a body that is too long, keeps its status. */
export async function refuse(error: FastifyError | Fault, reply: FastifyReply): Promise<Refusal> {
  const told = error instanceof Fault ? error : foreseen(error);
  reply.status(error instanceof Fault || told.kind === 'ours' ? statusOf(told) : error.statusCode!);
  return refusalOf(told);
}

const statusOf = ({ code, kind }: Fault): number => OF_CODE[code] ?? OF_KIND[kind];

const refusalOf = ({ code, message, hint }: Fault): Refusal => ({
  ...{ schema: 'joulebook/error/v1', code, message, hint },
});

const HINT = 'see /api/openapi.json for what can be asked';

function foreseen(error: FastifyError): Fault {
  const input = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return input ? usage(error.message, HINT) : fault('server-failed', { cause: error });
}

const BROKEN: Readonly<Record<string, readonly [string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
};

/** For a connection that never became a request. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, problem] = BROKEN[error.code ?? ''] ?? [
    '400 Bad Request',
    `this is no HTTP request (${error.code ?? error.name})`,
  ];
  const body = JSON.stringify(refusalOf(usage(problem, HINT)));
  const headers = `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
}
