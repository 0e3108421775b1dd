// The CPU model by hand arithmetic: its curve, its TDP, and utilisation from a made-up /proc.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cpuModelSource, powerShare } from './cpu-model.ts';
import { cpuPower, medianWattsPerCore, readCpuinfo } from './cpu-tdp.ts';

describe('the curve', () => {
  test.each([
    [0, 0.3],
    [1, 1],
    [0.5, 0.3 + 0.7 * (1 - 0.378929)], // 0.5^1.4 = 0.378929
  ])('at utilisation %d', (u, share) => expect(powerShare(u)).toBeCloseTo(share, 6));
});

const cpuinfo = (model: string, sockets: number, cores: number, threads: number, flags = 'fpu sse') =>
  Array.from({ length: threads }, (_, i) => {
    const socket = i % sockets;
    return `processor\t: ${i}\nmodel name\t: ${model}\nphysical id\t: ${socket}\ncore id\t\t: ${Math.floor(i / sockets) % (cores / sockets)}\nflags\t\t: ${flags}\n`;
  }).join('\n');

describe('thermal design power', () => {
  test('two sockets of a known model: twice its TDP, one device each', () => {
    const cpu = readCpuinfo(cpuinfo('Intel(R) Xeon(R) Platinum 8480+', 2, 112, 224));
    expect(cpu).toMatchObject({ sockets: 2, cores: 112, threads: 224, virtual: false });
    expect(cpuPower(cpu)).toMatchObject({ tdp_w: 700, name: expect.stringContaining('Intel') });
  });

  test('a virtual machine gets its threads’ part: 8 of 128 threads of 225 W are 14.06 W', () => {
    const cpu = readCpuinfo(cpuinfo('AMD EPYC 7742 64-Core Processor', 1, 8, 8, 'fpu hypervisor'));
    expect(cpuPower(cpu).tdp_w).toBeCloseTo(14.0625, 4);
    expect(cpuPower(cpu).notes.join()).toMatch(/virtual machine: 8 of the host CPU's 128 threads/);
  });

  test('an unknown model: cores at the table’s median, said and wider', () => {
    const cpu = readCpuinfo(cpuinfo('Loongson-3A6000', 1, 4, 4));
    expect(cpuPower(cpu).tdp_w).toBeCloseTo(4 * medianWattsPerCore, 9);
    expect(cpuPower(cpu).gain.up).toBeGreaterThan(cpuPower(readCpuinfo(cpuinfo('AMD EPYC 7742', 1, 64, 128))).gain.up);
  });
});

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'jb-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));
const put = (name: string, text: string) => {
  mkdirSync(join(proc, name, '..'), { recursive: true });
  writeFileSync(join(proc, name), text);
};
describe('the source', () => {
  test('power by utilisation between two looks', async () => {
    const cpu = (busy: number, idle: number) => put('stat', `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 0\n`);
    put('cpuinfo', cpuinfo('Intel Core i9-9900K', 1, 8, 16));
    cpu(1000, 1000);
    const source = cpuModelSource({ procfs: proc });
    const { devices } = await source.open();
    expect(devices[0]).toMatchObject({ source: 'model', limit_w: 95, charged: true });
    cpu(1050, 1050);
    await new Promise((resolve) => setTimeout(resolve, 25));
    expect(source.read(() => 0)[0]).toEqual({
      index: 0,
      at_ms: 0,
      energy_j: null,
      power_w: expect.closeTo(95 * (0.3 + 0.7 * (1 - 0.378929)), 3),
    });
    rmSync(join(proc, 'stat'));
    await new Promise((resolve) => setTimeout(resolve, 25));
    expect(source.read(() => 0)[0]).toMatchObject({ power_w: null, why: '/proc/stat cannot be read' });
  });
});
