// Reads what DCGM tells of GPUs: dcgm-exporter's metrics as Prometheus' tools keep them, and tables of `dcgmi dmon`.
//
// Source: NVIDIA/dcgm-exporter, etc/default-counters.csv; DCGM's user guide, "dcgmi dmon". Energy counts mJ since the
// driver was loaded. A table of dmon tells no times: its beginning and pace are said beside it.

import { fault } from '../core/fault.ts';
import type { ZoneTime } from '../core/zone-time.ts';
import { type Found, Rejections } from './found.ts';
import { Devices, readMetrics, type Told } from './metrics.ts';
import type { Metric } from './prometheus.ts';
import { badFile, type TextFile, textFile } from './text-file.ts';

const METRICS = {
  DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: 'energy counter of a GPU, mJ',
  DCGM_FI_DEV_POWER_USAGE: 'power of a GPU, W',
  DCGM_FI_DEV_POWER_USAGE_INSTANT: 'power of a GPU at the moment, W',
} as const;

export interface DcgmOptions {
  readonly time: ZoneTime;
  /** Of a table of dmon: when it began, epoch ms; null where that was not said. */
  readonly start_ms: number | null;
  /** Of a table of dmon: the time between two of its lines of a GPU, ms (dmon's -d). */
  readonly every_ms: number;
}

const HINT =
  "give dcgm-exporter's samples with their times (text format, promtool's dump, query_range's JSON, CSV), or a table of dcgmi dmon -e 155,156 with --start";

/** Rejects with Fault file-unreadable, file-bad, usage. */
export async function readDcgm(file: string, options: DcgmOptions): Promise<Found> {
  const text = textFile(file);
  if (/^\s*#?\s*Entity\s/.test(await text.peek())) return readDmon(text, options);
  return readMetrics(text, { tool: 'DCGM', metrics: METRICS, hint: HINT, time: options.time, told });
}

function told({ name, labels, value }: Metric): Told | string {
  // Of a slice (MIG) the board's figures are told again: they are the same readings of the same board.
  const uuid = labels.UUID ?? labels.uuid ?? '';
  const host = labels.Hostname ?? labels.hostname ?? labels.instance ?? '';
  const counts = name === 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION';
  return {
    ...{ device: `gpu-${labels.gpu ?? 0}`, kind: 'gpu', name: labels.modelName ?? 'GPU', uuid, host },
    ...{ energy_j: counts ? value / 1000 : Number.NaN, power_w: counts ? Number.NaN : value },
  };
}

/** Fields by the short names in dmon's header. */
const FIELDS: Readonly<Record<string, 'power' | 'energy'>> = {
  POWER: 'power',
  PWRINS: 'power',
  TOTEC: 'energy',
  TOTALEC: 'energy',
};

async function readDmon(text: TextFile, { start_ms, every_ms }: DcgmOptions): Promise<Found> {
  if (start_ms === null) {
    const problem = `${text.file}: a table of dcgmi dmon tells no times`;
    throw fault('usage', {
      facts: { problem, hint: 'say when it began (--start 2024-05-01T13:00Z) and its pace (--every 1s)' },
    });
  }
  const rejected = new Rejections();
  const devices = new Devices();
  const lines = new Map<string, number>();
  let fields: readonly ('power' | 'energy' | null)[] = [];
  let names: readonly string[] = [];
  let rows = 0;
  let number = 0;
  for await (const line of text.lines()) {
    number++;
    const words = line.trim().split(/\s+/);
    if (/^#?\s*Entity\s/.test(line.trim())) {
      names = line
        .trim()
        .replace(/^#?\s*Entity\s+/, '')
        .split(/\s+/);
      fields = names.map((name) => FIELDS[name] ?? null);
      continue;
    }
    if (words[0] === '' || words[0] === 'ID' || line.startsWith('#')) continue;
    rows++;
    const gpu = words[0] === 'GPU' ? (words[1] ?? '') : '';
    const turn = lines.get(gpu) ?? 0;
    lines.set(gpu, turn + 1);
    if (gpu === '' || words.length !== fields.length + 2) {
      rejected.add('no line of a GPU with all fields', number);
      continue;
    }
    const value = (what: 'power' | 'energy') => {
      const i = fields.indexOf(what);
      const text = i < 0 ? '' : words[i + 2]!;
      return text === '' || text === 'N/A' ? Number.NaN : Number(text);
    };
    const [energy_j, power_w] = [value('energy') / 1000, value('power')];
    if (Number.isNaN(energy_j) && Number.isNaN(power_w)) rejected.add('neither power nor energy', number);
    else if (energy_j < 0 || power_w < 0) rejected.add('a negative power or energy', number);
    else {
      const device = { device: `gpu-${gpu}`, kind: 'gpu', name: `GPU ${gpu}`, uuid: '', host: '' } as const;
      devices.push({ ...device, energy_j, power_w }, start_ms + turn * every_ms);
    }
  }
  const run = devices.run('DCGM', rejected);
  if (run === null)
    throw badFile(text.file, `no GPU has two usable readings${rejected.all.size > 0 ? `: ${rejected}` : ''}`, HINT);
  const meaning = { power: 'power, W', energy: 'energy counter, mJ' };
  const columns = names.map((name, i) => `${name}: ${fields[i] === null ? 'not used' : meaning[fields[i]!]}`);
  const notes = [`it tells no times: one line of each GPU every ${every_ms} ms is taken for granted`];
  return { runs: [run], columns, rows, rejected: rejected.all, hash: text.hash(), notes };
}
