// The HTTP API and the pages over one ledger. It reads: runs that are being written are neither held up nor changed by it.
//
// Every refusal is a Fault of the catalogue as JSON; what nobody foresaw is told without its inside.

import compress from '@fastify/compress';
import etag from '@fastify/etag';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { Fault, type FaultKind, fault } from '../core/fault.ts';
import type { Refusal } from './contract/common.ts';
import { addPages } from './pages.ts';
import { addHealth } from './routes/health.ts';
import { addRuns } from './routes/runs.ts';

export interface Served {
  /** The ledger's folder. */
  readonly ledger: string;
  readonly version: string;
  readonly now: () => number;
  /** The folder of the built pages; null: the API alone. */
  readonly pages: string | null;
}

const STATUS: Record<FaultKind, number> = { input: 400, condition: 409, world: 503, ours: 500 };
/** Of input, that what is asked for is not there. */
const MISSING = new Set(['run-not-found', 'ledger-missing', 'route-not-found']);

/** Not yet listening. */
export async function createServer(of: Served): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, bodyLimit: 1 << 20, routerOptions: { maxParamLength: 200 } });
  // Questions are checked by their own schemas; answers are written as they are.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(async (error: FastifyError, _, reply) => {
    const told = error instanceof Fault ? error : foreseen(error);
    reply.status(statusOf(told));
    return refusalOf(told);
  });
  app.setNotFoundHandler(async ({ method, url }, reply) => {
    reply.status(404);
    return refusalOf(fault('route-not-found', { facts: { asked: `${method} ${url.split('?')[0]}` } }));
  });
  await app.register(compress, { global: true, threshold: 1024 });
  await app.register(etag);
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'joulebook', version: of.version } },
  });
  addHealth(app, of);
  addRuns(app, of);
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  if (of.pages !== null) await addPages(app, of.pages);
  return app;
}

const statusOf = ({ code, kind }: Fault): number => (MISSING.has(code) ? 404 : STATUS[kind]);

const refusalOf = ({ code, message, hint }: Fault): Refusal => ({
  ...{ schema: 'joulebook/error/v1', code, message, hint },
});

/** What the server itself refuses, such as a body that is too long. */
function foreseen(error: FastifyError): Fault {
  const input = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return input
    ? fault('usage', { facts: { problem: error.message, hint: 'see /api/openapi.json for what can be asked' } })
    : fault('server-failed', { cause: error });
}
