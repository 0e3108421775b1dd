// Cuts of ledgers written by hand: whose energy it was, by arithmetic.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { UsageRow } from '../src/ledger/records.ts';
import { createRun, type LedgerWriter } from '../src/ledger/writer.ts';
import type { Device } from '../src/meter/port.ts';
import type { ReportJson } from '../src/report/model.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

let ledger: string;
let out: LedgerWriter;
const T0 = Date.UTC(2026, 0, 1) / 1000;
const cpu: Device = gpu(0, '', { device: 'cpu-package-0', kind: 'cpu-package', limit_w: 100 });

beforeEach(() => {
  ledger = join(tempFolder(), 'ledger');
  mkdirSync(ledger);
});
function monitored(devices: readonly Device[], id = 'm'): void {
  createRun(ledger, runRecord(id, { kind: 'monitor', zone: 'DE', pue: 1.2 }));
  out = writerOf(ledger, id, 'w', devices, { started_at_ms: T0 * 1000 });
}
const used = (device: string, s: number, share: number | null, more: Partial<UsageRow> = {}): void => {
  const at = { from_ms: (T0 + s) * 1000, to_ms: (T0 + s + 1) * 1000 };
  const nobody = { pid: null, pid_start: null, ancestors: null, uid: null, name: null };
  out.append('usage', { device, ...at, ...nobody, share, ...more });
};
async function cut(...args: string[]): Promise<ReportJson> {
  const { code, stdout, stderr } = await joulebook(['cut', '--json', '--ledger', ledger, ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ReportJson;
}
const energies = (report: ReportJson) =>
  report.energy.devices.map(({ device, charged, energy_j }) => [device, charged, energy_j.value]);

describe('cut', () => {
  test('of a wall meter no share is told: the GPU and the processor that it holds are charged instead', async () => {
    const inside = { charged: false, within: 'node' };
    const node: Device = gpu(0, '', { device: 'node', kind: 'node' });
    monitored([node, gpu(0, 'GPU-aaaaaaaa', { ...inside, part: 'gpu:0' }), { ...cpu, ...inside, part: 'cpu:0' }]);
    for (const s of [0, 1]) {
      out.append('energy', second('node', T0 + s, 1000));
      // 400 W and then 500 W: 400 W may be idle power, so that 100 J are anyone's.
      out.append('energy', second('gpu-0', T0 + s, 400 + 100 * s));
      // Of a processor of 100 W 30 W are idle power.
      out.append('energy', second('cpu-package-0', T0 + s, 90));
      used('gpu-0', s, 0.5, { pid: 1, pid_start: 9, uid: 7, ancestors: '' });
      used('gpu-0', s, 0.25, { pid: 2, pid_start: 9, uid: 8, ancestors: '' });
      used('cpu', s, 0.2, { uid: 7 });
      used('cpu', s, 0.1);
    }
    await out.end(endAt((T0 + 2) * 1000));
    const whole = await cut();
    expect(energies(whole)).toContainEqual(['node', true, 2000]);
    expect(whole.energy.it_j.value).toBe(2000);
    const user = await cut('--user', '7');
    // GPU: 100 × 0.5/0.75. CPU: (90 − 30) × 2/3 in each second; the named third of 0.1 may be its, all of it.
    expect(energies(user)).toEqual([
      ['gpu-0', true, expect.closeTo(66.667, 3)],
      ['cpu-package-0', true, expect.closeTo(80, 9)],
    ]);
    expect(user.energy.pue.value).toBe(1.2);
    expect(user.run.zone).toBe('DE');
    const { total } = JSON.parse((await joulebook(['runs', '--json', '--ledger', ledger])).stdout);
    expect(total).toEqual({ it_j: expect.closeTo(2000, 9), shared_j: expect.closeTo(2146.667, 3) });
  });

  test('where the run it was made of is gone, a cut counts for itself', async () => {
    monitored([cpu]);
    out.append('energy', second('cpu-package-0', T0, 50));
    await out.end(endAt((T0 + 1) * 1000));
    await cut();
    rmSync(join(ledger, 'runs', 'm'), { recursive: true });
    const { total } = JSON.parse((await joulebook(['runs', '--json', '--ledger', ledger])).stdout);
    expect(total).toEqual({ it_j: 50, shared_j: 0 });
  });

  test('an hour that nobody looked at is unknown, a second is bounded by all and nothing', async () => {
    monitored([gpu(0, 'GPU-aaaaaaaa')]);
    for (const s of [0, 1, 4000]) out.append('energy', second('gpu-0', T0 + s, 300));
    used('gpu-0', 0, 0.8, { pid: 1, pid_start: 9, uid: 7, ancestors: '' });
    await out.end(endAt((T0 + 4001) * 1000));
    const hour = await cut('--user', '7', '--to', String(T0 + 100));
    // All of its time 300 W was drawn: as far as is known that is idle power, or all of it this user's.
    const [device] = hour.energy.devices;
    expect(device!.energy_j.value).toBe(0);
    expect((device!.energy_j as { high: number }).high).toBeGreaterThan(300);
    expect(hour.energy.gaps).toEqual([
      expect.objectContaining({ from_ms: (T0 + 1) * 1000, to_ms: (T0 + 2) * 1000, state: 'estimated' }),
    ]);
    const later = await joulebook(['cut', '--user', '7', '--from', String(T0 + 3900), '--ledger', ledger]);
    expect([later.code, later.stderr]).toEqual([2, expect.stringContaining('was not recorded')]);
    const both = await cut('--user', '7');
    expect(both.energy.gaps.at(-1)).toMatchObject({ state: 'unknown', from_ms: (T0 + 4000) * 1000 });
  });

  test('a pid that was used twice has to be named by its start', async () => {
    monitored([cpu]);
    out.append('energy', second('cpu-package-0', T0, 130));
    used('cpu', 0, 0.2, { pid: 50, pid_start: 1000, uid: 0, ancestors: '1:2' });
    used('cpu', 0, 0.2, { pid: 51, pid_start: 3000, uid: 0, ancestors: '50:2000 1:2' });
    used('cpu', 0, 0);
    await out.end(endAt((T0 + 1) * 1000));
    const before = readdirSync(join(ledger, 'runs'));
    const refused = await joulebook(['cut', '--pid', '50', '--ledger', ledger]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('50:1000, 50:2000')]);
    expect(readdirSync(join(ledger, 'runs'))).toEqual(before);
    // (130 − 30) J by halves: the process itself, and what is below the other one.
    for (const start of [1000, 2000]) expect((await cut('--pid', `50:${start}`)).energy.it_j.value).toBe(50);
    expect((await cut('--pid', '1')).energy.it_j.value).toBe(100);
  });

  test('a missing GPU is not 0 J to anyone', async () => {
    monitored([gpu(0, 'GPU-aaaaaaaa', { source: 'missing', notes: ['the GPU is lost'] }), cpu]);
    out.append('energy', second('cpu-package-0', T0, 130));
    used('cpu', 0, 0.5, { uid: 7 });
    await out.end(endAt((T0 + 1) * 1000));
    const report = await cut('--user', '7');
    expect(report.energy.it_j).toEqual({ value: null, why: expect.stringContaining('gpu-0') });
    expect(energies(report)).toContainEqual(['cpu-package-0', true, 100]);
    expect((await cut('--nobody')).energy.it_j.value).toBeNull();
  });

  test('without a monitored time there is nothing to cut', async () => {
    createRun(ledger, runRecord('plain'));
    const { code, stderr } = await joulebook(['cut', '--ledger', ledger]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('a monitored time')]);
  });
});
