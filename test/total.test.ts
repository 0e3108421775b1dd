// The total of ledgers written by hand and of imported traces, by arithmetic.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunRecord, UsageRow } from '../src/ledger/records.ts';
import { createRun, type LedgerWriter } from '../src/ledger/writer.ts';
import type { Device } from '../src/meter/port.ts';
import type { EnergyRow } from '../src/meter/rows.ts';
import type { TotalJson } from '../src/report/total.ts';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

let folder: string;
let ledger: string;
const T0 = Date.UTC(2026, 0, 1) / 1000;
const UUID = 'GPU-aaaaaaaa';

beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  mkdirSync(ledger);
});

interface Recorded {
  readonly record?: Partial<RunRecord>;
  readonly devices?: readonly Device[];
  /** Seconds from T0. */
  readonly from: number;
  readonly to: number;
  readonly fill: (out: LedgerWriter, s: number) => void;
}
async function recorded(
  id: string,
  { record = {}, devices = [gpu(0, UUID)], from, to, fill }: Recorded,
): Promise<void> {
  createRun(ledger, runRecord(id, record));
  const out = writerOf(ledger, id, 'w', devices, { started_at_ms: (T0 + from) * 1000 });
  for (let s = Math.floor(from); s < to; s++) fill(out, s);
  await out.end(endAt((T0 + to) * 1000));
}
const at = (s: number, energy_j: number, more: Partial<EnergyRow> = {}) => second('gpu-0', T0 + s, energy_j, more);
const used = (s: number, uid: number | null, share: number, seconds = 1): UsageRow => ({
  ...{ device: 'gpu-0', from_ms: (T0 + s) * 1000, to_ms: (T0 + s + seconds) * 1000, pid: null, pid_start: null },
  ...{ ancestors: null, uid, name: null, share },
});
async function total(...args: string[]): Promise<TotalJson> {
  const { code, stdout, stderr } = await joulebook(['total', '--json', '--ledger', ledger, ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as TotalJson;
}
const energies = ({ rows }: TotalJson) => rows.map(({ kind, key, energy_j }) => [kind, key, energy_j.value]);

describe('runs inside a monitored time', () => {
  test('what runs metered is theirs, the rest is idle or somebody’s, and all of it is the monitor’s', async () => {
    // Ten seconds of 300 W, 100 W of which the device was seen to draw at least.
    await recorded('m', {
      record: { kind: 'monitor', zone: 'DE', pue: 1.2 },
      ...{ from: 0, to: 10 },
      fill: (out, s) => {
        out.append('energy', at(s, s === 9 ? 100 : 300, { min_w: s === 9 ? 100 : 300 }));
        // Users 7 and 8 three to one until 8; then nobody.
        if (s < 8)
          for (const [uid, share] of [
            [7, 0.6],
            [8, 0.2],
          ] as const)
            out.append('usage', used(s, uid, share));
        out.append('usage', used(s, null, 0));
      },
    });
    // It metered a little less itself.
    const run = { record: { zone: 'DE', pue: 1.2, tags: { project: 'p' } }, from: 2, to: 5 };
    await recorded('r', { ...run, fill: (out, s) => out.append('energy', at(s, 290)) });
    const made = await total('--by', 'user');
    // The run has 3 × 300. Of the other seconds: five of 100 idle and 200 used, one of 300 and one of 100 with nobody there.
    expect(energies(made)).toEqual([
      ['runs', null, expect.closeTo(900, 9)],
      ['idle', null, expect.closeTo(5 * 100 + 300 + 100, 9)],
      ['unattributed', 'uid 7', expect.closeTo(750, 9)],
      ['unattributed', 'uid 8', expect.closeTo(250, 9)],
      ['unattributed', null, 0],
    ]);
    expect(made.total.energy_j.value).toBeCloseTo((await reportOf(ledger, 'm')).energy.it_j.value!, 9);
    expect(made.monitored_j).toBeCloseTo(2800, 9);
    // Idle power lies between 0 and 100 W: 500 J of it may be used, beside the sensor's 5 % and its step of 0.1 s at the edges.
    const { idle, unattributed } = made;
    expect(idle.energy_j).toMatchObject({ low: expect.closeTo(900 - Math.hypot(500, 45, 9), 6) });
    expect(unattributed.energy_j).toMatchObject({ high: expect.closeTo(1000 + Math.hypot(500, 50, 10), 6) });
    // Of both together the idle power cancels.
    const reach = Math.hypot(2800 * 0.05, 0.1 * Math.hypot(100 + 90, 300));
    expect(made.total.energy_j).toMatchObject({ low: expect.closeTo(2800 - reach, 6) });
  });

  test('a window and months cut runs at their edges, within a row too; without a price and a zone it is said', async () => {
    const eur = { price: { per_kwh: 0.36, currency: 'EUR' } };
    await recorded('a', { record: eur, from: -2, to: 2, fill: (out, s) => out.append('energy', at(s, 1000)) });
    await recorded('b', { from: 10, to: 11, fill: (out, s) => out.append('energy', at(s, 500)) });
    const months = await total('--by', 'month');
    expect(energies(months)).toEqual([
      ['runs', '2025-12', 2000],
      ['runs', '2026-01', 2500],
    ]);
    // 4000 J at 0.36 EUR/kWh: 0.0004 EUR.
    expect(months.total).toMatchObject({
      runs: 2,
      unpriced_runs: 1,
      cost: { EUR: { value: expect.closeTo(4e-4, 12) } },
    });
    expect(months.total.operational_g).toMatchObject({ value: null, known_g: 0, unknown_runs: 2 });
    // One o'clock in Berlin: all of it lies in January there.
    expect(energies(await total('--by', 'month', '--tz', 'Europe/Berlin'))).toEqual([['runs', '2026-01', 4500]]);
    const half = await total('--since', String(T0 * 1000 + 500), '--until', String(T0 + 10));
    expect(energies(half)).toEqual([['runs', null, 1500]]);
  });

  test('what is not known is counted, and its known part told', async () => {
    const lost = gpu(1, 'GPU-bbbbbbbb', { source: 'missing', notes: ['the GPU is lost'] });
    const devices = [gpu(0, UUID), lost];
    await recorded('a', { devices, from: 0, to: 1, fill: (out, s) => out.append('energy', at(s, 100)) });
    await recorded('b', { from: 5, to: 6, fill: (out, s) => out.append('energy', at(s, 50)) });
    const { total: all, warnings } = await total();
    expect(all.energy_j).toMatchObject({ value: null, known_j: 150, unknown_runs: 1 });
    expect(warnings.map(({ code }) => code)).toContain('total-partial');
    const { stdout } = await joulebook(['total', '--ledger', ledger]);
    expect(stdout).toMatch(/>= 150 J|≥ 150 J/);
    const csv = (await joulebook(['total', '--csv', '--ledger', ledger])).stdout.split('\r\n');
    expect(csv[0]).toMatch(/^kind,key,runs,energy_j,energy_j_low,energy_j_high,energy_j_known,energy_j_unknown_runs,/);
    expect(csv.at(-2)).toMatch(/^total,,2,,,,150,1,/);
  });

  test('days of which nothing is known count in the interval and in embodied emissions, as in the report', async () => {
    const dark = (s: number, days: number): EnergyRow => {
      const { energy_j, min_w, max_w, ...row } = at(s, 0);
      return {
        ...row,
        to_ms: row.from_ms + days * 86_400_000,
        energy_j: null,
        min_w: null,
        max_w: null,
        quality: 'unknown',
        why: 'unreadable',
      };
    };
    const devices = [gpu(0, UUID, { name: 'NVIDIA H100 80GB HBM3' })];
    await recorded('a', {
      record: { zone: 'DE', pue: 1 },
      ...{ devices, from: 0, to: 10 + 3 * 86_400 },
      fill: (out, s) => s <= 10 && out.append('energy', s < 10 ? at(s, 100) : dark(s, 3)),
    });
    const { total: all } = await total();
    const { energy, emissions } = await reportOf(ledger, 'a');
    expect(all.energy_j.value).toBe(1000);
    // 700 W at most, for three days.
    expect(all.energy_j).toMatchObject({ high: expect.closeTo(1000 + 700 * 259_200, -3) });
    expect(all.energy_j).toMatchObject({ high: expect.closeTo(energy.it_j.value === null ? 0 : energy.it_j.high, 3) });
    expect(all.embodied_g.value).toBeCloseTo(emissions.embodied_g.value!, 9);
    expect(all.embodied_g.value).toBeGreaterThan(0);
  });

  test('a cut of a monitor is a run; a cut of a run is in it already; runs of one GPU at once split it', async () => {
    const fill = (out: LedgerWriter, s: number) => out.append('energy', at(s, 200));
    await recorded('m', { record: { kind: 'monitor' }, from: 0, to: 10, fill });
    await recorded('r', { from: 20, to: 24, fill });
    await recorded('q', { from: 22, to: 24, fill, record: { tags: { project: 'q' } } });
    for (const [run, from, to] of [
      ['m', 2, 4],
      ['r', 20, 21],
    ] as const) {
      const window = ['--from', String(T0 + from), '--to', String(T0 + to)];
      expect((await joulebook(['cut', run, ...window, '--ledger', ledger, '--tag', `project=${run}`])).code).toBe(0);
    }
    expect(energies(await total('--by', 'project'))).toEqual([
      ['runs', null, 600],
      ['runs', 'm', 400],
      ['runs', 'q', 200],
      // Nobody looked at who used it.
      ['unattributed', null, 1600],
    ]);
  });

  test('jobs of CI without a sensor are modelled, tagged with what the service says, and added up by workflow', async () => {
    const env = {
      ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKFLOW: 'Nightly', GITHUB_JOB: 'smoke', GITHUB_TOKEN: 'ghs_0' },
      ...{ RUNNER_ENVIRONMENT: 'github-hosted', JOULEBOOK_SYSFS: folder, JOULEBOOK_NVML: join(folder, 'none') },
    };
    const run = ['run', '--quiet', '--ledger', ledger, '--tag', 'ci.job=mine', '--', process.execPath, '-e', '0'];
    expect((await joulebook(run, { env })).code).toBe(0);
    const { run: told, energy, emissions } = await reportOf(ledger, 'last');
    expect(told.tags).toEqual({
      ...{ ci: 'github-actions', 'ci.workflow': 'Nightly', 'ci.job': 'mine', 'ci.hosted': 'github-hosted' },
    });
    expect(energy.devices.filter(({ charged }) => charged).map(({ source }) => source)).toEqual(
      expect.arrayContaining(['model']),
    );
    expect(emissions.operational_g).toMatchObject({ value: null, why: expect.stringContaining('no zone is known') });
    const by = await total('--by', 'workflow,month,tag:ci.job');
    expect(by.rows.map(({ key }) => key)).toEqual([`Nightly, ${new Date().toISOString().slice(0, 7)}, mine`]);
  });

  test('words that are none are refused', async () => {
    createRun(ledger, runRecord('x'));
    for (const [args, said] of [
      [['--by', 'colour'], 'project, model, stage, user, host, month'],
      [['--tz', 'Europe/Berlin'], '--by month'],
      [['--by', 'month', '--tz', 'Mars'], 'no time zone'],
      [['--since', '2', '--until', '1'], 'not before'],
      [['--json', '--csv'], 'exclude each other'],
    ] as const) {
      const { code, stderr } = await joulebook(['total', '--ledger', ledger, ...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    }
  });
});
