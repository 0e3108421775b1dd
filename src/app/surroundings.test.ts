// Machines laid out as folders: what is told of each.

import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { machineOf, type Roots, rightsOf } from './surroundings.ts';

let folder: string;
let roots: Roots;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jb-test-'));
  roots = { procfs: join(folder, 'proc'), sysfs: join(folder, 'sys'), dev: join(folder, 'dev'), root: folder };
});
function put(file: string, text = ''): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
function link(file: string, target: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  symlinkSync(target, join(folder, file));
}
const machine = (kubernetes = false) => machineOf(roots, kubernetes);

describe('container', () => {
  test.each([
    ['none', () => put('proc/1/cgroup', '0::/init.scope\n'), null],
    ['docker, by its mark', () => put('.dockerenv'), 'docker'],
    ['docker, by the cgroup of version 1', () => put('proc/1/cgroup', '4:memory:/docker/3f9a\n'), 'docker'],
    ['podman', () => put('run/.containerenv'), 'podman'],
    ['a pod', () => put('proc/1/cgroup', '0::/kubepods/besteffort/pod12/ab\n'), 'kubernetes'],
    ['lxc', () => put('proc/1/cgroup', '0::/lxc/box\n'), 'lxc'],
    ['what systemd was told', () => put('run/systemd/container', 'systemd-nspawn\n'), 'systemd-nspawn'],
  ])('%s', (_, make, expected) => {
    make();
    expect(machine().container).toBe(expected);
  });
  test('a pod whose environment alone tells', () => expect(machine(true).container).toBe('kubernetes'));
});

test('a machine that shows nothing: nothing is made up', () => {
  expect(machine()).toEqual({
    ...{ container: null, virtual: null, pid_namespace: null, cpu_vendor: null, powercap: 'none', accelerators: [] },
    cgroup: { version: null, path: null, writable: null },
  });
  expect(rightsOf(roots)).toMatchObject({ capabilities: [], paths: [] });
});

test('processor, hypervisor, namespace', () => {
  put('proc/cpuinfo', 'vendor_id\t: AuthenticAMD\nflags\t\t: fpu vme hypervisor lahf_lm\n');
  link('proc/self/ns/pid', 'pid:[4026531836]'); // PROC_PID_INIT_INO of linux/proc_ns.h
  expect(machine()).toMatchObject({ virtual: true, cpu_vendor: 'amd', pid_namespace: 'host' });
  put('proc/cpuinfo', 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vme nohypervisorish\n');
  expect(machine()).toMatchObject({ virtual: false, cpu_vendor: 'intel' });
});

test('another PID namespace is one of its own', () => {
  link('proc/self/ns/pid', 'pid:[4026532448]');
  expect(machine().pid_namespace).toBe('own');
});

describe('cgroup', () => {
  test('version 2, and whether we may make one inside ours', () => {
    put('sys/fs/cgroup/cgroup.controllers', 'cpu io memory\n');
    put('proc/self/cgroup', '0::/user.slice\n');
    mkdirSync(join(folder, 'sys/fs/cgroup/user.slice'));
    expect(machine().cgroup).toEqual({ version: 2, path: '/user.slice', writable: true });
  });
  test('version 1', () => {
    put('sys/fs/cgroup/cpuacct/tasks');
    expect(machine().cgroup).toEqual({ version: 1, path: null, writable: null });
  });
});

describe('energy counters of the CPU', () => {
  test('present', () => {
    put('sys/class/powercap/intel-rapl:0/energy_uj', '1');
    expect(machine().powercap).toBe('present');
  });
  test('hidden by an empty folder laid over them, as Docker does: links lead nowhere', () => {
    mkdirSync(join(folder, 'sys/devices/virtual/powercap'), { recursive: true });
    link('sys/class/powercap/intel-rapl:0', '../../devices/virtual/powercap/intel-rapl/intel-rapl:0');
    expect(machine().powercap).toBe('masked');
  });
});

describe('accelerators on the bus', () => {
  const pci = (address: string, vendor: string, kind: string, driver: string | null = null) => {
    put(`sys/bus/pci/devices/${address}/vendor`, `${vendor}\n`);
    put(`sys/bus/pci/devices/${address}/class`, `${kind}\n`);
    if (driver !== null) link(`sys/bus/pci/devices/${address}/driver`, `../../drivers/${driver}`);
  };
  test('GPUs of three vendors; no sound, no network, no integrated graphics, no server console', () => {
    pci('0000:3b:00.0', '0x10de', '0x030200', 'nvidia'); // 3D controller
    pci('0000:3b:00.1', '0x10de', '0x040300'); // its sound
    pci('0000:c1:00.0', '0x1002', '0x120000', 'amdgpu'); // processing accelerator: MI300X
    pci('0000:4d:00.0', '0x8086', '0x038000', 'vfio-pci'); // display: Data Center GPU Max
    pci('0000:00:02.0', '0x8086', '0x030000', 'i915');
    pci('0000:02:00.0', '0x8086', '0x020000', 'ice');
    pci('0000:03:00.0', '0x1a03', '0x030000', 'ast');
    expect(machine().accelerators).toEqual([
      { vendor: 'nvidia', address: '0000:3b:00.0', driver: 'nvidia' },
      { vendor: 'intel', address: '0000:4d:00.0', driver: 'vfio-pci' },
      { vendor: 'amd', address: '0000:c1:00.0', driver: 'amdgpu' },
    ]);
  });
});

describe('rights', () => {
  test('nodes with mode and group, capabilities by name', () => {
    for (const name of ['nvidia0', 'nvidiactl', 'nvidia-uvm', 'kfd', 'ipmi0', 'null', 'dri/renderD128', 'dri/card0'])
      put(`dev/${name}`);
    put('sys/class/powercap/intel-rapl:0/energy_uj');
    chmodSync(join(folder, 'dev/kfd'), 0o660);
    put('etc/group', `root:x:${process.getgid!()}:\n`);
    // Bits 2 and 38 of linux/capability.h: 2^38 + 2^2.
    put('proc/self/status', 'CapEff:\t0000004000000004\n');
    const { paths, capabilities } = rightsOf(roots);
    expect(paths.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      ...['dev/ipmi0', 'dev/kfd', 'dev/nvidia0', 'dev/nvidiactl', 'dev/dri/renderD128'],
      'sys/class/powercap/intel-rapl:0/energy_uj',
    ]);
    expect(paths[1]).toMatchObject({ mode: '0660', group: 'root', readable: true, writable: true });
    expect(capabilities).toEqual(['CAP_DAC_READ_SEARCH', 'CAP_PERFMON']);
  });
  test('a node that nobody may open but root, who may open all', () => {
    put('dev/kfd');
    chmodSync(join(folder, 'dev/kfd'), 0);
    const root = process.getuid?.() === 0;
    expect(rightsOf(roots).paths).toMatchObject([{ mode: '0000', readable: root, writable: root }]);
  });
});
