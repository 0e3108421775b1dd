// CPU power where no counter is read: a model of utilisation and TDP, labelled as one, with a wide interval.
//
// P = TDP × (idle + (1 − idle) × (2u − u^1.4)), the curve of Fan, Weber and Barroso, "Power provisioning for a
// warehouse-sized computer", ISCA 2007, with the idle share of src/meter/idle-share.ts.

import { cpus } from 'node:os';
import { join } from 'node:path';
import { IDLE_SHARE } from '../idle-share.ts';
import type { Opened, PowerSource, Sample } from '../port.ts';
import { cpuPower, readCpuinfo } from './cpu-tdp.ts';
import { type MachineTime, machineTime } from './machine-time.ts';
import { readQuietly } from './quiet-file.ts';

const SHORTEST_MS = 20;

/** One device per socket. */
export function cpuModelSource({ procfs }: { readonly procfs: string }): PowerSource {
  let tdp_w = 0;
  let sockets = 1;
  let before: MachineTime | null = null;
  let lookedAt = 0;
  let power: number | null = null;
  let busy: number | null = null;
  return {
    name: 'cpu-model',
    async open(): Promise<Opened> {
      before = machineTime(procfs);
      if (before === null)
        return { devices: [], absent: 'CPU utilisation cannot be read here, so CPU energy is not modelled' };
      lookedAt = performance.now();
      const found = processor(procfs);
      const cpu = cpuPower(found);
      // A virtual machine may be shown every thread as a socket: it is one device.
      sockets = found.virtual ? 1 : found.sockets;
      tdp_w = cpu.tdp_w / sockets;
      return {
        devices: Array.from({ length: sockets }, (_, socket) => ({
          ...{ device: `cpu-package-${socket}`, kind: 'cpu-package', part: `cpu:${socket}`, name: cpu.name, uuid: '' },
          ...{ source: 'model', charged: true, limit_w: tdp_w, gain: cpu.gain, update_s: 0.01 },
          notes: ['modelled from the utilisation of the machine', ...cpu.notes],
        })),
        absent: null,
      };
    },
    read(now) {
      if (tdp_w === 0) return [];
      const at_ms = now();
      if (performance.now() - lookedAt >= SHORTEST_MS || power === null) {
        const times = machineTime(procfs);
        if (times === null || before === null)
          return ofEach(sockets, { at_ms, energy_j: null, power_w: null, why: '/proc/stat cannot be read' });
        const all = times.all_s - before.all_s;
        // Ticks are 10 ms: a look that falls within one tells nothing new, unless there has been none yet.
        if (all > 0) {
          busy = Math.min(1, Math.max(0, (times.busy_s - before.busy_s) / all));
          power = tdp_w * powerShare(busy);
        } else power ??= tdp_w * IDLE_SHARE.value;
        before = times;
        lookedAt = performance.now();
      }
      return ofEach(sockets, { at_ms, energy_j: null, power_w: power });
    },
    utilisation: (index) => (index >= sockets || busy === null ? null : { busy, memory: null }),
    close() {
      tdp_w = 0;
    },
  };
}

function ofEach(count: number, sample: Omit<Sample, 'index'>): Sample[] {
  return Array.from({ length: count }, (_, index) => ({ index, ...sample }));
}

/** Share of TDP at utilisation u in 0..1. */
export function powerShare(u: number): number {
  return IDLE_SHARE.value + (1 - IDLE_SHARE.value) * (2 * u - u ** 1.4);
}

/** From /proc/cpuinfo; elsewhere from what Node tells, where every logical CPU is taken as a core. */
function processor(procfs: string) {
  const info = readQuietly(join(procfs, 'cpuinfo'));
  if (info !== null) return readCpuinfo(info);
  const threads = Math.max(1, cpus().length);
  return { model: cpus()[0]?.model ?? '', sockets: 1, cores: threads, threads, virtual: false };
}
