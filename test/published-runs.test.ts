// Published runs end to end: their energy as a trace, imported, with the PUE and the factor that they tell. All of them, in
// the same report but faster: src/report/published-runs.test.ts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';
import { agree, type PublishedRun, printed, readPublished } from './helpers/published-runs.ts';

const START = Date.UTC(2022, 0, 1);
const at = (hours: number) => new Date(START + hours * 3_600_000).toISOString();
const folder = tempFolder();
const published = (id: string, figure: string, boundary: string) =>
  readPublished().find((run) => run.id === id && run.figure === figure && run.boundary === boundary)!;

async function imported(run: PublishedRun, trace: readonly string[], hours: number) {
  const name = `${run.id}-${run.figure}`;
  const files = { trace: join(folder, `${name}.csv`), grid: join(folder, `${name}-grid.csv`) };
  writeFileSync(files.trace, `${trace.join('\n')}\n`);
  writeFileSync(files.grid, `timestamp,end,gco2e_per_kwh\n${at(0)},${at(hours)},${run.g_per_kwh}\n`);
  const pue = run.pue === '' ? [] : ['--pue', run.pue];
  const ledger = join(folder, name);
  const result = await joulebook([
    'import',
    'trace',
    files.trace,
    ...pue,
    '--intensity',
    files.grid,
    '--ledger',
    ledger,
  ]);
  expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('rows of 1 device')]);
  return reportOf(ledger, 'last');
}

const tonnes = (text: { readonly value: number | null }) => printed(String(text.value! / 1e6), true);

test('sampled power of a system, after purchases: 227 W × 8 chips for 0.62 days, PUE 1.11', async () => {
  const run = published('evolved-medium-tpuv2-iowa', 'net', 'system');
  const minutes = Array.from({ length: 894 }, (_, i) => `${at(Math.min(i / 60, 14.88))},node,${227 * 8}`);
  const { emissions, energy } = await imported(run, ['timestamp,device,power_w', ...minutes], 15);
  expect(energy.facility_j.value! / 3.6e6).toBeCloseTo((227 * 8 * 14.88 * 1.11) / 1000, 3); // 29.994 kWh; 30 are told
  expect(agree(tonnes(emissions.operational_g), printed(run.published_t))).toBe(true); // 0.0024
});

// How long these took is not what counts: the energy is told.
test('a counter of energy of GPUs alone: 433.196 MWh, no PUE', async () => {
  const run = published('bloom-176b-dynamic', 'location', 'GPU');
  const trace = ['timestamp,device,energy_j', `${at(0)},gpu-0,0`, `${at(1)},gpu-0,${433.196 * 3.6e9}`];
  const { emissions, warnings } = await imported(run, trace, 1);
  expect(agree(tonnes(emissions.operational_g), printed(run.published_t))).toBe(true); // 24.69
  expect(warnings.map(({ code }) => code)).toContain('pue-unknown');
});

test('GPU-hours at their nameplate power and an assumed PUE: 1,022,362 h × 400 W × 1.1', async () => {
  const run = published('llama1-65b', 'location', 'GPU × PUE');
  const trace = ['timestamp,device,energy_j', `${at(0)},gpu-0,0`, `${at(1)},gpu-0,${1_022_362 * 400 * 3600}`];
  const { emissions } = await imported(run, trace, 1);
  expect(agree(tonnes(emissions.operational_g), printed(run.published_t))).toBe(true); // 173
});
