// Runs against the first of them, as joulebook compare --json tells it.

import type { FastifyInstance } from 'fastify';
import { comparisonOf, sidesOf, targetOf } from '../../app/comparisons.ts';
import { compare, compareAsked } from '../contract/compare.ts';
import { fewEnough } from '../cost.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addCompare(app: FastifyInstance, { ledger }: Served): void {
  const about = { path: '/api/compare', summary: 'Runs, or groups of them, against the first' };
  endpoint(
    app,
    { ...about, question: compareAsked, answer: compare },
    async ({ runs = [], group = [], target, quality = null }) =>
      comparisonOf(ledger, fewEnough(sidesOf(ledger, { runs, groups: group })), {
        target: target === undefined ? null : targetOf(target),
        quality,
      }),
  );
}
