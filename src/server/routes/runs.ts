// The list of runs, in pages.

import type { FastifyInstance } from 'fastify';
import { runsOf } from '../../app/reports.ts';
import { type RunRow, type RunsPage, runsAsked, runsPage } from '../contract/runs.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addRuns(app: FastifyInstance, { ledger }: Served): void {
  const about = { path: '/api/runs', summary: 'Runs, newest first' };
  endpoint(
    app,
    { ...about, question: runsAsked, answer: runsPage },
    async ({ after, limit = 1000 }): Promise<RunsPage> => {
      const { runs, warnings } = await runsOf(ledger);
      const from = after === undefined ? 0 : runs.findIndex(({ id }) => id === after) + 1;
      const page = runs.slice(from, from + limit);
      const next = from + limit < runs.length ? page.at(-1)!.id : null;
      return { schema: 'joulebook/runs-page/v1', runs: page as unknown as RunRow[], next, warnings: [...warnings] };
    },
  );
}
