// The list of runs: in pages, and all of it as columns.

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { type RunsPage, type RunsTable, runsAsked, runsPage, runsTable } from '../contract/runs.ts';
import { endpoint } from '../endpoint.ts';
import { columnsOf } from '../index/columns.ts';
import { pageOf } from '../index/listing.ts';
import type { RunIndex, RunList } from '../run-index.ts';

const compressed = promisify(gzip);

export function addRuns(app: FastifyInstance, index: RunIndex): void {
  app.addHook('onClose', () => index.close());
  const pages = { path: '/api/runs', summary: 'Runs, newest first, in pages' };
  endpoint(app, { ...pages, question: runsAsked, answer: runsPage }, async (asked, { reply }) => {
    const list = await index.list();
    reply.header('etag', `W/"${list.tag}"`);
    return {
      ...{ schema: 'joulebook/runs-page/v1', ...pageOf(list.rows, asked) },
      ...{ unread: list.unread, working: list.working, warnings: warningsOf(list) },
    } satisfies RunsPage as never;
  });

  const table = { path: '/api/runs-table', summary: 'All runs at once, as columns' };
  let made: { readonly tag: string; readonly text: Buffer; readonly gzipped: Buffer } | null = null;
  const tableOf = async (list: RunList) => {
    if (made?.tag === list.tag) return made;
    const told: RunsTable = {
      ...{ schema: 'joulebook/runs-table/v1', ...columnsOf(list.rows) },
      ...{ unread: list.unread, working: list.working, warnings: warningsOf(list) },
    };
    const text = Buffer.from(JSON.stringify(told));
    made = { tag: list.tag, text, gzipped: await compressed(text) };
    return made;
  };
  endpoint(app, { ...table, question: v.strictObject({}), answer: runsTable }, async (_, { request, reply }) => {
    const list = await index.list();
    const tag = `W/"${list.tag}"`;
    reply.header('etag', tag);
    if (request.headers['if-none-match'] === tag) return unchanged(reply);
    const { text, gzipped } = await tableOf(list);
    reply.type('application/json; charset=utf-8').header('vary', 'accept-encoding');
    return (takesGzip(request) ? reply.header('content-encoding', 'gzip').send(gzipped) : reply.send(text)) as never;
  });
}

const unchanged = (reply: FastifyReply) => reply.code(304).send() as never;

const takesGzip = ({ headers }: FastifyRequest): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(headers['accept-encoding'] ?? '');

const warningsOf = ({ damaged }: RunList) =>
  damaged.map((folder) => ({
    code: 'ledger-damage',
    message: `run.json cannot be read in ${folder}: this run is left out`,
  }));
