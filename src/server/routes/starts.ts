// A run at other starts. Of its own, for it reads all of the run's energy, and few ask.

import type { FastifyInstance } from 'fastify';
import { startsOfRun } from '../../app/starts.ts';
import { findRun } from '../../ledger/runs.ts';
import { type Starts, starts, startsAsked } from '../contract/starts.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addStarts(app: FastifyInstance, { ledger }: Served): void {
  const about = { path: '/api/runs/:run/starts', summary: 'The same run, had it started at other times' };
  endpoint(
    app,
    { ...about, question: startsAsked, answer: starts },
    async ({ run }): Promise<Starts> => startsOfRun(ledger, findRun(ledger, run)),
  );
}
