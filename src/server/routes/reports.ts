// The report of a run, as joulebook report RUN --json tells it, and the same run at other starts.

import type { FastifyInstance } from 'fastify';
import { report, reportAsked } from '../contract/report.ts';
import { starts, startsAsked } from '../contract/starts.ts';
import type { Documents } from '../documents/makers.ts';
import { endpoint } from '../endpoint.ts';

export function addReports(app: FastifyInstance, documents: Documents): void {
  const one = { path: '/api/runs/:run', summary: 'The report of a run' };
  endpoint(app, { ...one, question: reportAsked, answer: report }, (asked) => documents.make('report', asked));
  const other = { path: '/api/runs/:run/starts', summary: 'The same run, had it started at other times' };
  endpoint(app, { ...other, question: startsAsked, answer: starts }, (asked) => documents.make('starts', asked));
}
