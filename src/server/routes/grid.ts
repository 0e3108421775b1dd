// What is known of grids, as joulebook grid zones|now|history|forecast --json tell it.
//
// Nobody is asked: to read changes nothing, and runs, joulebook grid sync and the like keep what is known up to date.

import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { chainSpecOf } from '../../app/grid-config.ts';
import { gridJson, type Known, knownGrid } from '../../app/grid-known.ts';
import { gridNowJson, gridNowOf, spansOfNow } from '../../app/grid-now.ts';
import { settingsOf } from '../../app/settings.ts';
import { zonesOfLedger } from '../../app/zones.ts';
import { usage } from '../../core/fault.ts';
import { zoneNamed } from '../../grid/places.ts';
import type { Span } from '../../grid/provider.ts';
import { grid, gridAsked, gridNow, gridNowAsked, gridZones } from '../contract/grid.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

const DAY_MS = 86_400_000;
/** Half-hours of a year are 4 MB of JSON. */
const MOST_MS = 366 * DAY_MS;

export function addGrid(app: FastifyInstance, { ledger, now }: Served): void {
  const zones = { path: '/api/grid', summary: 'The zones that the ledger knows' };
  endpoint(app, { ...zones, question: v.strictObject({}), answer: gridZones }, async () =>
    zonesOfLedger(await settingsOf({ ledger })),
  );
  const over = { path: '/api/grid/:zone', summary: 'A zone over time: what was, and what is expected' };
  endpoint(app, { ...over, question: gridAsked, answer: grid }, async ({ zone, ...asked }) => {
    const { from_ms = now() - 7 * DAY_MS, to_ms = now() + DAY_MS } = asked;
    if (to_ms <= from_ms) throw usage('to_ms is not after from_ms', 'give a span of time');
    if (to_ms - from_ms > MOST_MS) throw usage('that is more than a year', 'ask for it in parts');
    return gridJson(await knownOf(ledger, zone, { from_ms, to_ms }));
  });
  const moment = { path: '/api/grid/:zone/now', summary: 'A zone at this moment, and when it will be cleanest' };
  endpoint(app, { ...moment, question: gridNowAsked, answer: gridNow }, async ({ zone }) => {
    const at_ms = now();
    return gridNowJson(gridNowOf(await knownOf(ledger, zone, spansOfNow(at_ms).span), at_ms));
  });
}

async function knownOf(ledger: string, text: string, span: Span): Promise<Known> {
  const zone = zoneNamed(text);
  const spec = await chainSpecOf((await settingsOf({ ledger })).grid, zone);
  const asked = { spans: [], forecast: false, offline: true, signal: new AbortController().signal };
  return knownGrid({ ledger, zone, spec, named: [], span, ...asked });
}
