// All of the ledger as one account, and what of it was wasted, as joulebook total --json and joulebook waste --json tell it.

import type { FastifyInstance } from 'fastify';
import type { TotalWishes } from '../../app/ledger-slices.ts';
import { divisionsOf, totalOf } from '../../app/totals.ts';
import { checkWasteBy, wasteIn } from '../../app/waste.ts';
import { usage } from '../../core/fault.ts';
import { findRun } from '../../ledger/runs.ts';
import { total, totalsAsked, type WindowAsked, waste, wasteAsked } from '../contract/totals.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addTotals(app: FastifyInstance, { ledger }: Served): void {
  const all = { path: '/api/totals', summary: 'Every run and monitor as one account' };
  endpoint(app, { ...all, question: totalsAsked, answer: total }, async (asked) => totalOf(ledger, wishesOf(asked)));
  const lost = { path: '/api/waste', summary: 'What of the energy was wasted, and on what' };
  endpoint(app, { ...lost, question: wasteAsked, answer: waste }, async ({ runs = [], ...asked }) => {
    const wishes = wishesOf(asked);
    checkWasteBy(wishes.by);
    const chosen = new Set(runs.map((run) => findRun(ledger, run).record.id));
    return wasteIn(ledger, { ...wishes, ...(chosen.size > 0 && { runs: chosen }) });
  });
}

function wishesOf({ by: text, tz, since_ms, until_ms }: WindowAsked): TotalWishes {
  const by = divisionsOf(text);
  if (since_ms !== undefined && until_ms !== undefined && since_ms >= until_ms)
    throw usage('since_ms is not before until_ms', 'give the beginning first');
  return { by, time_zone: tz ?? 'UTC', since_ms: since_ms ?? null, until_ms: until_ms ?? null };
}
