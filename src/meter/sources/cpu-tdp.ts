// What a CPU may draw when nothing on the machine measures it: thermal design power from a table by model name.
//
// A model that is not in the table is taken as an average one per core. A virtual machine sees some threads of a host
// CPU and is given their part of it. Each of these guesses is said in words and widens the error.

import table from '../../../data/cpu-tdp.json' with { type: 'json' };

/** What /proc/cpuinfo tells. */
export interface Processor {
  readonly model: string;
  readonly sockets: number;
  /** Physical cores over all sockets, as far as shown. */
  readonly cores: number;
  /** Logical CPUs. */
  readonly threads: number;
  readonly virtual: boolean;
}

/** All sockets together. */
export interface CpuPower {
  readonly name: string;
  readonly tdp_w: number;
  readonly gain: { readonly down: number; readonly up: number };
  readonly notes: readonly string[];
}

/**
 * Error of TDP × curve where the model is known. Of 44 points (4 CPUs at 11 loads, RAPL readings published with
 * CodeCarbon, data/hardware/cpu_load_profiling@ec2ac5f6) 90 % lie at 0.24 to 1.14 of it; upwards it is wider, since
 * boost clocks exceed TDP (Intel's second power limit is up to twice TDP).
 */
export const CPU_MODEL_GAIN = { down: 0.75, up: 0.6 };
/** With the spread of TDP per core within the table, 0.5 to 1.6 of its median, in quadrature. */
const GAIN_GUESSED = { down: 0.9, up: 0.9 };
/** A virtual CPU is one of the two hardware threads of a core in most clouds. */
const THREADS_PER_CORE = 2;

export const medianWattsPerCore = median(table.cpus.map(({ tdp_w, cores }) => tdp_w / cores));

/** TDP in W and its error, by model where the table has it, else by core. */
export function cpuPower(cpu: Processor): CpuPower {
  const row = tdpOf(cpu.model);
  const name = cpu.model.replace(/\s+/g, ' ').trim() || 'CPU of unknown model';
  if (row !== null && !cpu.virtual) {
    return {
      name,
      tdp_w: row.tdp_w * cpu.sockets,
      gain: CPU_MODEL_GAIN,
      notes: [`TDP ${row.tdp_w} W per socket (${row.match})`],
    };
  }
  if (row !== null) {
    const tdp_w = (row.tdp_w * cpu.threads) / row.threads;
    const note = `a virtual machine: ${cpu.threads} of the host CPU's ${row.threads} threads get their part of its TDP of ${row.tdp_w} W (${row.match})`;
    return { name, tdp_w, gain: GAIN_GUESSED, notes: [note] };
  }
  const cores = cpu.virtual ? cpu.threads / THREADS_PER_CORE : cpu.cores;
  const counted = cpu.virtual ? `${cpu.threads} virtual CPUs, taken as ${cores} cores` : `${cores} cores`;
  const note = `this CPU model is not in the table: ${counted} at ${medianWattsPerCore.toFixed(1)} W each (the table's median TDP per core)`;
  return { name, tdp_w: cores * medianWattsPerCore, gain: GAIN_GUESSED, notes: [note] };
}

/** The row of the table that a model name contains, word by word. */
export function tdpOf(model: string): (typeof table.cpus)[number] | null {
  const name = ` ${bare(model)} `;
  return table.cpus.find(({ match }) => name.includes(` ${bare(match)} `)) ?? null;
}

/** Parses the text of /proc/cpuinfo (x86); what it lacks counts as one. */
export function readCpuinfo(text: string): Processor {
  const blocks = text.split(/\n\s*\n/).filter((block) => /^processor\s*:/m.test(block));
  const value = (block: string, key: string) => new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(block)?.[1]?.trim();
  const sockets = new Set(blocks.map((block) => value(block, 'physical id')).filter((id) => id !== undefined));
  const cores = new Set(
    blocks.map((block, i) => `${value(block, 'physical id')}/${value(block, 'core id') ?? `thread ${i}`}`),
  );
  const first = blocks[0] ?? '';
  return {
    model: value(first, 'model name') ?? '',
    sockets: Math.max(1, sockets.size),
    cores: Math.max(1, cores.size),
    threads: Math.max(1, blocks.length),
    virtual: /\bhypervisor\b/.test(value(first, 'flags') ?? ''),
  };
}

function bare(name: string): string {
  return name
    .toLowerCase()
    .replace(/\((r|tm)\)|[®™]/g, ' ')
    .replace(/@.*$/, '')
    .replace(/\b(cpu|processor|\d+-cores?)\b/g, ' ')
    .replace(/\b(epyc \d\w{3})p\b/, '$1') // the one-socket variant of the same part
    .replace(/\s+/g, ' ')
    .trim();
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
