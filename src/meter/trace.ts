// Reads a recorded power trace (CSV or Parquet) into one series of samples per device.
//
// Columns: timestamp, device, power_w (sampled) or energy_j (cumulative), optionally kind and name. A row that cannot be
// understood, or lies far from all others in time, is left out and counted with its reason; only a file without any
// usable row is refused.

import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { fault, reasonOf } from '../core/fault.ts';
import { isParquet, parquetRows } from '../core/parquet.ts';
import { parseTimestamp, TIME_FORMS } from '../core/timestamp.ts';
import type { DeviceKind } from './port.ts';

export interface Trace {
  readonly devices: readonly TraceDevice[];
  readonly from_ms: number;
  readonly to_ms: number;
  /** What was made of each column, in words. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly rejected: ReadonlyMap<string, { count: number; first: number }>;
}

export interface TraceDevice {
  readonly device: string;
  readonly kind: DeviceKind;
  /** The first that its rows tell, such as "NVIDIA H100 80GB HBM3"; else the device's own. */
  readonly name: string;
  /** Epoch ms, strictly ascending. */
  readonly at_ms: number[];
  readonly energy_j: (number | null)[];
  readonly power_w: (number | null)[];
}

/** A stray time (a clock not yet set says 1970) would make a gap of decades. */
const FAR_DAYS = 400;

const KINDS: readonly DeviceKind[] = ['gpu', 'cpu-package', 'dram', 'module', 'node', 'psys', 'host-other'];

/** Reads a trace. Throws Fault file-unreadable, file-bad. */
export async function readTrace(file: string): Promise<Trace> {
  const rows = (await beginsAsParquet(file)) ? rowsOfParquet(file) : csvRows(file);
  return gather(file, rows);
}

/** Gathers rows by device, sorted by time; the line numbers are for people. Exported for tests. */
export async function gather(file: string, rows: AsyncIterable<Record<string, unknown>>): Promise<Trace> {
  const byDevice = new Map<string, { kind: DeviceKind; name: string; samples: Sample[] }>();
  const rejected = new Map<string, { count: number; first: number }>();
  const reject = (why: string, row: number) => {
    const known = rejected.get(why);
    if (known === undefined) rejected.set(why, { count: 1, first: row });
    else known.count++;
  };
  let columns: string[] | null = null;
  let count = 0;
  for await (const row of rows) {
    if (columns === null) columns = explain(file, Object.keys(row));
    count++;
    const sample = sampleOf(row);
    if (typeof sample === 'string') {
      reject(sample, count + 1);
      continue;
    }
    const { at, e, p } = sample;
    const device = byDevice.get(sample.device) ?? { kind: sample.kind, name: '', samples: [] };
    device.name ||= sample.name;
    byDevice.set(sample.device, device);
    device.samples.push({ at, e, p, row: count + 1 });
  }
  if (columns === null) throw bad(file, 'it has no rows', 'give a header line and at least two rows per device');
  const middle = middleOf([...byDevice.values()].map(({ samples }) => samples));
  const devices: TraceDevice[] = [];
  for (const [device, { kind, name, samples: all }] of byDevice) {
    const samples = all.filter(({ at, row }) => {
      const far = Math.abs(at - middle) > FAR_DAYS * 86_400_000;
      if (far) reject(`a timestamp more than ${FAR_DAYS} days from the middle of the file`, row);
      return !far;
    });
    samples.sort((a, b) => a.at - b.at);
    const unique = samples.filter((s, i) => i === 0 || s.at > samples[i - 1]!.at);
    const twice = samples.length - unique.length;
    if (twice > 0) rejected.set(`a second reading of ${device} at the same time`, { count: twice, first: 0 });
    devices.push({
      ...{ device, kind, name: name || device, at_ms: unique.map((s) => s.at) },
      ...{ energy_j: unique.map((s) => s.e), power_w: unique.map((s) => s.p) },
    });
  }
  const usable = devices.filter(({ at_ms }) => at_ms.length > 1);
  if (usable.length === 0) {
    const reasons = [...rejected].map(
      ([why, { count, first }]) => `${count} × ${why}${first > 0 ? ` (first: row ${first})` : ''}`,
    );
    throw bad(
      file,
      `no device has two usable readings${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
      'see docs/formats/files.md for the columns',
    );
  }
  for (const lone of devices.filter(({ at_ms }) => at_ms.length < 2)) {
    rejected.set(`${lone.device} has a single reading`, { count: 1, first: 0 });
  }
  return {
    devices: usable,
    from_ms: Math.min(...usable.map(({ at_ms }) => at_ms[0]!)),
    to_ms: Math.max(...usable.map(({ at_ms }) => at_ms[at_ms.length - 1]!)),
    ...{ columns, rows: count, rejected },
  };
}

interface Sample {
  readonly at: number;
  readonly e: number | null;
  readonly p: number | null;
  /** Where it stood, for people. */
  readonly row: number;
}

/** The median time of all samples, epoch ms. */
function middleOf(samples: readonly (readonly Sample[])[]): number {
  const times = Float64Array.from(samples.flatMap((some) => some.map(({ at }) => at))).sort();
  return times[times.length >> 1] ?? 0;
}

function sampleOf(row: Record<string, unknown>) {
  const at = row.timestamp instanceof Date ? row.timestamp.getTime() : parseTimestamp(String(row.timestamp ?? ''));
  if (at === null || Number.isNaN(at)) return `a timestamp that is ${TIME_FORMS}`;
  const device = String(row.device ?? '').trim();
  if (device === '') return 'no device';
  const p = numberOf(row.power_w);
  const e = numberOf(row.energy_j);
  if (p === null && e === null) return 'no power_w and no energy_j';
  if (p === 'bad' || e === 'bad') return 'power_w or energy_j is not a number';
  if ((p ?? 0) < 0 || (e ?? 0) < 0) return 'negative power_w or energy_j';
  const kind = String(row.kind ?? '').trim() || kindOf(device);
  if (!KINDS.includes(kind as DeviceKind)) return `unknown kind "${kind}" (one of ${KINDS.join(', ')})`;
  return { at, device, kind: kind as DeviceKind, name: String(row.name ?? '').trim(), p, e };
}

function numberOf(value: unknown): number | null | 'bad' {
  if (value === null || value === undefined || value === '') return null;
  const number =
    typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : Number(String(value).trim());
  return Number.isFinite(number) ? number : 'bad';
}

/** gpu-0 → gpu, cpu-package-1 → cpu-package; a name that tells nothing is taken for what it says it is. */
function kindOf(device: string): string {
  const name = device
    .toLowerCase()
    .replace(/[-_:. ]?\d+$/, '')
    .replaceAll('_', '-');
  if (name === 'cpu' || name === 'package') return 'cpu-package';
  return name;
}

function explain(file: string, names: readonly string[]): string[] {
  const has = (name: string) => names.includes(name);
  for (const needed of ['timestamp', 'device']) {
    if (!has(needed))
      throw bad(
        file,
        `there is no column "${needed}" (found: ${names.join(', ')})`,
        'columns: timestamp, device, power_w or energy_j, optionally kind and name',
      );
  }
  if (!has('power_w') && !has('energy_j')) {
    throw bad(
      file,
      `there is neither a column "power_w" nor "energy_j" (found: ${names.join(', ')})`,
      'power in W as power_w, cumulative energy in J as energy_j',
    );
  }
  const meaning: Record<string, string> = {
    ...{ timestamp: 'time of the reading', device: 'device', kind: 'kind of device', name: 'its model' },
    ...{ power_w: 'sampled power, W', energy_j: 'cumulative energy counter, J' },
  };
  return names.map((name) => `${name}: ${meaning[name] ?? 'not used'}`);
}

async function* csvRows(file: string): AsyncGenerator<Record<string, unknown>> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    columns: (header: string[]) => header.map((name) => name.trim()),
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const input = createReadStream(file);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const row of parser) yield row as Record<string, unknown>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code?.startsWith('CSV_'))
      throw bad(file, reasonOf(cause), 'one row a line, fields separated by commas', cause);
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}

async function* rowsOfParquet(file: string): AsyncGenerator<Record<string, unknown>> {
  try {
    for (const row of (await parquetRows(await readFile(file))).rows) {
      const { timestamp } = row;
      yield {
        ...row,
        timestamp: typeof timestamp === 'bigint' || typeof timestamp === 'number' ? String(timestamp) : timestamp,
      };
    }
  } catch (cause) {
    throw bad(file, `not a readable Parquet file: ${reasonOf(cause)}`, 'write it again, or give CSV', cause);
  }
}

/** A pipe is CSV: its first bytes cannot be looked at and then read again. */
async function beginsAsParquet(file: string): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    const handle = await open(file, 'r');
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.close();
    return isParquet(buffer);
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}

function bad(file: string, problem: string, hint: string, cause?: unknown) {
  return fault('file-bad', { facts: { file, where: '', problem, hint }, cause });
}
