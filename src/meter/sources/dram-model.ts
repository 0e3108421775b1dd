// Memory power where nothing measures it: a constant from the installed size, labelled as a model, with a wide interval.
//
// Its part is all memory at once (dram:*), so a sensor of any of it takes its place (charge.ts). Neither the number of
// modules nor their kind can be seen without rights: the interval reaches from idle DDR4/DDR5 and LPDDR to busy modules.

import { join } from 'node:path';
import { memoryBytes } from '../machine.ts';
import type { Opened, PowerSource } from '../port.ts';
import { readQuietly } from './quiet-file.ts';

/**
 * W per GiB, the extremes of what is published. Low: 64 GB more DDR4 drew less than 1.5 W more at the wall of an idle
 * machine (Green Algorithms, issue 14). High: 0.392, Cloud Carbon Footprint's and Teads' coefficient from vendors' figures
 * of 0.375 (Crucial) and 0.408 (Micron); Tom's Hardware measured 0.37 under load (DDR4-2133, 2014).
 */
const [LOW, HIGH] = [1.5 / 64, 0.392];
/** Nothing tells where between: as likely in each doubling, so the value is the mean of the log-uniform distribution. */
const W_PER_GIB = (HIGH - LOW) / Math.log(HIGH / LOW);
/** Its 5th and 95th percentile: 0.027 and 0.340 W/GiB. */
export const MEMORY_MODEL_GAIN = {
  down: 1 - (LOW * (HIGH / LOW) ** 0.05) / W_PER_GIB,
  up: (LOW * (HIGH / LOW) ** 0.95) / W_PER_GIB - 1,
};

const GIB = 2 ** 30;

/** One device for all memory of the machine. */
export function dramModelSource(options: { readonly procfs: string; readonly sysfs: string }): PowerSource {
  let power_w: number | null = null;
  return {
    name: 'dram-model',
    async open(): Promise<Opened> {
      const bytes = memoryBytes(options.procfs);
      if (bytes === null)
        return { devices: [], absent: 'the size of memory cannot be read here, so its energy is not modelled' };
      const gib = bytes / GIB;
      power_w = gib * W_PER_GIB;
      return {
        devices: [
          {
            ...{ device: 'dram-0', kind: 'dram', part: 'dram:*', name: `${gib.toFixed(1)} GiB of memory`, uuid: '' },
            ...{ source: 'model', charged: true, limit_w: gib * HIGH, gain: MEMORY_MODEL_GAIN, update_s: null },
            notes: notesOf(options, gib),
          },
        ],
        absent: null,
      };
    },
    read: (now) => (power_w === null ? [] : [{ index: 0, at_ms: now(), energy_j: null, power_w }]),
    close() {
      power_w = null;
    },
  };
}

function notesOf({ procfs, sysfs }: { procfs: string; sysfs: string }, gib: number): string[] {
  const notes = [
    `modelled from its size, ${gib.toFixed(1)} GiB at ${W_PER_GIB.toFixed(2)} W each (${LOW.toFixed(2)} to ${HIGH.toFixed(2)} are published), whatever kind of modules`,
  ];
  if (/^flags\s*:.*\bhypervisor\b/m.test(readQuietly(join(procfs, 'cpuinfo')) ?? ''))
    notes.push("a virtual machine: its own memory is counted, as a part of its host's");
  const most = cgroupLimit(sysfs);
  if (most !== null && most < gib)
    notes.push(`a container of at most ${most.toFixed(1)} GiB: the memory of the whole machine is counted`);
  return notes;
}

/** GiB that this process's control group may use (versions 2 and 1, seen from inside a container); null for no limit. */
function cgroupLimit(sysfs: string): number | null {
  for (const file of ['fs/cgroup/memory.max', 'fs/cgroup/memory/memory.limit_in_bytes']) {
    const bytes = Number.parseInt(readQuietly(join(sysfs, file)) ?? '', 10);
    if (bytes > 0) return bytes / GIB;
  }
  return null;
}
