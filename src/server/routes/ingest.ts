// Records of runs on other machines, as they are sent while they are written (docs/guides/server.md).
//
// An answer means that the bytes are on the disk: what was not answered may be sent again, as often as one likes.

import type { FastifyInstance } from 'fastify';
import { fault, usage } from '../../core/fault.ts';
import { intakeOf } from '../../ledger/ingest.ts';
import {
  type Ingest,
  type Ingested,
  ingest,
  ingested,
  ofKept,
  ofPause,
  ofRun,
  ofRunFile,
  ofWriterFile,
} from '../contract/ingest.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

const BYTES = 'application/octet-stream';
/** An intensity series of years is larger than other bodies. */
const KEPT_BYTES = 32 << 20;
/** Of a part: larger ones are synced less often. */
const PART_BYTES = 4 << 20;
/** Parts that are being written at one time: more are told to come back. */
const MOST = 16;

export async function addIngest(app: FastifyInstance, { ledger }: Served): Promise<void> {
  const intake = intakeOf(ledger);
  let open = 0;
  /** How far it is here then. */
  const counted = async (work: () => Promise<number>): Promise<Ingested> => {
    if (open >= MOST) throw fault('server-busy');
    open++;
    try {
      return { schema: 'joulebook/ingested/v1', bytes: await work() };
    } finally {
      open--;
    }
  };
  await app.register(async (inside) => {
    inside.addContentTypeParser(BYTES, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    const put = { method: 'PUT', scope: 'write', answer: ingested } as const;
    const about = { path: '/api/ingest/runs/:run', summary: 'How far the record of a run is here' };
    endpoint(
      inside,
      { ...about, scope: 'write', question: ofRun, answer: ingest },
      async ({ run }): Promise<Ingest> => {
        return { schema: 'joulebook/ingest/v1', run, files: await intake.has(run) };
      },
    );
    const kept = {
      ...{ path: '/api/ingest/kept/:hash', summary: 'Sends a file that runs name by its hash' },
      most_bytes: KEPT_BYTES,
    };
    endpoint(inside, { ...put, ...kept, question: ofKept }, async ({ hash }, { request }): Promise<Ingested> => {
      const body = bytesOf(request.body);
      return counted(() => intake.keep(hash, body));
    });
    const ofTheRun = { path: '/api/ingest/runs/:run/:file', summary: 'Sends a file of a run' };
    endpoint(inside, { ...put, ...ofTheRun, question: ofRunFile }, async (asked, { request }): Promise<Ingested> => {
      const sent = { body: bytesOf(request.body), offset: 0, age_ms: asked.age_ms };
      return counted(() => intake.take({ run: asked.run, writer: null, file: asked.file }, sent));
    });
    const ofWriter = {
      ...{ path: '/api/ingest/runs/:run/:writer/:file', summary: 'Sends a part of a file of a writer' },
      most_bytes: PART_BYTES,
    };
    endpoint(inside, { ...put, ...ofWriter, question: ofWriterFile }, async (asked, { request }): Promise<Ingested> => {
      const { run, writer, file, offset = 0, ...more } = asked;
      const sent = { body: bytesOf(request.body), offset, ...more };
      return counted(() => intake.take({ run, writer, file }, sent));
    });
    const pause = {
      path: '/api/ingest/runs/:run/:writer/paused.json',
      summary: 'Says that a writer holds its job no longer',
    };
    const gone = { method: 'DELETE', scope: 'write', answer: ingested } as const;
    endpoint(inside, { ...gone, ...pause, question: ofPause }, async (asked): Promise<Ingested> => {
      return counted(() => intake.resumed(asked).then(() => 0));
    });
  });
}

/** Throws Fault usage. */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  throw usage('the file is to be sent as the body', `as bytes, with Content-Type: ${BYTES}`);
}
