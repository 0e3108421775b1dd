// The HTTP API and the pages over one ledger. It reads: runs that are being written are neither held up nor changed by it.
//
// Every refusal is a Fault of the catalogue as JSON (refusals.ts). Who is answered is decided before anything else (access.ts).

import compress from '@fastify/compress';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { fault } from '../core/fault.ts';
import { type Access, addAccess, LOCAL, transportOf } from './access.ts';
import { type Documents, documentsHere } from './documents/makers.ts';
import { addHeaders, BARE } from './headers.ts';
import { workshopBeside } from './index/beside.ts';
import { cacheFile } from './index/cache-file.ts';
import type { Workshop } from './index/jobs.ts';
import { addLimits, serverLimits } from './limits.ts';
import type { Board } from './live/board.ts';
import { addOpenApi } from './openapi.ts';
import { addPages } from './pages.ts';
import { refuse, refuseConnection } from './refusals.ts';
import { addBudgets } from './routes/budgets.ts';
import { addCompare } from './routes/compare.ts';
import { addGrid } from './routes/grid.ts';
import { addHealth } from './routes/health.ts';
import { addIngest } from './routes/ingest.ts';
import { addLive } from './routes/live.ts';
import { addReports } from './routes/reports.ts';
import { addRuns } from './routes/runs.ts';
import { addSeries } from './routes/series.ts';
import { addSession } from './routes/session.ts';
import { addTotals } from './routes/totals.ts';
import { createRunIndex } from './run-index.ts';
import { addTags } from './tags.ts';

export interface Served {
  /** The ledger's folder. */
  readonly ledger: string;
  readonly version: string;
  readonly now: () => number;
  /** The folder of the built pages; null: the API alone. */
  readonly pages: string | null;
  /** Who looks at what goes on; absent: this thread. */
  readonly board?: Board;
  /** Who makes what takes long; absent: this thread. */
  readonly documents?: Documents;
  /** The folder for what can be made again from the ledger, such as roll-ups; absent: nothing is kept. */
  readonly cache?: string | null;
  /** What works out the rows of the list of runs; default: a process beside this one. */
  readonly workshop?: Workshop;
  /** How it may be reached; default: by this machine alone, without tokens. */
  readonly access?: Access;
}

/** Not yet listening. */
export async function createServer(of: Served): Promise<FastifyInstance> {
  const { access = LOCAL, documents = documentsHere(of.ledger) } = of;
  const app = Fastify({
    ...{ logger: false, ...serverLimits, ...transportOf(access), clientErrorHandler: refuseConnection },
    frameworkErrors: (error, _, reply) =>
      void refuse(error, reply as FastifyReply).then((told) => reply.headers(BARE).send(told as never)),
  });
  // Questions are checked by their own schemas; answers are written as they are.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(async (error: FastifyError, _, reply) => refuse(error, reply));
  app.setNotFoundHandler(async ({ method, url }, reply) =>
    refuse(fault('route-not-found', { facts: { asked: `${method} ${url.split('?')[0]}` } }), reply),
  );
  await addHeaders(app);
  const desk = await addAccess(app, access, of.now);
  addLimits(app);
  addTags(app);
  // The same on every Node: zstd is there from 22.15 on.
  await app.register(compress, {
    global: true,
    threshold: 1024,
    encodings: ['br', 'gzip'],
    requestEncodings: ['gzip'],
  });
  await addOpenApi(app, of.version);
  app.addHook('onClose', async () => documents.close());
  addSession(app, desk);
  addHealth(app, of);
  addRuns(app, runIndexOf(of));
  addReports(app, documents);
  addCompare(app, documents);
  addBudgets(app, of, documents);
  addTotals(app, documents);
  addGrid(app, of);
  addLive(app, of);
  addSeries(app, of);
  await addIngest(app, of);
  if (of.pages !== null) await addPages(app, of.pages);
  return app;
}

const runIndexOf = ({ ledger, version, now, cache = null, workshop = workshopBeside(ledger) }: Served) =>
  createRunIndex({ ledger, now, workshop, cache: cacheFile(cache, { ledger, version }) });
