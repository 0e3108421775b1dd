// The memory model by hand arithmetic, and that it never stands beside a reading of the memory it models.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { charge } from '../charge.ts';
import type { Device } from '../port.ts';
import { dramModelSource } from './dram-model.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jb-dram-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const put = (name: string, text: string) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};
const source = () => dramModelSource({ procfs: join(root, 'proc'), sysfs: join(root, 'sys') });
const GIB_KB = 1048576;

describe('power from size', () => {
  test('64 GiB: the log-uniform mean of 1.5 and 25.1 W, and its 90 % interval', async () => {
    put('proc/meminfo', `MemTotal:       ${64 * GIB_KB} kB\nMemFree: 1 kB\n`);
    const dram = source();
    const [device] = (await dram.open()).devices;
    expect(device).toMatchObject({ device: 'dram-0', kind: 'dram', source: 'model', charged: true, uuid: '' });
    const { power_w, energy_j } = dram.read(() => 5)[0]!;
    // By hand: ln(25.088/1.5) = 2.81695; (25.088 − 1.5)/2.81695 = 8.3736 W.
    expect([energy_j, power_w]).toEqual([null, expect.closeTo(8.3736, 3)]);
    // 1.5 × e^(0.05 × 2.81695) = 1.7269 W; 1.5 × e^(0.95 × 2.81695) = 21.792 W.
    expect(power_w! * (1 - device!.gain.down)).toBeCloseTo(1.7269, 3);
    expect(power_w! * (1 + device!.gain.up)).toBeCloseTo(21.792, 2);
    expect(device!.limit_w).toBeCloseTo(25.088, 6);
    expect(device!.notes).toHaveLength(1);
  });

  test('what was assumed of a virtual machine and a container is said', async () => {
    put('proc/meminfo', `MemTotal:       ${64 * GIB_KB} kB\n`);
    put('proc/cpuinfo', 'processor\t: 0\nflags\t\t: fpu hypervisor sse\n');
    put('sys/fs/cgroup/memory.max', `${8 * 2 ** 30}\n`);
    expect((await source().open()).devices[0]!.notes.slice(1)).toEqual([
      expect.stringMatching(/virtual machine/),
      expect.stringMatching(/at most 8\.0 GiB.*whole machine/),
    ]);
    put('sys/fs/cgroup/memory.max', 'max\n');
    put('proc/cpuinfo', 'flags\t\t: fpu sse\n');
    expect((await source().open()).devices[0]!.notes).toHaveLength(1);
  });

  test.each(['', 'MemTotal: lots\n', 'MemTotal:       0 kB\n'])('meminfo %j: absent, not 0 W', async (text) => {
    put('proc/meminfo', text);
    const dram = source();
    expect(await dram.open()).toMatchObject({ devices: [], absent: expect.stringContaining('not modelled') });
    expect(dram.read(() => 0)).toEqual([]);
  });
});

describe('counted once', () => {
  const model: Device = {
    ...{ device: 'dram-0', kind: 'dram', part: 'dram:*', name: '', uuid: '', source: 'model', charged: true },
    ...{ limit_w: 25, gain: { down: 0.8, up: 1.6 }, update_s: null, notes: [] },
  };
  const other = (device: string, more: Partial<Device>): Device => ({
    ...{ ...model, device, part: device, source: 'counter' },
    ...more,
  });
  const charged = (...found: Device[]) =>
    charge(found, { psys: 'record' }).map(({ device }) => [device.device, device.source, device.charged]);

  test('alone it is charged', () => {
    expect(charged(model)).toEqual([['dram-0', 'model', true]]);
  });
  test('a meter of any socket’s memory takes its place, in either order', () => {
    const sockets = [0, 1].map((i) => other(`dram-${i}`, { part: `dram:${i}` }));
    const both = [
      ['dram-0', 'counter', true],
      ['dram-1', 'counter', true],
    ];
    expect(charged(model, ...sockets)).toEqual(both);
    expect(charged(...sockets, model)).toEqual(both);
  });
  test('memory that is there but shows nothing is modelled, not unknown', () => {
    expect(charged(other('dram-0', { part: 'dram:0', source: 'missing' }), model)).toEqual([['dram-0', 'model', true]]);
  });
  test.each(['node', 'module'] as const)('inside a %s it is shown, not added', (kind) => {
    expect(charged(model, other(`${kind}-0`, { kind }))).toEqual([
      ['dram-0', 'model', false],
      [`${kind}-0`, 'counter', true],
    ]);
  });
});
