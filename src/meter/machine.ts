// What a machine is made of, as far as the kernel tells everybody: processors, memory, disks, NVIDIA's boards. For the
// carbon of its making (docs/methodology.md#embodied).
//
// A container sees the whole machine here, and a virtual machine its own part of one. Takes less than a millisecond: of
// /proc/cpuinfo the first processor is read alone, as the kernel makes each line when it is asked for.

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, readQuietly, textOf } from './sources/quiet-file.ts';

/** Null: not told here. */
export interface Machine {
  /** Model name of the processors. */
  readonly cpu: string | null;
  readonly sockets: number | null;
  /** Physical cores of all sockets; of a virtual machine as it is shown them. */
  readonly cores: number | null;
  /** Logical CPUs. */
  readonly threads: number | null;
  readonly virtual: boolean;
  readonly memory_bytes: number | null;
  /** Of all disks of the machine itself, those without and with a platter. */
  readonly ssd_bytes: number | null;
  readonly hdd_bytes: number | null;
  /** Boards that NVIDIA's driver has, those that are hidden from this process too. */
  readonly nvidia_gpus: number | null;
}

const SECTOR_BYTES = 512;
/** A first processor of x86 is told in 1.5 to 3 kB. */
const FIRST_BYTES = 8192;

/** The machine that these trees of files tell of. Throws nothing. */
export function machineAt({ procfs, sysfs }: { readonly procfs: string; readonly sysfs: string }): Machine {
  const first = beginningOf(join(procfs, 'cpuinfo'))?.split(/\n\s*\n/)[0] ?? '';
  const told = (key: string) => new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(first)?.[1]?.trim() || null;
  const count = (key: string) => Number(told(key)) || null;
  const threads = countOf(textOf(join(sysfs, 'devices/system/cpu/present')));
  const siblings = count('siblings');
  const sockets = threads === null || siblings === null ? null : Math.max(1, Math.round(threads / siblings));
  const each = count('cpu cores');
  const boards = namesIn(join(procfs, 'driver/nvidia/gpus')).length;
  return {
    ...{ cpu: told('model name')?.replace(/\s+/g, ' ') ?? null, sockets, threads },
    cores: sockets === null || each === null ? null : sockets * each,
    virtual: /\bhypervisor\b/.test(told('flags') ?? ''),
    memory_bytes: memoryBytes(procfs),
    ...disksOf(join(sysfs, 'block')),
    nvidia_gpus: boards > 0 ? boards : null,
  };
}

/** MemTotal of /proc/meminfo, which leaves out the little that firmware and kernel keep; null where it is not told. */
export function memoryBytes(procfs: string): number | null {
  const kib = Number(/^MemTotal:\s*(\d+) kB$/m.exec(readQuietly(join(procfs, 'meminfo')) ?? '')?.[1] ?? 0);
  return kib > 0 ? kib * 1024 : null;
}

/** CPUs in a list as the kernel writes one: 0-127 or 0-3,8-11. */
function countOf(list: string | null): number | null {
  if (!list) return null;
  const spans = list.split(',').map((span) => span.split('-').map(Number));
  const count = spans.reduce((sum, [from = Number.NaN, to = from]) => sum + to - from + 1, 0);
  return count > 0 ? count : null;
}

/** Disks with hardware of their own behind them, no CDs, and each once where several paths lead to it. */
function disksOf(folder: string): Pick<Machine, 'ssd_bytes' | 'hdd_bytes'> {
  const sum = { ssd_bytes: 0, hdd_bytes: 0 };
  const disks = namesIn(folder).filter((name) => !/^nvme\d+c\d+n\d+$/.test(name));
  for (const disk of disks) {
    const about = (file: string) => textOf(join(folder, disk, file));
    if (namesIn(join(folder, disk, 'device')).length === 0 || about('removable') === '1') continue;
    sum[about('queue/rotational') === '1' ? 'hdd_bytes' : 'ssd_bytes'] += Number(about('size') ?? 0) * SECTOR_BYTES;
  }
  return sum.ssd_bytes + sum.hdd_bytes > 0 ? sum : { ssd_bytes: null, hdd_bytes: null };
}

function beginningOf(file: string): string | null {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, 'r');
    const buffer = Buffer.alloc(FIRST_BYTES);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer));
  } catch {
    return null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
