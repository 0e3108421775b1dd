// Reads what Zeus writes: its log of windows (CSV), the power trace of its PowerMonitor (CSV), and measurements and power
// timelines as JSON.
//
// Source: zeus/monitor/energy.py and power.py, 0.2 to 0.16. Windows nest: only the outermost add up, what is between
// them is unknown. Power traces up to 0.11 have no header: time, then one column for each GPU.

import { fault, reasonOf } from '../core/fault.ts';
import { isRecord } from '../core/record.ts';
import { absurd, type ForeignDevice, type Found, Rejections, type Stretch } from './found.ts';
import { Gatherer } from './readings.ts';
import { badFile, type TextFile, textFile } from './text-file.ts';

const HINT =
  'give the log_file of ZeusMonitor, the power_csv_path of PowerMonitor, or a Measurement or power timelines as JSON';

export interface ZeusOptions {
  /** When a measurement began that tells no time, epoch ms; null where that was not said. */
  readonly start_ms: number | null;
}

/** Rejects with Fault file-unreadable, file-bad, usage. */
export async function readZeus(file: string, options: ZeusOptions): Promise<Found> {
  const text = textFile(file);
  if (/^\s*[[{]/.test(await text.peek())) return readJson(text, options);
  const records = text.records();
  const first = await records.next();
  if (first.done) throw badFile(file, 'it is empty', HINT);
  const header = first.value.fields;
  const rest = { records, hash: () => text.hash(), file };
  if (header[0] === 'start_time' && header.includes('elapsed_time')) return readWindows(header, rest);
  if (header.every((field) => field !== '' && Number.isFinite(Number(field))) && header.length > 1)
    return readPower(header, rest, [first.value]);
  if (/^(time|timestamp)$/.test(header[0] ?? '') && header.slice(1).some((name) => gpuOf(name) !== null))
    return readPower(header, rest, []);
  throw badFile(file, `its header is none of Zeus (found: ${header.join(', ').slice(0, 200)})`, HINT);
}

interface Rest {
  readonly file: string;
  readonly records: AsyncGenerator<{ readonly fields: readonly string[]; readonly line: number }>;
  hash(): string;
}

const gpuOf = (name: string): string | null => /^(?:gpu|power)?_?(\d+)(?:_(?:energy|power))?$/i.exec(name)?.[1] ?? null;

const numberOf = (text: string | undefined): number => (text === undefined || text === '' ? Number.NaN : Number(text));

/** Columns: start_time (epoch s), window_name, elapsed_time (s), gpu0_energy … (J). */
async function readWindows(header: readonly string[], { file, records, hash }: Rest): Promise<Found> {
  const gpus = header.flatMap((name, i) => (/^gpu\d+_energy$/.test(name) ? [{ i, gpu: gpuOf(name)! }] : []));
  const [at, took, named] = ['start_time', 'elapsed_time', 'window_name'].map((name) => header.indexOf(name));
  const rejected = new Rejections();
  const windows: Window[] = [];
  let rows = 0;
  for await (const { fields, line } of records) {
    rows++;
    const from_ms = numberOf(fields[at!]) * 1000;
    const to_ms = from_ms + numberOf(fields[took!]) * 1000;
    const energies = gpus.map(({ i }) => numberOf(fields[i]));
    if (fields.length !== header.length)
      rejected.add(`${fields.length} fields under a header of ${header.length}`, line);
    else if (!(to_ms > from_ms)) rejected.add('no start_time and elapsed_time', line);
    else if (energies.every((energy_j) => Number.isNaN(energy_j))) rejected.add('no energy', line);
    else if (energies.some((energy_j) => energy_j < 0)) rejected.add('a negative energy (a counter began again)', line);
    else {
      const why = energies
        .map((energy_j) => absurd({ from_ms, to_ms, energy_j: energy_j || 0 }))
        .find((one) => one !== null);
      if (why === undefined) windows.push({ from_ms, to_ms, energies, name: fields[named!] ?? '' });
      else rejected.add(why as string, line);
    }
  }
  const outer = outermost(windows.filter((one) => near(one, windows, rejected)));
  if (outer.length === 0)
    throw badFile(file, `it has no usable window${rejected.all.size > 0 ? `: ${rejected}` : ''}`, HINT);
  const devices = gpus.map(({ gpu }, g) =>
    gpuDevice(gpu, {
      by: 'stretches',
      stretches: outer.flatMap(({ from_ms, to_ms, energies }): Stretch[] =>
        Number.isNaN(energies[g]) ? [] : [{ from_ms, to_ms, energy_j: energies[g]! }],
      ),
    }),
  );
  const nested = windows.length - outer.length;
  const silent = outer.filter(({ energies }) => energies.includes(0)).length;
  const notes = [
    ...(nested > 0
      ? [`${nested} of ${windows.length} windows lie in others or overlap them: their energy is counted there`]
      : []),
    ...(outer.length > 1 ? ['what was used between the windows is not known'] : []),
    ...(silent > 0 ? [`${silent} windows tell 0 J of a GPU: they were shorter than its counter's update`] : []),
  ];
  const names = [...new Set(outer.map(({ name }) => name))];
  const run = {
    ...{ name: names.length === 1 ? names[0]! : null, places: [], pue: null, devices },
    ...{ from_ms: outer[0]!.from_ms, to_ms: outer.at(-1)!.to_ms },
    tags: { 'zeus.windows': String(windows.length), 'zeus.window_names': names.slice(0, 20).join(' ') },
  };
  const columns = header.map(
    (name) =>
      `${name}: ${WINDOW_MEANING[name] ?? (gpuOf(name) === null ? 'not used' : 'energy of that GPU in the window, J')}`,
  );
  return { runs: [run], columns, rows, rejected: rejected.all, hash: hash(), notes };
}

const WINDOW_MEANING: Readonly<Record<string, string>> = {
  ...{ start_time: 'beginning of the window, epoch s', elapsed_time: 'its length, s' },
  window_name: 'kept as a tag; name of the run where there is one',
};

/** A clock that was not yet set would make a gap of decades. */
function near({ from_ms }: Window, all: readonly Window[], rejected: Rejections): boolean {
  const middle = all[all.length >> 1]!.from_ms;
  if (Math.abs(from_ms - middle) <= FAR_MS) return true;
  rejected.add('a window more than 400 days from the middle of the file');
  return false;
}

const FAR_MS = 400 * 86_400_000;

interface Window {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energies: readonly number[];
  readonly name: string;
}

/** Windows that begin when no other goes on, by time; of two that begin at once the longer. */
function outermost(windows: readonly Window[]): Window[] {
  const sorted = [...windows].sort((a, b) => a.from_ms - b.from_ms || b.to_ms - a.to_ms);
  const out: Window[] = [];
  for (const window of sorted) if (out.length === 0 || window.from_ms >= out.at(-1)!.to_ms) out.push(window);
  return out;
}

function gpuDevice(gpu: string, told: ForeignDevice['told']): ForeignDevice {
  const note = told.by === 'readings' ? 'imported from Zeus: sampled power' : 'imported from Zeus: energy of windows';
  return { device: `gpu-${gpu}`, kind: 'gpu', name: `GPU ${gpu}`, uuid: '', host: '', how: 'measured', note, told };
}

/** Columns: time (epoch s), then power in W of GPU 0, 1 …, or as the header names them. */
async function readPower(
  header: readonly string[],
  { file, records, hash }: Rest,
  first: readonly { fields: readonly string[]; line: number }[],
): Promise<Found> {
  const named = first.length === 0;
  const gpus = header.slice(1).map((name, i) => (named ? gpuOf(name) : String(i)));
  const gatherers = gpus.map(() => new Gatherer());
  const rejected = new Rejections();
  let rows = 0;
  const take = (fields: readonly string[], line: number) => {
    rows++;
    const seconds = numberOf(fields[0]);
    if (fields.length !== header.length)
      return rejected.add(`${fields.length} fields where there are ${header.length}`, line);
    if (!(seconds > 0)) return rejected.add('no time in epoch seconds', line);
    for (const [i, gatherer] of gatherers.entries()) {
      const power_w = numberOf(fields[i + 1]);
      if (gpus[i] === null) continue;
      if (power_w >= 0) gatherer.push(seconds * 1000, Number.NaN, power_w);
      else rejected.add('no power, or a negative one', line);
    }
  };
  for (const { fields, line } of first) take(fields, line);
  for await (const { fields, line } of records) take(fields, line);
  const columns = header.map((name, i) => {
    const meaning = i === 0 ? 'time, epoch s' : gpus[i - 1] === null ? 'not used' : `power of GPU ${gpus[i - 1]}, W`;
    return `${named ? name : `column ${i + 1}`}: ${meaning}`;
  });
  const devices = fromGatherers(
    new Map(gatherers.flatMap((one, i) => (gpus[i] === null ? [] : [[gpus[i]!, one]]))),
    rejected,
  );
  return traced(file, { devices, columns, rows, rejected, hash: hash() });
}

function fromGatherers(gatherers: ReadonlyMap<string, Gatherer>, rejected: Rejections): ForeignDevice[] {
  return [...gatherers].flatMap(([gpu, gatherer]) => {
    const { readings, twice, far } = gatherer.gathered();
    if (twice > 0) rejected.add('a second reading at the same time', 0, twice);
    if (far > 0) rejected.add('a time more than 400 days from the middle of the file', 0, far);
    if (readings.at_ms.length > 1) return [gpuDevice(gpu, { by: 'readings', readings })];
    if (readings.at_ms.length === 1) rejected.add(`GPU ${gpu} has a single reading`);
    return [];
  });
}

interface Traced extends Pick<Found, 'columns' | 'rows' | 'hash'> {
  readonly devices: readonly ForeignDevice[];
  readonly rejected: Rejections;
}

function traced(file: string, { devices, columns, rows, rejected, hash }: Traced): Found {
  const times = devices.flatMap(({ told }) => (told.by === 'readings' ? [told.readings.at_ms] : []));
  if (times.length === 0)
    throw badFile(file, `no GPU has two usable readings${rejected.all.size > 0 ? `: ${rejected}` : ''}`, HINT);
  const from_ms = Math.min(...times.map((at) => at[0]!));
  const to_ms = Math.max(...times.map((at) => at.at(-1)!));
  const run = { name: null, places: [], pue: null, from_ms, to_ms, tags: {}, devices };
  return { runs: [run], columns, rows, rejected: rejected.all, hash, notes: [] };
}

async function readJson(text: TextFile, { start_ms }: ZeusOptions): Promise<Found> {
  const { file } = text;
  const all = await text.whole();
  const hash = text.hash();
  let value: unknown;
  try {
    value = JSON.parse(all);
  } catch (cause) {
    throw badFile(file, `not JSON: ${reasonOf(cause)}`, HINT, { cause });
  }
  if (isRecord(value) && typeof value.time === 'number') return measurement(value, { file, hash, start_ms });
  if (isRecord(value) && Array.isArray(value.measurements))
    throw badFile(file, 'a profile of power limits tells no times: it is no run', HINT);
  // get_all_power_timelines: by domain; get_power_timeline: by GPU. Both: [[epoch s, W], …].
  const domain = isRecord(value) ? (value.device_instant ?? value.device_average ?? value) : null;
  const gatherers = new Map<string, Gatherer>();
  const rejected = new Rejections();
  let rows = 0;
  for (const [gpu, points] of Object.entries(isRecord(domain) ? domain : {})) {
    if (!/^\d+$/.test(gpu) || !Array.isArray(points)) continue;
    const gatherer = new Gatherer();
    gatherers.set(gpu, gatherer);
    for (const point of points) {
      rows++;
      const [seconds, power_w] = Array.isArray(point) ? (point as unknown[]) : [];
      if (typeof seconds === 'number' && typeof power_w === 'number' && seconds > 0 && power_w >= 0)
        gatherer.push(seconds * 1000, Number.NaN, power_w);
      else rejected.add('no time and power');
    }
  }
  const name = isRecord(value) && 'device_instant' in value ? 'device_instant' : 'device_average';
  const columns = [
    `${isRecord(value) && name in value ? name : 'timelines'}: time in epoch s, power in W, for each GPU`,
  ];
  return traced(file, { devices: fromGatherers(gatherers, rejected), columns, rows, rejected, hash });
}

interface Single {
  readonly file: string;
  readonly hash: string;
  readonly start_ms: number | null;
}

/** A Measurement: time (s), gpu_energy, cpu_energy, dram_energy by index (J); no beginning. */
function measurement(value: Record<string, unknown>, { file, hash, start_ms }: Single): Found {
  const duration_s = value.time as number;
  if (!(duration_s > 0)) throw badFile(file, 'its time is not above 0', HINT);
  if (start_ms === null) {
    const problem = `${file} does not tell when it was measured`;
    throw fault('usage', { facts: { problem, hint: 'say when it began: --start 2024-05-01T13:00Z' } });
  }
  const to_ms = start_ms + duration_s * 1000;
  const parts = [
    { key: 'gpu_energy', kind: 'gpu', name: 'GPU' },
    { key: 'cpu_energy', kind: 'cpu-package', name: 'CPU' },
    { key: 'dram_energy', kind: 'dram', name: 'memory of CPU' },
  ] as const;
  const devices = parts.flatMap(({ key, kind, name }) =>
    Object.entries(isRecord(value[key]) ? value[key] : {}).flatMap(([i, energy_j]): ForeignDevice[] => {
      if (typeof energy_j !== 'number' || !(energy_j >= 0)) return [];
      if (absurd({ from_ms: start_ms, to_ms, energy_j }) !== null) return [];
      const stretches = [{ from_ms: start_ms, to_ms, energy_j }];
      const note = 'imported from Zeus: energy of one window';
      return [
        {
          ...{ device: `${kind}-${i}`, kind, name: `${name} ${i}`, uuid: '', host: '', how: 'measured', note },
          told: { by: 'stretches', stretches },
        },
      ];
    }),
  );
  if (devices.length === 0) throw badFile(file, 'it tells no energy', HINT);
  const columns = [
    'time: length of the window, s',
    ...parts.filter(({ key }) => isRecord(value[key])).map(({ key }) => `${key}: energy, J`),
  ];
  const run = { name: null, places: [], pue: null, from_ms: start_ms, to_ms, tags: {}, devices };
  return { runs: [run], columns, rows: 1, rejected: new Map(), hash, notes: [] };
}
