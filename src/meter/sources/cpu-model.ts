// CPU power where no counter is read: a model of utilisation and TDP, labelled as one, with a wide interval.
//
// P = TDP × (idle + (1 − idle) × (2u − u^1.4)), the curve of Fan, Weber and Barroso, "Power provisioning for a
// warehouse-sized computer", ISCA 2007, with idle 0.3: package idle shares measured on servers lie between 0.15 and 0.5.

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import table from '../../../data/cpu-tdp.json' with { type: 'json' };
import type { Opened, PowerSource } from '../port.ts';

export interface CpuModelSource extends PowerSource {
  /** Share 0..1 of the machine's busy CPU time since open() that the command's process tree used; null if unknown. */
  jobShare(): number | null;
}

const IDLE_SHARE = 0.3;
/** Median TDP per hardware thread of the table, for processors that are not in it. */
const TDP_PER_THREAD_W = median(table.cpus.map(({ tdp_w, threads }) => tdp_w / threads));
const KNOWN_GAIN = { down: 0.5, up: 0.6 };
const UNKNOWN_GAIN = { down: 0.65, up: 1 };
const SHORTEST_MS = 20;
const TREE_EVERY_MS = 1000;

export function cpuModelSource(options: { readonly procfs: string; childPid(): number | null }): CpuModelSource {
  const { procfs } = options;
  let tdp_w = 0;
  let before: Times | null = null;
  let atOpen: Times | null = null;
  let lookedAt = 0;
  let power: number | null = null;
  const tree = createTree(procfs);
  let walkedAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'cpu-model',
    async open(): Promise<Opened> {
      before = atOpen = timesOf(procfs);
      if (before === null) return { devices: [], absent: 'CPU utilisation cannot be read here, so CPU energy is not modelled' };
      lookedAt = performance.now();
      const cpu = describeCpu(readQuietly(join(procfs, 'cpuinfo')));
      tdp_w = cpu.tdp_w;
      return {
        devices: [
          {
            ...{ device: 'cpu-package-0', kind: 'cpu-package', name: cpu.name, uuid: '', source: 'model', charged: true },
            ...{ limit_w: tdp_w, gain: cpu.known ? KNOWN_GAIN : UNKNOWN_GAIN, update_s: 0.01, notes: cpu.notes },
          },
        ],
        absent: null,
      };
    },
    read(now) {
      const at_ms = now();
      const since = performance.now() - lookedAt;
      if (since >= SHORTEST_MS || power === null) {
        const times = timesOf(procfs);
        if (times === null || before === null) return [{ index: 0, at_ms, energy_j: null, power_w: null, why: '/proc/stat cannot be read' }];
        const all = times.all - before.all;
        // Ticks are 10 ms: a look that falls within one tells nothing new, unless there has been none yet.
        if (all > 0) power = tdp_w * powerShare(Math.min(1, Math.max(0, (times.busy - before.busy) / all)));
        else power ??= tdp_w * IDLE_SHARE;
        before = times;
        lookedAt = performance.now();
      }
      const pid = options.childPid();
      if (pid !== null && at_ms - walkedAt >= TREE_EVERY_MS) {
        walkedAt = at_ms;
        tree.look(pid);
      }
      return [{ index: 0, at_ms, energy_j: null, power_w: power }];
    },
    jobShare() {
      const pid = options.childPid();
      if (pid === null || before === null || atOpen === null) return null;
      tree.look(pid);
      const times = timesOf(procfs);
      const busy = times === null ? 0 : times.busy - atOpen.busy;
      return busy <= 0 ? null : Math.min(1, tree.used() / busy);
    },
    close() {},
  };
}

/** Share of TDP at utilisation u in 0..1. */
export function powerShare(u: number): number {
  return IDLE_SHARE + (1 - IDLE_SHARE) * (2 * u - u ** 1.4);
}

export interface CpuDescription {
  readonly name: string;
  readonly tdp_w: number;
  readonly known: boolean;
  readonly notes: readonly string[];
}

/** From the text of /proc/cpuinfo; elsewhere from what Node tells. TDP is of what this machine can see. */
export function describeCpu(cpuinfo: string | null): CpuDescription {
  const models = cpuinfo === null ? [] : [...cpuinfo.matchAll(/^model name\s*:\s*(.*)$/gm)].map((m) => m[1]!.trim());
  const model = models[0] ?? cpus()[0]?.model ?? 'unknown CPU';
  const seen = models.length || cpus().length || 1;
  const sockets = Math.max(1, new Set([...(cpuinfo ?? '').matchAll(/^physical id\s*:\s*(\d+)$/gm)].map((m) => m[1])).size);
  const name = sockets > 1 ? `${sockets} × ${model}` : model;
  const entry = table.cpus.find((cpu) => plain(model) === plain(cpu.match)) ?? table.cpus.find((cpu) => plain(model).startsWith(`${plain(cpu.match)} `));
  const virtual = cpuinfo !== null && /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
  if (entry === undefined) {
    const tdp_w = TDP_PER_THREAD_W * seen;
    return { name, tdp_w, known: false, notes: [`modelled from utilisation; the TDP of this CPU is not known: ${tdp_w.toFixed(0)} W assumed (${TDP_PER_THREAD_W.toFixed(2)} W for each of ${seen} threads)`] };
  }
  if (virtual && seen < entry.threads * sockets) {
    const tdp_w = (entry.tdp_w * seen) / entry.threads;
    return { name, tdp_w, known: true, notes: [`modelled from utilisation; a virtual machine with ${seen} of the CPU's ${entry.threads} threads: that share of its TDP, ${tdp_w.toFixed(0)} W`] };
  }
  const tdp_w = entry.tdp_w * sockets;
  return { name, tdp_w, known: true, notes: [`modelled from utilisation and a TDP of ${tdp_w} W`] };
}

interface Times {
  /** Seconds of all CPUs together. */
  readonly all: number;
  readonly busy: number;
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guest time is inside user. */
function timesOf(procfs: string): Times | null {
  const stat = readQuietly(join(procfs, 'stat'));
  if (stat === null) {
    if (process.platform === 'linux') return null;
    const times = cpus().map((cpu) => cpu.times);
    const idle = times.reduce((s, t) => s + t.idle, 0) / 1000;
    const busy = times.reduce((s, t) => s + t.user + t.nice + t.sys + t.irq, 0) / 1000;
    return { all: idle + busy, busy };
  }
  const fields = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = fields;
  const busy = (user + nice + system + irq + softirq) / 100;
  return { busy, all: busy + (idle + iowait) / 100 };
}

/** CPU seconds of a process tree: never falls, and keeps what ended processes had used when last seen. */
function createTree(procfs: string) {
  const last = new Map<number, number>();
  let ended = 0;
  return {
    look(root: number) {
      const all = new Map<number, { parent: number; used: number }>();
      for (const name of listQuietly(procfs)) {
        const stat = /^\d+$/.test(name) ? readQuietly(join(procfs, name, 'stat')) : null;
        if (stat === null) continue;
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        all.set(Number(name), { parent: Number(fields[1]), used: (Number(fields[11]) + Number(fields[12])) / 100 });
      }
      const inTree = new Map<number, boolean>();
      const belongs = (pid: number): boolean => {
        const known = inTree.get(pid);
        if (known !== undefined) return known;
        inTree.set(pid, false); // guards against a loop of recycled pids
        const process = all.get(pid);
        const yes = pid === root || last.has(pid) || (process !== undefined && belongs(process.parent));
        inTree.set(pid, yes);
        return yes;
      };
      for (const [pid, used] of last) {
        if (all.has(pid)) continue;
        ended += used;
        last.delete(pid);
      }
      for (const [pid, { used }] of all) if (belongs(pid)) last.set(pid, used);
    },
    used: () => ended + [...last.values()].reduce((a, b) => a + b, 0),
  };
}

function plain(name: string): string {
  return name
    .replace(/\((?:R|TM|C)\)/gi, '')
    .replace(/\b(?:CPU|Processor|\d+-Core)\b/gi, '')
    .replace(/@.*$/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function readQuietly(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function listQuietly(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
