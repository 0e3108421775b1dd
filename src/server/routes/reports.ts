// The report of a run, as joulebook report RUN --json tells it.

import type { FastifyInstance } from 'fastify';
import { checkedMoment, findRunAsOf } from '../../app/as-of.ts';
import { reportOf } from '../../app/reports.ts';
import { findRun } from '../../ledger/runs.ts';
import { report, reportAsked } from '../contract/report.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addReports(app: FastifyInstance, { ledger, now }: Served): void {
  const about = { path: '/api/runs/:run', summary: 'The report of a run' };
  endpoint(app, { ...about, question: reportAsked, answer: report }, async ({ run, by, zones = '', as_of_ms }) => {
    if (as_of_ms !== undefined) checkedMoment(as_of_ms, now());
    const entry = as_of_ms === undefined ? findRun(ledger, run) : findRunAsOf(ledger, run, as_of_ms);
    return reportOf(ledger, entry, {
      ...{ as_of_ms, zones: zones.split(',').flatMap((zone) => zone.trim() || []) },
      ...(by !== undefined && { by }),
    });
  });
}
