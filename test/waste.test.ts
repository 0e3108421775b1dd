// The waste of ledgers written by hand, by arithmetic: seconds of known power, with logs, ends and monitors.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { totalOf } from '../src/app/totals.ts';
import { wasteIn } from '../src/app/waste.ts';
import { CAUSES } from '../src/emissions/waste.ts';
import type { IntensitySeries } from '../src/grid/series.ts';
import { keep, keptAs } from '../src/ledger/kept.ts';
import type { RunRecord } from '../src/ledger/records.ts';
import { createRun } from '../src/ledger/writer.ts';
import type { TotalBy } from '../src/report/total.ts';
import type { WasteJson, WasteSums } from '../src/report/waste.ts';
import { plainIntensity } from '../src/run/intensity.ts';
import { type Step, stepOf } from '../src/workload/step.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

let folder: string;
let ledger: string;
const T0 = Date.UTC(2026, 0, 1) / 1000;

beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  mkdirSync(ledger);
});

interface Segment {
  /** Seconds from T0 at which it begins, and W of each second from then on. */
  readonly from: number;
  readonly watts: readonly number[];
  readonly exit_code?: number;
  readonly by_budget?: 'stopped' | 'paused';
  /** Second from T0, and what its line tells. */
  readonly steps?: readonly (readonly [number, Partial<Step>])[];
  readonly uuid?: string;
  /** Somebody looks every second and sees nobody. */
  readonly nobody?: boolean;
}
async function recorded(id: string, record: Partial<RunRecord>, ...segments: Segment[]): Promise<void> {
  createRun(ledger, runRecord(id, { zone: 'DE', pue: 1, ...record }));
  for (const [
    i,
    { from, watts, exit_code = 0, by_budget, steps = [], uuid = `GPU-${id}`, nobody },
  ] of segments.entries()) {
    const out = writerOf(ledger, id, `w${i}`, [gpu(0, uuid)], { started_at_ms: (T0 + from) * 1000 });
    watts.forEach((w, s) => {
      out.append('energy', second('gpu-0', T0 + from + s, w));
      const [from_ms, to_ms] = [(T0 + from + s) * 1000, (T0 + from + s + 1) * 1000];
      const none = { pid: null, pid_start: null, ancestors: null, uid: null, name: null, share: 0 };
      if (nobody) out.append('usage', { device: 'gpu-0', from_ms, to_ms, ...none });
    });
    for (const [at, told] of steps) out.append('steps', { ...stepOf((T0 + at) * 1000, told), it_j: null });
    await out.end({ ...endAt((T0 + from + watts.length) * 1000), exit_code, ...(by_budget && { by_budget }) });
  }
}
const flat = (seconds: number, w: number) => new Array<number>(seconds).fill(w);
/** A line a second, from one step to another. */
const lines = (at: number, first: number, last: number, more: Partial<Step> = {}) =>
  Array.from({ length: last - first + 1 }, (_, i) => [at + i, { step: first + i, ...more }] as const);
const asked = { since_ms: null, until_ms: null, time_zone: 'UTC' };
const waste = (...by: TotalBy[]): Promise<WasteJson> => wasteIn(ledger, { ...asked, by });
const near = (all: Record<string, number>) =>
  Object.fromEntries(Object.entries(all).map(([name, j]) => [name, expect.closeTo(j, 6)]));

describe('causes', () => {
  test('a run that failed is lost whole, unless a segment or a run goes on from it and ends well', async () => {
    await recorded('failed', {}, { from: 0, watts: flat(10, 100), exit_code: 1 });
    await recorded('base', {}, { from: 20, watts: flat(10, 100), exit_code: 1 });
    await recorded('next', { parent: 'base' }, { from: 40, watts: flat(10, 200) });
    await recorded('twice', {}, ...[60, 80].map((from) => ({ from, watts: flat(5, 100), exit_code: 1 })));
    // Ten steps, then from the sixth on once more: four seconds to start again, five steps done again.
    await recorded(
      'resumed',
      {},
      { from: 100, watts: flat(10, 100), exit_code: 1, steps: lines(101, 1, 10) },
      { from: 120, watts: flat(20, 100), steps: lines(125, 6, 20) },
    );
    const made = await waste();
    expect(plain(made)).toEqual(near({ failed: 2000, rework: 900, rest: 1000 + 2000 + 2100 }));
    expect(made.largest.map(({ cause }) => cause)).toEqual(['failed', 'rework']);
    expect(made.largest[0]!.most.map(({ run }) => run).sort()).toEqual(['failed', 'twice']);
    expect(made.causes.failed.runs).toBe(2);
    // Of runs without a log it says so; a log without losses tells no plateau.
    expect(made.untold.map(({ causes, runs, energy_j }) => [causes.length, runs, energy_j])).toEqual(
      expect.arrayContaining([
        [4, 2, 3000],
        [1, 1, 3000],
      ]),
    );
  });

  test('what had ended well before a later segment failed did not come to nothing', async () => {
    const [well, bad] = [
      { from: 0, watts: flat(100, 500), steps: lines(1, 1, 99) },
      { from: 200, watts: flat(10, 400), exit_code: 1 },
    ];
    await recorded('later', {}, well, bad);
    // Two ranks at once, one of which fails, come to nothing together.
    await recorded('ranks', {}, { ...well, steps: [] }, { ...bad, from: 50, uuid: 'GPU-other' });
    expect(plain(await waste())).toEqual(near({ failed: 4000 + (50_000 + 4000), rest: 50_000 }));
  });

  test('what a budget stopped came to nothing unless somebody goes on from it, and is told apart from failures', async () => {
    const cut = { from: 0, watts: flat(10, 100), exit_code: 143, by_budget: 'stopped' as const };
    await recorded('stopped', {}, cut);
    await recorded('base', {}, cut);
    await recorded('next', { parent: 'base' }, { from: 40, watts: flat(10, 200) });
    await recorded('resumed', {}, cut, { from: 40, watts: flat(10, 200) });
    // A stop rescues nothing of what had failed before it, and a failure after it is a failure.
    await recorded('failed-stopped', {}, { from: -20, watts: flat(10, 50), exit_code: 1 }, cut);
    await recorded('stopped-failed', {}, cut, { from: 40, watts: flat(10, 50), exit_code: 1 });
    // Of ranks at once the other one ends by the stop.
    await recorded('ranks', {}, cut, { from: 1, watts: flat(10, 300), exit_code: 1, uuid: 'GPU-other' });
    // What is ended to go on is no waste.
    await recorded('paused', {}, { ...cut, by_budget: 'paused' }, { from: 40, watts: flat(10, 200) });
    const made = plain(await waste());
    const kept = 1000 + 2000 + (1000 + 2000) + (1000 + 2000);
    expect(made).toEqual(near({ stopped: 1000 + 1500 + 4000, failed: 1500, rest: kept }));
  });

  test('who goes on exactly where the run had ended does no step again, but starts up again', async () => {
    await recorded(
      'resumed',
      {},
      { from: 0, watts: flat(100, 500), exit_code: 1, steps: lines(1, 1, 99) },
      { from: 1000, watts: flat(200, 500), steps: lines(1060, 100, 239) },
    );
    // The second after the last line came to nothing; a usual second before its first line the training goes on.
    expect(plain(await waste())).toEqual(near({ rework: (1 + 59) * 500, rest: 240 * 500 }));
  });

  test('stalls, data waits and the time past the plateau, each second once', async () => {
    // A line a second, then none for a minute: the stall begins a usual second after the last.
    await recorded('stall', {}, { from: 0, watts: flat(80, 200), steps: lines(1, 1, 20) });
    const waiting = { metrics: { data_time: 0.25, batch_time: 1 } };
    await recorded('data', {}, { from: 0, watts: flat(40, 400), steps: lines(1, 1, 40, waiting) });
    const losses = [3, 2, 1.5, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3];
    const evaluations = losses.map(
      (loss, i) => [10 * (i + 1) + 0.5, { phase: 'eval', metrics: { eval_loss: loss } }] as const,
    );
    await recorded('plateau', {}, { from: 0, watts: flat(101, 300), steps: [...lines(1, 1, 101), ...evaluations] });
    const made = plain(await waste());
    expect(made.stall).toBeCloseTo(59 * 200, 6);
    expect(made.data).toBeCloseTo(0.25 * 40 * 400, 6);
    expect(made.plateau).toBeCloseTo((101 - 40.5) * 300, 6);
    expect(made.rest).toBeCloseTo(21 * 200 + 0.75 * 40 * 400 + 40.5 * 300, 6);
  });

  test('GPUs held with nothing to do for a minute, and machines that nobody reserves', async () => {
    // Idle is up to a quarter of 700 W: 70 s of 100 W are, 50 s are a pause; 176 W and one spike are work.
    const spiked = flat(80, 100).map((w, s) => (s === 40 ? 300 : w));
    const watts = [...flat(70, 100), ...flat(30, 500), ...flat(50, 100), ...flat(30, 500), ...flat(70, 176)];
    await recorded('held', {}, { from: 0, watts });
    await recorded('spiked', {}, { from: 0, watts: spiked });
    await recorded('watched', { kind: 'monitor' }, { from: 0, watts: flat(10, 50), nobody: true });
    const all = watts.reduce((a, b) => a + b, 0) + spiked.reduce((a, b) => a + b, 0);
    expect(plain(await waste())).toEqual(near({ idle: 7000, unreserved: 500, rest: all - 7000 }));
  });
});

test('a GPU that two ranks of a run meter is idle once, and what the other draws goes on counting', async () => {
  createRun(ledger, runRecord('ranks', { zone: 'DE', pue: 1 }));
  for (const rank of ['r0', 'r1']) {
    const out = writerOf(ledger, 'ranks', rank, [gpu(0, 'GPU-a'), gpu(1, 'GPU-b')], { started_at_ms: T0 * 1000 });
    for (let s = 0; s < 100; s++)
      for (const i of [0, 1]) out.append('energy', second(`gpu-${i}`, T0 + s, [100, 500][i]!));
    await out.end(endAt((T0 + 100) * 1000));
  }
  expect(plain(await waste())).toEqual(near({ idle: 10_000, rest: 50_000 }));
});

test('what nothing tells of is said by cause and row, also of a GPU without a limit', async () => {
  await recorded('told', { tags: { project: 'p' } }, { from: 0, watts: flat(10, 400), steps: lines(1, 1, 9) });
  createRun(ledger, runRecord('blind', { zone: 'DE', pue: 1, tags: { project: 'q' } }));
  const out = writerOf(ledger, 'blind', 'w', [gpu(0, 'GPU-b', { limit_w: null })], { started_at_ms: T0 * 1000 });
  for (let s = 0; s < 10; s++) out.append('energy', second('gpu-0', T0 + s, 100));
  await out.end(endAt((T0 + 10) * 1000));
  const made = await waste('project');
  const untold = ({ causes }: WasteSums) =>
    CAUSES.map((cause) => [causes[cause].untold_runs, causes[cause].untold_j] as const);
  // failed, stopped, rework, stall, data, idle, plateau, unreserved
  const row = (key: string) => untold(made.rows.find((one) => one.key === key)!).map(([, j]) => j);
  expect(row('p')).toEqual([0, 0, 0, 0, 0, 0, 4000, 0]);
  expect(row('q')).toEqual([0, 0, 1000, 1000, 1000, 1000, 1000, 0]);
  expect(untold(made)[6]).toEqual([2, 5000]);
  expect(made.untold.map(({ causes }) => causes)).toContainEqual(['idle']);
});

describe('sums', () => {
  test('by project and month; money and emissions go with the energy; all is the total', async () => {
    const price = { per_kwh: 0.36, currency: 'EUR' };
    await recorded('a', { price, tags: { project: 'p' } }, { from: -4, watts: flat(10, 1000), exit_code: 1 });
    await recorded('b', { price, tags: { project: 'q' } }, { from: 100, watts: [...flat(60, 100), ...flat(9, 500)] });
    const made = await waste('project', 'month');
    expect(made.rows.map(({ key, ...sums }) => [key, plain(sums)])).toEqual([
      ['p, 2026-01', near({ failed: 6000 })],
      ['q, 2026-01', near({ idle: 6000, rest: 4500 })],
      ['p, 2025-12', near({ failed: 4000 })],
    ]);
    const total = await totalOf(ledger, { ...asked, by: ['project', 'month'] });
    const [e, g] = [total.total.energy_j.value!, total.total.operational_g.value!];
    expect(made.total).toEqual(total.total);
    expect(made.waste.energy_j.value! + made.rest.energy_j.value!).toBeCloseTo(e, 6);
    expect(made.causes.failed.operational_g.value! / g).toBeCloseTo(10_000 / e, 6);
    expect(made.waste.total_g.value! + made.rest.total_g.value!).toBeCloseTo(total.total.total_g.value!, 9);
    // 16 kJ at 0.36 EUR/kWh.
    expect(made.waste.cost.EUR!.value).toBeCloseTo(16e3 / 1e7, 12);
    expect(made.largest[0]).toMatchObject({ cause: 'failed', share: expect.closeTo(10_000 / 20_500, 9) });
    const failed = made.causes.failed.energy_j;
    // 5 % of the sensor, and its step of 0.1 s at either edge.
    expect(failed.value !== null && failed.low).toBeLessThan(9500);
  });

  test('of two runs on one GPU each second is wasted once', async () => {
    for (const id of ['x', 'y'])
      await recorded(id, {}, { from: 0, watts: flat(10, 400), exit_code: id === 'x' ? 1 : 0, uuid: 'GPU-one' });
    expect(plain(await waste())).toEqual(near({ failed: 2000, rest: 2000 }));
    expect(plain(await wasteIn(ledger, { ...asked, by: [], runs: new Set(['x']) }))).toEqual(near({ failed: 4000 }));
  });

  test('of a GPU shared for a while, grams too: each second has its own intensity and its own share', async () => {
    const at = (s: number) => (T0 + s) * 1000;
    const kept = keptAs('two-minutes.csv', plainIntensity({ notes: [], series: [twoMinutes(at)] }));
    keep(ledger, [kept]);
    const intensity = { file: kept.file, hash: kept.hash };
    // Shared in the first minute, of 100 g/kWh; in the second, of 900, the one alone stands still.
    await recorded('long', { intensity }, { from: 0, watts: flat(120, 600), steps: lines(1, 1, 59), uuid: 'GPU-one' });
    await recorded('short', { intensity }, { from: 0, watts: flat(60, 600), steps: lines(1, 1, 59), uuid: 'GPU-one' });
    const made = await waste();
    expect(plain(made)).toEqual(near({ stall: 36_000, rest: 36_000 }));
    expect(made.causes.stall.operational_g.value).toBeCloseTo(0.01 * 900, 9);
    expect(made.rest.operational_g.value).toBeCloseTo(0.01 * 100, 9);
    expect(made.total.operational_g.value).toBeCloseTo(10, 9);
  });

  test('as text with bars, as CSV, and refused with reasons', async () => {
    await recorded('bad', { name: 'bad' }, { from: 0, watts: flat(3600, 1000), exit_code: 1 });
    const run = (...args: string[]) => joulebook(['waste', ...args, '--ledger', ledger]);
    const text = (await run('bad', '--by', 'project')).stdout;
    expect(text).toMatch(/failed runs +1 +1\.00 kWh +100 % .*[#█]/);
    expect(text).toMatch(/1\. failed runs: up to 1\.00 kWh {2}\(90 %: 9\d\d Wh – 1\.0\d kWh\), \d+ gCO2e {2}\(90 %/);
    const csv = (await run('--csv')).stdout.split('\r\n');
    expect(csv[0]).toMatch(/^key,cause,runs,energy_j,energy_j_low,/);
    expect(csv[1]).toMatch(/^,failed,1,3600000,/);
    for (const [args, said] of [
      [['--by', 'host'], '--by host'],
      [['--by', 'colour'], 'project, model'],
      [['--tz', 'UTC'], '--by month'],
      [['nobody'], 'nobody'],
    ] as const) {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    }
  });
});

const twoMinutes = (at: (s: number) => number): IntensitySeries => ({
  ...{ zone: 'DE', provider: 'p', source: 's', licence: 'l', kind: 'average', scope: 'lifecycle' },
  ...{ quality: 'measured', year: null, from_ms: Float64Array.of(at(0), at(60)) },
  ...{ to_ms: Float64Array.of(at(60), at(120)), g_per_kwh: Float64Array.of(100, 900) },
});

/** J by cause, and of the rest; what is 0 left out. */
function plain({ causes, rest }: WasteSums): Record<string, number> {
  const all = [...CAUSES.map((cause) => [cause, causes[cause]] as const), ['rest', rest] as const];
  return Object.fromEntries(all.flatMap(([name, { energy_j }]) => (energy_j.value ? [[name, energy_j.value]] : [])));
}
