// The CPU model by hand arithmetic: its curve, its TDP, and the job's share from a made-up /proc.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cpuModelSource, powerShare } from './cpu-model.ts';
import { cpuPower, medianWattsPerCore, readCpuinfo } from './cpu-tdp.ts';
import { processTime } from './process-time.ts';

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
/** pid (name) state ppid … utime 14 stime 15 cutime 16 cstime 17 … starttime 22 */
const stat = (pid: number, ppid: number, own: number, waited = 0, started = 1000, name = 'a (b) c') =>
  put(`${pid}/stat`, `${pid} (${name}) S ${ppid} 0 0 0 0 0 0 0 0 0 ${own} 0 ${waited} 0 0 0 0 0 ${started} 0 0`);

describe('time of a process tree', () => {
  test('own, children, and what ended children left to their parent', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    stat(99, 1, 777);
    const tree = processTime(proc, 900);
    expect(tree.look(10)).toEqual({ ticks: 150, living: 2 });
    rmSync(join(proc, '11'), { recursive: true });
    stat(10, 1, 120, 55); // 11 ended with 55, and was waited for
    expect(tree.look(10).ticks).toBe(175);
  });

  test('a child that nobody waited for keeps what it was last seen with', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    const tree = processTime(proc, 900);
    tree.look(10);
    rmSync(join(proc, '11'), { recursive: true });
    expect(tree.look(10).ticks).toBe(150);
  });

  test('a daemon that has left its parent stays in the tree; a recycled pid does not', () => {
    stat(10, 1, 100);
    stat(11, 10, 50);
    const tree = processTime(proc, 900);
    tree.look(10);
    stat(11, 1, 80);
    expect(tree.look(10)).toEqual({ ticks: 180, living: 2 });
    stat(11, 1, 5, 0, 2000); // another process by the same number
    expect(tree.look(10)).toEqual({ ticks: 180, living: 1 });
  });

  test('what was used before the meter began is not the run’s', () => {
    stat(10, 1, 400, 0, 500);
    const tree = processTime(proc, 900);
    expect(tree.look(10).ticks).toBe(0);
    stat(10, 1, 430, 0, 500);
    expect(tree.look(10).ticks).toBe(30);
  });
});

describe('the source', () => {
  test('power by utilisation between two looks, and the job’s share of the busy time', async () => {
    const cpu = (busy: number, idle: number) => put('stat', `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 0\n`);
    put('cpuinfo', cpuinfo('Intel Core i9-9900K', 1, 8, 16));
    put('uptime', '9.00 1.00\n');
    cpu(1000, 1000);
    const source = cpuModelSource({ procfs: proc, childPid: () => 10 });
    const { devices } = await source.open();
    expect(devices[0]).toMatchObject({ source: 'model', limit_w: 95, charged: true });
    stat(10, 1, 25);
    cpu(1050, 1050);
    await new Promise((resolve) => setTimeout(resolve, 25));
    expect(source.read(() => 0)[0]).toEqual({
      index: 0,
      at_ms: 0,
      energy_j: null,
      power_w: expect.closeTo(95 * (0.3 + 0.7 * (1 - 0.378929)), 3),
    });
    expect(source.jobShare()).toBeCloseTo(0.5, 9); // 25 of 50 ticks
    rmSync(join(proc, 'stat'));
    await new Promise((resolve) => setTimeout(resolve, 25));
    expect(source.read(() => 0)[0]).toMatchObject({ power_w: null, why: '/proc/stat cannot be read' });
  });
});
