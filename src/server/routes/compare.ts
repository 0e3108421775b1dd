// Runs against the first of them, as joulebook compare --json tells it.

import type { FastifyInstance } from 'fastify';
import { compare, compareAsked } from '../contract/compare.ts';
import type { Documents } from '../documents/makers.ts';
import { endpoint } from '../endpoint.ts';

export function addCompare(app: FastifyInstance, documents: Documents): void {
  const about = { path: '/api/compare', summary: 'Runs, or groups of them, against the first' };
  endpoint(app, { ...about, question: compareAsked, answer: compare }, (asked) => documents.make('compare', asked));
}
