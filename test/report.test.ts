// Reports of ledgers written by hand: resumed, killed, damaged, shared. Expected values by pocket calculator.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportOf, runsOf } from '../src/app/reports.ts';
import { compactFolder } from '../src/ledger/compact.ts';
import { putWhole } from '../src/ledger/durable.ts';
import { gridFile } from '../src/ledger/records.ts';
import { findRun } from '../src/ledger/runs.ts';
import { createRun } from '../src/ledger/writer.ts';
import type { Device } from '../src/meter/port.ts';
import { BY, type By } from '../src/report/model.ts';
import { stepOf } from '../src/workload/step.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

let ledger: string;
beforeEach(() => {
  ledger = mkdtempSync(join(tmpdir(), 'jb-report-'));
});
afterEach(() => rmSync(ledger, { recursive: true, force: true }));

interface Metered {
  readonly from?: number;
  readonly seconds: number;
  readonly devices?: readonly Device[];
  /** Counter and polled energy as noticed. */
  readonly noticed?: readonly [number, number];
  readonly killed?: boolean;
  readonly watts?: number;
  /** Cumulative, logged at the end. */
  readonly tokens?: number;
}

/** One writer of a run: every device that can be read uses so many watts over its seconds. */
async function metered(run: string, writer: string, options: Metered): Promise<string> {
  const { from = 0, seconds, devices = [gpu(0, 'GPU-0')], noticed, killed, watts = 300, tokens } = options;
  createRun(ledger, runRecord(run, { created_at_ms: from }));
  const out = writerOf(ledger, run, writer, devices, {
    ...{ started_at_ms: from * 1000, ...(killed ? { pid_start: 'long ago' } : {}) },
  });
  for (const { device, source } of devices) {
    for (let s = from; s < from + seconds && source !== 'missing'; s++) out.append('energy', second(device, s, watts));
    const [counter_j, polled_j] = noticed ?? [seconds * watts, seconds * watts];
    const facts = { counter_j, polled_j, edge_j: 0, roughness: 0, swing: 0, samples: 10 * seconds };
    out.append('events', { at_ms: (from + seconds) * 1000, event: 'findings', device, message: '', facts });
  }
  if (tokens !== undefined)
    out.append('steps', {
      ...stepOf((from + seconds) * 1000 - 1, { tokens, tokens_are: 'cumulative' }),
      it_j: null,
    });
  if (killed) out.flush();
  else await out.end(endAt((from + seconds) * 1000));
  return out.folder;
}
const report = (run: string, by?: By) => reportOf(ledger, findRun(ledger, run), by === undefined ? {} : { by });
const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code);

describe('killed and resumed', () => {
  test('the time between belongs to nothing: 20 s at 300 W, wholly observed', async () => {
    await metered('a', 'w1', { seconds: 10, killed: true });
    await metered('a', 'w2', { from: 70, seconds: 10 });
    const { run, energy, warnings } = await report('a');
    expect(run).toMatchObject({ started_at_ms: 0, ended_at_ms: 80_000, duration_s: 20, segments: 2 });
    expect(energy.devices).toMatchObject([{ coverage: 1, mean_w: 300, energy_j: { value: 6000 } }]);
    expect(energy.devices[0]!.notes).toEqual([]);
    expect(codes(warnings)).not.toContain('device-shared');
  });

  test('tokens per second are of the time in which it ran: 2000 tokens in 20 s', async () => {
    await metered('a', 'w1', { seconds: 10, killed: true, tokens: 1000 });
    await metered('a', 'w2', { from: 70, seconds: 10, tokens: 2000 });
    expect((await report('a')).work).toMatchObject({ tokens: 2000, tokens_per_s: 100 });
  });

  test.each([false, true])('what the first segment noticed still counts (killed: %s)', async (killed) => {
    // Counter 1800 J where power says 3300; then a clean 300 J: 2100 J, and 1500 more by the other sensor.
    await metered('a', 'w1', { seconds: 6, noticed: [1800, 3300], killed });
    await metered('a', 'w2', { from: 60, seconds: 1 });
    const { energy, warnings } = await report('a');
    expect(energy.it_j).toMatchObject({ value: 2100, low: expect.closeTo(2100 - 105, 9) });
    expect((energy.it_j as { high: number }).high).toBeCloseTo(2100 + Math.hypot(1500, 105), 9);
    expect(codes(warnings)).toContain('sensor-disagreement');
  });
});

test('told again, a report is the same to the last bit, by open segments and by sealed ones', async () => {
  createRun(ledger, runRecord('a', { zone: 'DE', pue: 1.1 }));
  const folders = [];
  for (const writer of ['w1', 'w2', 'w3']) {
    const devices = [0, 1, 2, 3].map((index) => gpu(index, `${writer}-${index}`));
    const out = writerOf(ledger, 'a', writer, devices, { pid: 1 });
    for (let s = 0; s < 3000; s++)
      for (const { device } of devices)
        out.append('energy', second(device, s, 100 + ((s * 7919 + writer.charCodeAt(1)) % 1009) / 7));
    await out.end(endAt(3_000_000));
    folders.push(out.folder);
  }
  const told = async () => JSON.stringify([await report('a', 'hour'), await runsOf(ledger)]);
  const first = await told();
  for (let i = 0; i < 5; i++) expect(await told()).toBe(first);
  await compactFolder(folders[0]!, true);
  expect(await told()).toBe(first);
  for (const folder of folders) await compactFolder(folder, true);
  for (let i = 0; i < 3; i++) expect(await told()).toBe(first);
});

describe('devices.json', () => {
  test.each<[string, (file: string) => void]>([
    ['lost', (file) => rmSync(file)],
    ['damaged', (file) => writeFileSync(file, '{"devices":[{}]')],
    ['of another shape', (file) => writeFileSync(file, '{"devices":[{"device":"gpu-0"}],"absent":[]}')],
    ['without one of the devices', (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('gpu-0', 'gpu-9'))],
  ])('%s: the energy is unknown, not less, and the rows say what they cover', async (_, damage) => {
    const folder = await metered('a', 'w1', { seconds: 10 });
    await metered('a', 'w2', { from: 20, seconds: 10, devices: [gpu(1, 'GPU-1')] });
    damage(join(folder, 'devices.json'));
    for (const by of BY.filter((one) => one !== 'window')) {
      const { energy, warnings, rows } = await report('a', by);
      expect(energy.it_j).toMatchObject({
        value: null,
        why: expect.stringMatching(/records of gpu-0 .*w1\/devices\.json/),
      });
      expect(rows!.reduce((s, row) => s + row.energy_j!, 0)).toBeCloseTo(3000, 9);
      expect(codes(warnings)).toEqual(expect.arrayContaining(['ledger-damage', 'rows-partial']));
      expect(warnings.find(({ code }) => code === 'rows-partial')!.message).toMatch(/gpu-1/);
    }
    expect((await runsOf(ledger)).runs[0]!.it_j.value).toBeNull();
  });
});

test('rows of a run with a device that cannot be read say what they cover', async () => {
  await metered('a', 'w', { seconds: 10, devices: [gpu(0, 'GPU-0'), gpu(1, 'GPU-1', { source: 'missing' })] });
  expect(codes((await report('a')).warnings)).not.toContain('rows-partial');
  const { energy, rows, warnings } = await report('a', 'device');
  expect(energy.it_j.value).toBeNull();
  expect(rows).toMatchObject([{ device: 'gpu-0', energy_j: 3000 }]);
  expect(warnings.find(({ code }) => code === 'rows-partial')!.message).toMatch(/\(gpu-0\)/);
});

describe('the total of all runs', () => {
  test('takes nothing off for a run whose energy it never added', async () => {
    await metered('a', 'w', { seconds: 4 });
    await metered('b', 'w', { seconds: 4, devices: [gpu(0, 'GPU-0'), gpu(1, 'GPU-1', { source: 'missing' })] });
    const { total, warnings } = await runsOf(ledger);
    expect(total).toEqual({ it_j: 1200, shared_j: 0 });
    expect(warnings).toEqual([{ code: 'total-partial', message: expect.stringContaining('leaves out 1 run ') }]);
  });

  test('counts what known runs share once', async () => {
    await metered('a', 'w', { seconds: 4 });
    await metered('b', 'w', { from: 2, seconds: 4 });
    expect((await runsOf(ledger)).total).toEqual({ it_j: 1800, shared_j: 600 });
  });
});

describe('one damaged file does not blind the ledger', () => {
  test('a Parquet file: its run is unknown, with the file, and the others are told', async () => {
    const folder = await metered('a', 'w', { seconds: 4 });
    await metered('b', 'w', { from: 10, seconds: 4 });
    writeFileSync(join(folder, 'energy.000002.parquet'), 'PAR1');
    const { runs, total } = await runsOf(ledger);
    expect(runs.map(({ id, it_j }) => [id, it_j.value])).toEqual([
      ['b', 1200],
      ['a', null],
    ]);
    expect(total.it_j).toBe(1200);
    const { energy, warnings } = await report('a', 'hour');
    expect(energy.it_j).toMatchObject({ why: 'records were damaged: w/energy.000002.parquet' });
    expect(warnings).toContainEqual({
      code: 'ledger-damage',
      message: 'records were damaged: w/energy.000002.parquet',
    });
  });

  test.each([
    ['cut short', '{"id":'],
    ['of another shape', '{"id":"a"}'],
    ['null', 'null'],
    ['of another run', JSON.stringify(runRecord('z'))],
  ])('run.json %s: the list names the folder', async (_, text) => {
    await metered('a', 'w', { seconds: 4 });
    await metered('b', 'w', { from: 10, seconds: 4 });
    writeFileSync(join(ledger, 'runs/a/run.json'), text);
    const { runs, warnings } = await runsOf(ledger);
    expect(runs.map(({ id }) => id)).toEqual(['b']);
    expect(warnings).toEqual([
      { code: 'ledger-damage', message: expect.stringContaining(join(ledger, 'runs', 'a')) as string },
    ]);
  });

  test('writer.json: its records are missed, so the energy is unknown', async () => {
    const folder = await metered('a', 'w1', { seconds: 4 });
    await metered('a', 'w2', { from: 10, seconds: 4 });
    writeFileSync(join(folder, 'writer.json'), '{}');
    const { energy, warnings } = await report('a');
    expect(energy.it_j).toEqual({ value: null, why: 'w1/writer.json cannot be read' });
    expect(codes(warnings)).toContain('ledger-damage');
  });

  test.each<[string, string | null]>([
    ['missing', null],
    ['damaged', '{"zone":"DE"'],
    ['of another shape', '{"zone":"DE","from_ms":[0]}'],
  ])('an intensity series %s: emissions are unknown with the reason, energy is not', async (_, text) => {
    const hash = `h-${ledger.slice(-6)}`;
    createRun(ledger, runRecord('a', { zone: 'DE', intensity: { file: 'grid.csv', hash } }));
    await metered('a', 'w', { seconds: 4 });
    await metered('b', 'w', { from: 10, seconds: 4 });
    if (text !== null) putWhole(gridFile(ledger, hash), text);
    const { energy, emissions } = await report('a');
    expect(energy.it_j.value).toBe(1200);
    expect(emissions.operational_g).toMatchObject({ value: null, why: expect.stringMatching(/is lost: .*h-.*json/) });
    expect((await runsOf(ledger)).runs).toHaveLength(2);
  });
});
