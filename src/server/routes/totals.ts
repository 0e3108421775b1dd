// All of the ledger as one account, and what of it was wasted, as joulebook total --json and joulebook waste --json tell it.

import type { FastifyInstance } from 'fastify';
import { total, totalsAsked, waste, wasteAsked } from '../contract/totals.ts';
import type { Documents } from '../documents/makers.ts';
import { endpoint } from '../endpoint.ts';

export function addTotals(app: FastifyInstance, documents: Documents): void {
  const all = { path: '/api/totals', summary: 'Every run and monitor as one account' };
  endpoint(app, { ...all, question: totalsAsked, answer: total }, (asked) => documents.make('total', asked));
  const lost = { path: '/api/waste', summary: 'What of the energy was wasted, and on what' };
  endpoint(app, { ...lost, question: wasteAsked, answer: waste }, (asked) => documents.make('waste', asked));
}
