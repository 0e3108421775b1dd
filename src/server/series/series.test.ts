import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { endAt, gpu, runRecord, second, writerOf } from '../../../test/helpers/ledger.ts';
import { reportOf } from '../../app/reports.ts';
import { runOf } from '../../ledger/runs.ts';
import { createRun } from '../../ledger/writer.ts';
import { stepOf } from '../../workload/step.ts';
import { series as contract, type Series } from '../contract/series.ts';
import { createServer } from '../server.ts';

const folder = () => join(mkdtempSync(join(tmpdir(), 'joulebook-series-')), 'ledger');

async function ask(ledger: string, path: string) {
  const app = await createServer({ ledger, version: 'test', now: () => 0, pages: null });
  try {
    const response = await app.inject({ url: path, headers: { host: 'localhost' } });
    return { status: response.statusCode, body: response.json() };
  } finally {
    await app.close();
  }
}

/** Two GPUs for so many seconds: gpu-0 at 100 W + its second, gpu-1 at 50 W. */
function simple(seconds = 20) {
  const ledger = folder();
  createRun(ledger, runRecord('r1', { zone: 'DE', pue: 1.5 }));
  const writer = writerOf(ledger, 'r1', 'w1', [gpu(0, 'a'), gpu(1, 'b')]);
  for (let s = 0; s < seconds; s++) {
    writer.append('energy', second('gpu-0', s, 100 + s));
    writer.append('energy', second('gpu-1', s, 50));
  }
  writer.flush();
  writer.end(endAt(seconds * 1000));
  return ledger;
}

/** The course of what is asked, checked against the contract. */
async function told(ledger: string, query = '', run = 'r1'): Promise<Series> {
  const { status, body } = await ask(ledger, `/api/runs/${run}/series${query}`);
  expect(status).toBe(200);
  return v.parse(contract, body);
}

test('a short run is told second by second', async () => {
  const ledger = simple(20);
  const { status, body } = await ask(ledger, '/api/runs/r1/series');
  expect(status).toBe(200);
  const told = v.parse(contract, body);
  expect(told.stretch_ms).toBe(1000);
  expect(told.power!.devices.map(({ device, mean_w }) => [device, mean_w[3]])).toEqual([
    ['gpu-0', 103],
    ['gpu-1', 50],
  ]);
  expect(told.power!.total.mean_w[3]).toBe(153);
  // 20 × 100 + (0 + … + 19) + 20 × 50
  expect(told.energy!.value.at(-1)).toBeCloseTo(3190, 9);
});

test('at the end the sums are those of the report, with its intervals', async () => {
  const ledger = simple(5000);
  const report = await reportOf(ledger, runOf(ledger, 'r1')!);
  const { energy, emissions, intensity } = await told(ledger, '?points=50');
  for (const [sum, figure] of [
    [energy!, report.energy.it_j],
    [emissions!, report.emissions.operational_g],
  ] as const) {
    for (const name of ['value', 'low', 'high'] as const)
      expect(sum[name].at(-1)! / (figure as { value: number; low: number; high: number })[name]).toBeCloseTo(1, 9);
    expect(sum.why).toBeNull();
  }
  expect(emissions!.with_pue).toBe(true);
  expect(intensity!.parts.map(({ zone, quality }) => [zone, quality])).toEqual([['DE', 'annual']]);
  expect(intensity!.g_per_kwh).toEqual([report.emissions.intensity.mean_g_per_kwh]);
});

test('a stretch of a run goes on from what was before it', async () => {
  const ledger = simple(4000);
  const all = await told(ledger, '?points=4000');
  const part = await told(ledger, '?from=1000500&to=1009000&points=100');
  expect([part.from_ms, part.to_ms, part.stretch_ms]).toEqual([1_000_500, 1_009_000, 1000]);
  expect(part.stretches.from_ms[0]).toBe(1_000_500);
  expect(part.stretches.to_ms.at(-1)).toBe(1_009_000);
  // Half of second 1000: (100 + 1000 + 50) / 2 J after all before it.
  expect(part.energy!.before!.value).toBeCloseTo(all.energy!.value[999]! + 575, 6);
  expect(part.energy!.value.at(-1)).toBeCloseTo(all.energy!.value[1008]!, 6);
  expect(part.emissions!.value.at(-1)! / all.emissions!.value[1008]!).toBeCloseTo(1, 9);
  expect(part.power!.total.energy_j[0]).toBeCloseTo(575, 9);
  expect(part.power!.total.mean_w[0]).toBeCloseTo(1150, 9);
});

test('no more stretches than asked for, and each within the time', async () => {
  const ledger = simple(4000);
  for (const points of [1, 2, 3, 7, 100, 999]) {
    const { stretches, power, energy } = await told(ledger, `?from=7&to=3333333&points=${points}`);
    const n = stretches.from_ms.length;
    expect(n).toBeLessThanOrEqual(points);
    expect([stretches.from_ms[0], stretches.to_ms[n - 1]]).toEqual([7, 3_333_333]);
    for (let i = 1; i < n; i++) expect(stretches.from_ms[i]).toBe(stretches.to_ms[i - 1]);
    expect(power!.total.max_w.length).toBe(n);
    const joules = power!.total.energy_j.reduce((s: number, j) => s + j!, 0);
    expect(energy!.before!.value + joules).toBeCloseTo(energy!.value.at(-1)!, 6);
  }
});

test('a device that is not known for a while leaves a hole, in its own power and in all together', async () => {
  const ledger = folder();
  createRun(ledger, runRecord('r1'));
  const writer = writerOf(ledger, 'r1', 'w1', [gpu(0, 'a'), gpu(1, 'b')]);
  for (let s = 0; s < 4; s++) {
    writer.append('energy', second('gpu-0', s, 100));
    const dark = { energy_j: null, min_w: null, max_w: null, quality: 'unknown', why: 'unreadable' } as const;
    writer.append('energy', second('gpu-1', s, 50, s === 2 ? dark : {}));
  }
  writer.flush();
  writer.end(endAt(4000));
  const { power, energy, emissions, intensity, spans, steps } = await told(ledger);
  expect(power!.devices[1]!.mean_w).toEqual([50, 50, null, 50]);
  expect(power!.devices[1]!.seen).toEqual([1, 1, 0, 1]);
  expect(power!.total.mean_w).toEqual([150, 150, null, 150]);
  expect(power!.total.seen).toEqual([1, 1, 0.5, 1]);
  // What is not known adds nothing to the sum and as much as the device can draw to its upper end: 700 W for a second.
  expect(energy!.value).toEqual([150, 300, 400, 550]);
  expect(energy!.high[2]! - 400).toBeGreaterThan(690);
  expect(spans!.gaps).toEqual([
    { device: 'gpu-1', host: 'h', from_ms: 2000, to_ms: 3000, why: 'unreadable', state: 'unknown' },
  ]);
  expect(emissions!.value).toEqual([null, null, null, null]);
  expect(emissions!.why).toMatch(/zone/);
  expect(intensity!.parts).toEqual([]);
  expect(steps!.count).toBe(0);
});

test('of a log each line is told, or the ends of each stretch', async () => {
  const ledger = simple(4000);
  const writer = writerOf(ledger, 'r1', 'w2', []);
  for (let i = 1; i <= 2000; i++) {
    const line = {
      step: i,
      tokens: i * 10,
      tokens_are: 'cumulative',
      loss: i === 777 ? 99 : 5 - i / 1000,
      lr: 0.1,
    } as const;
    writer.append('steps', { ...stepOf(i * 1000, line), it_j: null });
    if (i % 100 === 0)
      writer.append('steps', { ...stepOf(i * 1000 + 1, { step: i, loss: -1, phase: 'eval' }), it_j: null });
  }
  writer.flush();
  writer.end(endAt(4_000_000));
  const { steps: few, spans } = await told(ledger, '?points=50');
  expect(few!.count).toBe(2000);
  expect(few!.lines.reduce((s, n) => s + n, 0)).toBe(2000);
  expect(Math.max(...few!.loss.max.map(Number))).toBe(99);
  expect(Math.min(...few!.loss.min.map(Number))).toBe(3);
  expect(few!.step.last.at(-1)).toBe(2000);
  expect(new Set(few!.tokens_per_s.max.filter((x) => x !== null))).toEqual(new Set([10]));
  expect(spans!.phases.some(({ phase }) => phase === 'train')).toBe(true);
  const { steps: each } = await told(ledger, '?from=700000&to=800000&points=200');
  expect(each!.count).toBe(100);
  expect(each!.loss.first[77]).toBe(99);
  // By second 777: 777 × 150 J and 0 + … + 776.
  expect(each!.it_j[77]).toBeCloseTo(777 * 150 + (776 * 777) / 2, 6);
});

test('what cannot be asked is told', async () => {
  const ledger = simple(3);
  for (const query of ['?points=0', '?points=4001', '?from=-1', '?from=abc', '?what=powers', '?zoom=1'])
    expect((await ask(ledger, `/api/runs/r1/series${query}`)).status).toBe(400);
  expect((await ask(ledger, '/api/runs/nobody/series')).status).toBe(404);
  expect((await ask(ledger, '/api/runs/..%2F..%2Fetc/series')).status).toBe(404);
  // A time outside the run is empty.
  const { stretches, power } = await told(ledger, '?from=900000&to=1000000');
  expect([stretches.from_ms, power!.total.mean_w]).toEqual([[], []]);
  expect((await told(ledger, '?what=power&device=gpu-1')).power!.devices.map(({ device }) => device)).toEqual([
    'gpu-1',
  ]);
  expect(Object.keys(await told(ledger, '?what=intensity'))).not.toContain('power');
});

test('a damaged segment hides no other, and makes the sums unknown', async () => {
  const ledger = simple(10);
  writeFileSync(join(ledger, 'runs', 'r1', 'w1', 'energy.000002.parquet'), 'PAR1 nothing of the kind PAR1');
  const { power, energy, warnings } = await told(ledger);
  expect(power!.devices[0]!.mean_w[9]).toBe(109);
  expect(energy!.value.every((value) => value === null)).toBe(true);
  expect(energy!.why).toMatch(/energy\.000002\.parquet/);
  expect(warnings.map(({ code }) => code)).toContain('ledger-damage');
});
