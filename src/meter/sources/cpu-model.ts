// CPU power where no counter is read: a model of utilisation and TDP, labelled as one, with a wide interval.
//
// P = TDP × (idle + (1 − idle) × (2u − u^1.4)), the curve of Fan, Weber and Barroso, "Power provisioning for a
// warehouse-sized computer", ISCA 2007, with idle 0.3: package idle shares measured on servers lie between 0.15 and 0.5.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Opened, PowerSource, Sample } from '../port.ts';
import { cpuPower, readCpuinfo } from './cpu-tdp.ts';
import { processTime } from './process-time.ts';

export interface CpuModelSource extends PowerSource {
  /** Share 0..1 of the machine's busy CPU time since open() that the command's process tree used; null if unknown. */
  jobShare(last?: boolean): number | null;
}

const IDLE_SHARE = 0.3;
const SHORTEST_MS = 20;
/** The process tree is looked at no more often than takes a four-thousandth of a CPU's time. */
const TREE_COST = 4000;
/** USER_HZ of /proc: 100 on every Linux that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_S = 100;

/**
 * One device per socket. `childPid` names the root of the process tree whose share is told; null until it has
 * started.
 */
export function cpuModelSource(options: { readonly procfs: string; childPid(): number | null }): CpuModelSource {
  const { procfs } = options;
  let tdp_w = 0;
  let sockets = 1;
  let atOpen: Times | null = null;
  let before: Times | null = null;
  let lookedAt = 0;
  let power: number | null = null;
  let busy: number | null = null;
  let tree: ReturnType<typeof processTime> | null = null;
  let share: number | null = null;
  let nextLook = 0;
  return {
    name: 'cpu-model',
    async open(): Promise<Opened> {
      before = atOpen = timesOf(procfs);
      if (before === null)
        return { devices: [], absent: 'CPU utilisation cannot be read here, so CPU energy is not modelled' };
      lookedAt = performance.now();
      tree = processTime(procfs, uptimeTicks(procfs));
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
      if (atOpen === null) return [];
      const at_ms = now();
      if (performance.now() - lookedAt >= SHORTEST_MS || power === null) {
        const times = timesOf(procfs);
        if (times === null || before === null)
          return ofEach(sockets, { at_ms, energy_j: null, power_w: null, why: '/proc/stat cannot be read' });
        const all = times.all - before.all;
        // Ticks are 10 ms: a look that falls within one tells nothing new, unless there has been none yet.
        if (all > 0) {
          busy = Math.min(1, Math.max(0, (times.busy - before.busy) / all));
          power = tdp_w * powerShare(busy);
        } else power ??= tdp_w * IDLE_SHARE;
        before = times;
        lookedAt = performance.now();
      }
      return ofEach(sockets, { at_ms, energy_j: null, power_w: power });
    },
    utilisation: (index) => (index >= sockets || busy === null ? null : { busy, memory: null }),
    jobShare(last = false) {
      const pid = options.childPid();
      const started = performance.now();
      if (pid === null || tree === null || atOpen === null || (started < nextLook && !last)) return share;
      const used = tree.look(pid).ticks / TICKS_PER_S;
      const busy = (timesOf(procfs)?.busy ?? 0) - atOpen.busy;
      nextLook = performance.now() + TREE_COST * (performance.now() - started);
      share = busy <= 0 ? null : Math.min(1, used / busy);
      return share;
    },
    close() {
      atOpen = null;
    },
  };
}

function ofEach(count: number, sample: Omit<Sample, 'index'>): Sample[] {
  return Array.from({ length: count }, (_, index) => ({ index, ...sample }));
}

/** Share of TDP at utilisation u in 0..1. */
export function powerShare(u: number): number {
  return IDLE_SHARE + (1 - IDLE_SHARE) * (2 * u - u ** 1.4);
}

/** From /proc/cpuinfo; elsewhere from what Node tells, where every logical CPU is taken as a core. */
function processor(procfs: string) {
  const info = readQuietly(join(procfs, 'cpuinfo'));
  if (info !== null) return readCpuinfo(info);
  const threads = Math.max(1, cpus().length);
  return { model: cpus()[0]?.model ?? '', sockets: 1, cores: threads, threads, virtual: false };
}

interface Times {
  /** Seconds of all CPUs together. */
  readonly all: number;
  readonly busy: number;
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guest time is inside user. */
function timesOf(procfs: string): Times | null {
  const fields = firstNumbers(`${procfs}/stat`);
  if (fields === null) {
    if (process.platform === 'linux') return null;
    const times = cpus().map((cpu) => cpu.times);
    const idle = times.reduce((s, t) => s + t.idle, 0) / 1000;
    const busy = times.reduce((s, t) => s + t.user + t.nice + t.sys + t.irq, 0) / 1000;
    return { all: idle + busy, busy };
  }
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = fields;
  const busy = (user + nice + system + irq + softirq) / TICKS_PER_S;
  return { busy, all: busy + (idle + iowait) / TICKS_PER_S };
}

/** Ticks since boot; 0 where it cannot be read, so that everything counts. */
function uptimeTicks(procfs: string): number {
  return Math.floor(Number(readQuietly(join(procfs, 'uptime'))?.split(' ')[0] ?? 0) * TICKS_PER_S);
}

const block = Buffer.alloc(256);
const [LF, ZERO] = [10, 48];

/** The numbers of a file's first line, the short way: this is done ten times a second, the file goes on for pages. */
function firstNumbers(file: string): number[] | null {
  let length: number;
  try {
    const fd = openSync(file, 'r');
    try {
      length = readSync(fd, block, 0, block.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
  const numbers: number[] = [];
  let inside = false;
  for (let i = 0; i < length && block[i] !== LF; i++) {
    const digit = block[i]! - ZERO;
    const isDigit = digit >= 0 && digit <= 9;
    if (isDigit && inside) numbers.push(10 * numbers.pop()! + digit);
    else if (isDigit) numbers.push(digit);
    inside = isDigit;
  }
  return numbers;
}

function readQuietly(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
