import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { machineAt } from './machine.ts';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

function tree(files: Readonly<Record<string, string>>) {
  root = mkdtempSync(join(tmpdir(), 'joulebook-machine-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return { procfs: join(root, 'proc'), sysfs: join(root, 'sys') };
}

const CPU = (flags: string) =>
  `processor\t: 0\nmodel name\t: AMD EPYC 7763  64-Core Processor\nsiblings\t: 128\ncpu cores\t: 64\nflags\t\t: ${flags}\n\nprocessor\t: 1\n`;
const disk = (name: string, sectors: number, rotational = 0, removable = 0) => ({
  [`sys/block/${name}/size`]: `${sectors}\n`,
  [`sys/block/${name}/removable`]: `${removable}\n`,
  [`sys/block/${name}/queue/rotational`]: `${rotational}\n`,
  [`sys/block/${name}/device/model`]: 'x\n',
});

test('two sockets, memory, disks of both kinds, and the boards that a job cannot see', () => {
  const found = machineAt(
    tree({
      'proc/cpuinfo': CPU('fpu sse'),
      'proc/meminfo': 'MemTotal:       1056431964 kB\nMemFree: 1 kB\n',
      'sys/devices/system/cpu/present': '0-255\n',
      ...disk('nvme0n1', 7_501_476_528),
      ...disk('nvme0c1n1', 7_501_476_528),
      ...disk('sda', 1000, 1),
      ...disk('sr0', 999, 1, 1),
      'sys/block/loop0/size': '5000\n',
      ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`proc/driver/nvidia/gpus/0000:0${i}:00.0/x`, ''])),
    }),
  );
  expect(found).toEqual({
    ...{ cpu: 'AMD EPYC 7763 64-Core Processor', sockets: 2, cores: 128, threads: 256, virtual: false },
    ...{ memory_bytes: 1056431964 * 1024, ssd_bytes: 7_501_476_528 * 512, hdd_bytes: 512_000, nvidia_gpus: 8 },
  });
});

test('a virtual machine says so, and a list of CPUs may have holes', () => {
  const found = machineAt(
    tree({ 'proc/cpuinfo': CPU('fpu hypervisor'), 'sys/devices/system/cpu/present': '0-3,8-11\n' }),
  );
  expect(found).toMatchObject({ virtual: true, threads: 8, sockets: 1 });
});

test('what is not told is null', () => {
  expect(machineAt(tree({}))).toEqual({
    ...{ cpu: null, sockets: null, cores: null, threads: null, virtual: false },
    ...{ memory_bytes: null, ssd_bytes: null, hdd_bytes: null, nvidia_gpus: null },
  });
});
