// What the CLI prints with --json, what the API answers and what its description says, over one ledger: they are the same.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { said } from '../../test/helpers/cli.ts';
import { AFTER, T0, toldLedger } from '../../test/helpers/told-ledger.ts';
import { budgetList, budgetStatusCommand } from '../cli/budget.ts';
import { budgetLog } from '../cli/budget-log.ts';
import { compare } from '../cli/compare.ts';
import { gridHistory } from '../cli/grid.ts';
import { gridNow } from '../cli/grid-now.ts';
import { report, runs } from '../cli/report.ts';
import { total } from '../cli/total.ts';
import { waste } from '../cli/waste.ts';
import { BY } from '../report/model.ts';
import * as budgets from './contract/budgets.ts';
import * as compared from './contract/compare.ts';
import * as decisions from './contract/decisions.ts';
import * as grid from './contract/grid.ts';
import * as reports from './contract/report.ts';
import * as totals from './contract/totals.ts';
import { createServer } from './server.ts';

let ledger: string;
let app: FastifyInstance;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: AFTER });
  ledger = await toldLedger();
  app = await createServer({ ledger, version: 'test', now: Date.now, pages: null });
});
afterAll(async () => {
  vi.useRealTimers();
  await app.close();
});

async function asked(url: string) {
  const { statusCode, body } = await app.inject({ url, headers: { host: 'localhost' } });
  const told = JSON.parse(body);
  return { statusCode, told };
}

/** Every key is described: what is not is left out by the shape, and the two differ. */
function described(shape: v.GenericSchema, told: unknown): void {
  expect(v.parse(shape, told)).toEqual(told);
}

const json = { json: true } as const;
type Case = readonly [url: string, shape: v.GenericSchema, command: (ledger: string) => Promise<unknown>];
const CASES: readonly Case[] = [
  ['/api/runs/first', reports.report, (at) => report('first', { ...json, ledger: at })],
  ['/api/runs/run-b', reports.report, (at) => report('run-b', { ...json, ledger: at })],
  [
    `/api/runs/last?as_of_ms=${AFTER}&zones=FR,SE`,
    reports.report,
    (at) => report('last', { ...json, ledger: at, zones: 'FR,SE', asOf: String(AFTER) }),
  ],
  ...BY.map(
    (by): Case => [`/api/runs/run-a?by=${by}`, reports.report, (at) => report('run-a', { ...json, ledger: at, by })],
  ),
  [
    '/api/compare?runs=run-a&runs=run-b&target=loss=2.5&quality=lr',
    compared.compare,
    (at) => compare(['run-a', 'run-b'], { ...json, ledger: at, target: 'loss=2.5', quality: 'lr' }),
  ],
  [
    '/api/compare?group=lr%3D1&group=lr%3D2',
    compared.compare,
    (at) => compare([], { ...json, ledger: at, group: ['lr=1', 'lr=2'] }),
  ],
  ['/api/budgets', budgets.budgetStatus, (at) => budgetStatusCommand({ ...json, ledger: at })],
  ['/api/budgets/log', decisions.decisionLog, (at) => budgetLog(undefined, { ...json, ledger: at })],
  [
    '/api/budgets/log?budget=lab&run=last',
    decisions.decisionLog,
    (at) => budgetLog('lab', { ...json, ledger: at, run: 'last' }),
  ],
  ['/api/totals', totals.total, (at) => total({ ...json, ledger: at })],
  [
    `/api/totals?by=project,month&tz=Asia/Tokyo&since_ms=${T0 * 1000}`,
    totals.total,
    (at) => total({ ...json, ledger: at, by: 'project,month', tz: 'Asia/Tokyo', since: String(T0 * 1000) }),
  ],
  ['/api/waste?by=tag:lr', totals.waste, (at) => waste([], { ...json, ledger: at, by: 'tag:lr' })],
  ['/api/waste?runs=run-a', totals.waste, (at) => waste(['run-a'], { ...json, ledger: at })],
  [
    `/api/grid/DE?from_ms=${(T0 - 86_400) * 1000}&to_ms=${AFTER + 3_600_000}`,
    grid.grid,
    (at) =>
      gridHistory('DE', { ...json, ledger: at, offline: true, from: `${T0 - 86_400}`, to: `${AFTER + 3_600_000}` }),
  ],
  ['/api/grid/DE/now', grid.gridNow, (at) => gridNow('DE', { ...json, ledger: at, offline: true })],
];

test.each(CASES)('%s is what the command prints, and is described', async (url, shape, command) => {
  const { statusCode, told } = await asked(url);
  expect([statusCode, told.message]).toEqual([200, undefined]);
  expect(told).toEqual(JSON.parse(await said(async () => void (await command(ledger)))));
  described(shape, told);
});

test('what only commands print is described too', async () => {
  described(reports.runs, JSON.parse(await said(() => runs({ ...json, ledger }))));
  described(budgets.budgets, JSON.parse(await said(async () => void (await budgetList({ ...json, ledger })))));
});

test('the figures are those of the ledger, by hand', async () => {
  const { told } = await asked('/api/runs/run-a?by=epoch');
  // 120 s of 500 W, at 300 g/kWh, PUE 1.25.
  expect(told.energy.it_j.value).toBeCloseTo(60_000, 6);
  expect(told.emissions.operational_g.value).toBeCloseTo((60_000 / 3.6e6) * 300 * 1.25, 9);
  expect(told.rows.map(({ epoch, energy_j }: Record<string, number>) => [epoch, Math.round(energy_j!)])).toEqual([
    [0, 30_000],
    [1, 30_000],
  ]);
  expect((await asked('/api/totals')).told.total.energy_j.value).toBeCloseTo(60_000 + 48_000, 6);
  const { told: log } = await asked('/api/budgets/log');
  expect(log.decisions).toMatchObject([{ run: 'run-b', act: 'pause', by: ['lab'], stood: {} }]);
  const { told: stand } = await asked('/api/budgets');
  expect(stand.budgets.map(({ name, standing }: Record<string, unknown>) => [name, standing])).toEqual([
    ['atlas', 'within'],
    ['lab', 'over'],
  ]);
  expect(stand.budgets[1].spent.value).toBeCloseTo(108_000, 6);
});

test('the zones of a ledger, with what is known of each', async () => {
  const { told } = await asked('/api/grid');
  described(grid.gridZones, told);
  expect(told.zones).toMatchObject([{ zone: 'DE', name: 'Germany' }]);
  expect(told.places.map(({ name }: { name: string }) => name)).toContain('aws:eu-central-1');
  const { told: now } = await asked('/api/grid/aws:eu-central-1/now');
  // An hour after T0 the second hour of the forecast begins: 200 g/kWh.
  expect([now.zone, now.g_per_kwh, now.quality]).toEqual(['DE', 200, 'forecast']);
});

test.each([
  ['/api/runs/frist', 404, 'run-not-found', 'did you mean first?'],
  ['/api/runs/run-c', 404, 'run-not-found', 'did you mean run-b, run-a?'],
  ['/api/runs/run-', 400, 'run-ambiguous', 'more characters'],
  ['/api/runs/zzzzzzzz', 404, 'run-not-found', 'joulebook runs'],
  ['/api/runs/..%2F..%2Fetc', 404, 'run-not-found', 'joulebook runs'],
  ['/api/runs/run-a?by=colour', 400, 'usage', 'step'],
  ['/api/runs/run-a?zones=Atlantis', 404, 'zone-unknown', 'did you mean'],
  ['/api/runs/run-a?as_of_ms=1e400', 400, 'usage', 'a whole number'],
  [`/api/runs/run-a?as_of_ms=${AFTER + 1}`, 400, 'usage', 'leave it out'],
  ['/api/runs/run-a?as_of_ms=1', 400, 'as-of-early', 'give a time from'],
  ['/api/runs/run-a?colour=red', 400, 'usage', 'known are run, by, zones, as_of_ms'],
  ['/api/compare?runs=run-a', 400, 'usage', 'joulebook compare RUN RUN'],
  ['/api/compare?runs=run-a&runs=run-x', 404, 'run-not-found', 'did you mean run-b, run-a?'],
  [`/api/compare?${'runs=a&'.repeat(21)}`, 400, 'usage', '20'],
  ['/api/compare?group=lr%3D1&group=lr%3D7', 400, 'usage', 'lr is one of 1, 2'],
  ['/api/compare?runs=run-a&runs=run-b&target=joy', 400, 'usage', 'loss=2.5'],
  ['/api/budgets/log?budget=lba', 404, 'budget-missing', 'atlas, lab'],
  ['/api/budgets/log?since_ms=yesterday', 400, 'usage', 'a whole number'],
  ['/api/totals?by=colour', 400, 'usage', 'project, model'],
  ['/api/totals?by=month&tz=Mars/Olympus', 400, 'usage', 'Europe/Berlin'],
  ['/api/totals?since_ms=2&until_ms=1', 400, 'usage', 'beginning first'],
  ['/api/waste?by=host', 400, 'usage', 'workflow'],
  ['/api/grid/Atlantis', 404, 'zone-unknown', 'did you mean'],
  ['/api/grid/..%2F..', 404, 'zone-unknown', 'did you mean'],
  ['/api/grid/DE?from_ms=5&to_ms=5', 400, 'usage', 'a span'],
  ['/api/grid/DE?from_ms=0', 400, 'usage', 'in parts'],
])('%s is refused: %i %s', async (url, status, code, hint) => {
  const { statusCode, told } = await asked(url);
  expect([statusCode, told.schema, told.code]).toEqual([status, 'joulebook/error/v1', code]);
  expect(told.hint).toContain(hint);
});

test('a budget that cannot be used is a warning beside the others', async () => {
  writeFileSync(join(ledger, 'budgets', 'broken.json'), '{');
  const { statusCode, told } = await asked('/api/budgets');
  expect([statusCode, told.budgets.length]).toEqual([200, 2]);
  expect(told.warnings).toMatchObject([{ code: 'budget-bad', message: expect.stringContaining('broken') }]);
});
