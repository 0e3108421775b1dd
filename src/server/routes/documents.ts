// The CLI's documents: report, comparison, budgets and their log, totals, waste, grid.

import type { FastifyInstance } from 'fastify';
import { budgetStatus } from '../../app/budget-status.ts';
import { standingBudgets } from '../../app/budgets.ts';
import { comparisonOf, sidesOf, targetOf } from '../../app/comparisons.ts';
import { decisionLog } from '../../app/decision-log.ts';
import { chainSpecOf } from '../../app/grid-config.ts';
import { gridJson, knownGrid } from '../../app/grid-known.ts';
import { reportOf } from '../../app/reports.ts';
import { settingsOf } from '../../app/settings.ts';
import { divisionsOf, totalOf } from '../../app/totals.ts';
import { wasteIn } from '../../app/waste.ts';
import { zoneNamed } from '../../grid/places.ts';
import { topicsOf } from '../../ledger/grid-store.ts';
import { findRun } from '../../ledger/runs.ts';
import * as d from '../contract/documents.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

const HOUR_MS = 3_600_000;

export function addDocuments(app: FastifyInstance, { ledger, now }: Served): void {
  const at = (path: string, summary: string) => ({ path: `/api/${path}`, summary });
  endpoint(
    app,
    { ...at('runs/:run', 'The report of a run'), question: d.reportAsked, answer: d.document('joulebook/report/v1') },
    async ({ run, by, zones = '' }) =>
      reportOf(ledger, findRun(ledger, run), {
        ...(by !== undefined && { by: by }),
        zones: zones.split(',').flatMap((zone) => zone.trim() || []),
      }),
  );
  endpoint(
    app,
    {
      ...at('compare', 'Runs against the first'),
      question: d.compareAsked,
      answer: d.document('joulebook/compare/v1'),
    },
    async ({ runs = [], group = [], target, quality = null }) =>
      comparisonOf(ledger, sidesOf(ledger, { runs, groups: group }), {
        target: target === undefined ? null : targetOf(target),
        quality,
      }),
  );
  endpoint(
    app,
    { ...at('budgets', 'Standing budgets'), question: d.nothing, answer: d.document('joulebook/budget-status/v1') },
    async () => {
      const settings = await settingsOf({ ledger });
      return budgetStatus(ledger, standingBudgets(settings).standing, now());
    },
  );
  endpoint(
    app,
    { ...at('budgets/log', 'Decisions'), question: d.budgetsLogAsked, answer: d.document('joulebook/budget-log/v1') },
    async ({ budget, run, since_ms }) => decisionLog(ledger, { by: budget, run, since_ms }),
  );
  const totals = ({ by, tz = 'UTC', since_ms, until_ms }: d.TotalsAsked) => ({
    ...{ by: divisionsOf(by), time_zone: tz, since_ms: since_ms ?? null, until_ms: until_ms ?? null },
  });
  endpoint(
    app,
    { ...at('totals', 'All runs as one account'), question: d.totalsAsked, answer: d.document('joulebook/total/v1') },
    async (asked) => totalOf(ledger, totals(asked)),
  );
  endpoint(
    app,
    { ...at('waste', 'What was wasted, on what'), question: d.totalsAsked, answer: d.document('joulebook/waste/v1') },
    async (asked) => wasteIn(ledger, totals(asked)),
  );
  endpoint(
    app,
    {
      ...at('grid', 'Zones that the ledger knows'),
      question: d.nothing,
      answer: d.document('joulebook/grid-zones/v1'),
    },
    async () => ({ schema: 'joulebook/grid-zones/v1', zones: [...new Set(topicsOf(ledger).map(({ zone }) => zone))] }),
  );
  endpoint(
    app,
    { ...at('grid/:zone', 'A zone, then and to come'), question: d.gridAsked, answer: d.document('joulebook/grid/v1') },
    async ({ zone, from_ms = now() - 7 * 24 * HOUR_MS, to_ms = now() + 24 * HOUR_MS }) => {
      const key = zoneNamed(zone);
      const { grid } = await settingsOf({ ledger });
      const span = { from_ms, to_ms };
      const spec = await chainSpecOf(grid, key);
      const rest = { spans: [], forecast: false, signal: AbortSignal.timeout(10_000) };
      return gridJson(await knownGrid({ ledger, zone: key, spec, named: [], offline: true, span, ...rest }));
    },
  );
}
