// Reads CodeCarbon's emissions.csv, of all its versions, into runs: one for each run or task.
//
// Source: codecarbon/output_methods/file.py and emissions_data.py, 1.0.0 to 3.3.0. Since 2.3.0 its energies hold the PUE
// that stands beside them; here it is divided out. Its emissions are kept as tags: the account makes its own.

import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import { JOULES_PER_KWH } from '../core/units.ts';
import type { ZoneTime } from '../core/zone-time.ts';
import { COLUMNS, type Row, readRow } from './codecarbon-row.ts';
import { absurd, type ForeignDevice, type ForeignRun, type Found, Rejections } from './found.ts';
import { badFile, textFile } from './text-file.ts';

const MEANING: Readonly<Record<string, string>> = {
  timestamp: 'end of the run, local time',
  duration: "the run's length, s",
  cpu_energy: 'energy of the processors, kWh',
  gpu_energy: 'energy of the GPUs, kWh',
  ram_energy: 'energy of the memory, kWh',
  energy_consumed: 'energy of all parts, kWh: the total where the parts are not told',
  pue: 'PUE, divided out of the energies; 1 is its default and taken for not told',
  country_iso_code: 'grid zone, where nothing nearer is known',
  region: 'kept as a tag; a grid zone where it is the key of one',
  cloud_provider: 'with cloud_region the place',
  cloud_region: 'with cloud_provider the place',
  run_id: 'kept as a tag; of several rows of one run the longest counts',
  project_name: 'name of the run, and kept as a tag',
  task_name: 'name of the run, and kept as a tag',
  emissions: 'kept as a tag: its own account, in kg',
};

/** Reads a file; times without a zone are of `time`. Rejects with Fault file-unreadable, file-bad. */
export async function readCodeCarbon(file: string, time: ZoneTime): Promise<Found> {
  const text = textFile(file);
  const rejected = new Rejections();
  const runs = new Map<string, Kept>();
  const latest = new Map<string, string>();
  let header: string[] | null = null;
  let rows = 0;
  let recovered = 0;
  let earlier = 0;
  for await (const { fields, line } of text.records()) {
    if (header === null) {
      header = checked(file, fields);
      continue;
    }
    rows++;
    const read = readRow(header, fields);
    const made = typeof read === 'string' ? read : runOf(read.row, time);
    if (typeof made === 'string') {
      rejected.add(made, line);
      continue;
    }
    if (typeof read !== 'string' && read.recovered) recovered++;
    const key = keyOf(made, runs, latest);
    if (runs.has(key)) earlier++;
    runs.set(key, made);
  }
  if (header === null) throw badFile(file, 'it is empty', 'give the emissions.csv that CodeCarbon wrote');
  if (runs.size === 0) {
    const told = rows === 0 ? 'it has no rows' : `none of its ${rows} rows can be used: ${rejected}`;
    throw badFile(file, told, 'see docs/formats/exchange.md for what is read of CodeCarbon');
  }
  const all = [...runs.values()].map(({ run }) => run);
  return {
    ...{ runs: all, columns: header.map((name) => `${name}: ${MEANING[name] ?? 'kept as a tag'}`), rows },
    ...{ rejected: rejected.all, hash: text.hash(), notes: notesOf(header, { recovered, earlier, runs: all, time }) },
  };
}

interface Kept {
  readonly run: ForeignRun;
  readonly id: string;
}

/** Rows of one run grow from the same start; a run of the same id with another start is another one. */
function keyOf({ run, id }: Kept, runs: Map<string, Kept>, latest: Map<string, string>): string {
  const known = runs.get(latest.get(id) ?? '')?.run;
  const grown = known !== undefined && run.to_ms - run.from_ms >= known.to_ms - known.from_ms;
  if (id !== '' && grown && Math.abs(known.from_ms - run.from_ms) <= 2000) return latest.get(id)!;
  const key = `${runs.size} ${id}`;
  latest.set(id, key);
  return key;
}

function checked(file: string, fields: readonly string[]): string[] {
  const header = fields.map((name) => name.trim());
  const energies = ['energy_consumed', 'cpu_energy', 'gpu_energy', 'ram_energy'];
  const missing = ['timestamp', 'duration'].find((name) => !header.includes(name));
  const energy = energies.some((name) => header.includes(name));
  if (missing === undefined && energy) return header;
  const found = header.join(', ').slice(0, 200);
  const hint = found.includes(';') ? 'separate the fields by commas' : 'give the emissions.csv that CodeCarbon wrote';
  throw badFile(file, `there is no column "${missing ?? 'energy_consumed'}" (found: ${found})`, hint);
}

const numberOf = (text: string | undefined): number | null => {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};

function runOf(row: Row, time: ZoneTime): Kept | string {
  const duration_s = numberOf(row.duration);
  if (duration_s === null || duration_s <= 0) return 'no duration above 0: its time is not known';
  const to_ms = time.parse(row.timestamp ?? '');
  if (to_ms === null) return 'a timestamp that cannot be read';
  const told_pue = numberOf(row.pue);
  if (told_pue !== null && (told_pue < 1 || told_pue > 10)) return 'a pue that is not between 1 and 10';
  const pue = told_pue ?? 1;
  const from_ms = to_ms - duration_s * 1000;
  const joules = (name: string) => {
    const kwh = numberOf(row[name]);
    return kwh === null ? null : (kwh * JOULES_PER_KWH) / pue;
  };
  const parts = { cpu: joules('cpu_energy'), gpu: joules('gpu_energy'), ram: joules('ram_energy') };
  const all_j = joules('energy_consumed');
  const known = [...Object.values(parts), all_j].filter((energy) => energy !== null);
  if (known.length === 0) return 'no energy';
  if (known.some((energy) => energy < 0)) return 'a negative energy (a counter began again)';
  const why = known.map((energy_j) => absurd({ from_ms, to_ms, energy_j })).find((one) => one !== null);
  if (why !== undefined) return why;
  const devices = devicesOf(row, { ...parts, all: all_j, from_ms, to_ms });
  if (devices.length === 0) return 'no energy above 0: it was never measured';
  const name = row.task_name || row.project_name || null;
  const tags = Object.entries(row).flatMap(([column, value]) =>
    value === undefined || value === '' ? [] : [[`codecarbon.${column}`, value]],
  );
  const run = { name, from_ms, to_ms, places: placesOf(row), pue: pue > 1 ? pue : null };
  return {
    run: { ...run, tags: Object.fromEntries(tags), devices },
    id: [row.run_id, row.task_name].filter(Boolean).join(' '),
  };
}

interface Energies {
  readonly cpu: number | null;
  readonly gpu: number | null;
  readonly ram: number | null;
  readonly all: number | null;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** 0 is what CodeCarbon writes of a part that it cannot read (issue #1316): one that is there is then not known. */
function devicesOf(row: Row, { cpu, gpu, ram, all, from_ms, to_ms }: Energies): ForeignDevice[] {
  const base = { uuid: '', host: '' };
  const told = (energy_j: number): ForeignDevice['told'] => ({
    by: 'stretches',
    stretches: [{ from_ms, to_ms, energy_j }],
  });
  const note =
    'imported from CodeCarbon: the energy of the whole run, by sensor or by model, the file does not tell which';
  const out: ForeignDevice[] = [];
  if (gpu !== null && gpu > 0) {
    const name = row.gpu_model || 'GPUs';
    out.push({ ...base, device: 'gpu-0', kind: 'gpu', name, how: 'measured', told: told(gpu), note: GPU_NOTE });
  } else if ((numberOf(row.gpu_count) ?? 0) > 0) {
    const why = `CodeCarbon wrote 0 J for ${row.gpu_count} × ${row.gpu_model || 'GPU'}: it could not read them`;
    const name = row.gpu_model || 'GPUs';
    out.push({ ...base, device: 'gpu-0', kind: 'gpu', name, how: 'measured', told: { by: 'nothing', why }, note: why });
  }
  const measured = out.length > 0;
  if (cpu !== null && cpu > 0)
    out.push({
      ...base,
      device: 'cpu-package-0',
      kind: 'cpu-package',
      name: row.cpu_model || 'CPU',
      how: 'modelled',
      told: told(cpu),
      note,
    });
  if (ram !== null && ram > 0)
    out.push({
      ...base,
      device: 'dram-0',
      kind: 'dram',
      name: memoryName(row),
      how: 'modelled',
      told: told(ram),
      note,
    });
  if (out.some(({ told }) => told.by === 'stretches')) return out;
  if (all === null || all <= 0) return measured ? out : [];
  const whole = `${note}; its parts are not told`;
  return [
    {
      ...base,
      device: 'all-0',
      kind: 'module',
      name: 'all parts together',
      how: 'modelled',
      told: told(all),
      note: whole,
    },
  ];
}

const GPU_NOTE = 'imported from CodeCarbon: the energy of all GPUs over the whole run, from their counters';

const memoryName = (row: Row) =>
  row.ram_total_size ? `${Number(row.ram_total_size).toFixed(0)} GB of memory` : 'memory';

const ALPHA_2 = new Map((codes as string[][]).map(([two, three]) => [three!, two!]));

function placesOf(row: Row): string[] {
  const cloud = row.cloud_provider && row.cloud_region ? [`${row.cloud_provider}:${row.cloud_region}`] : [];
  const key = /^[A-Z]{2}(-[A-Z0-9]+)+$/.test(row.region ?? '') ? [row.region!] : [];
  const country = ALPHA_2.get(row.country_iso_code ?? '');
  return [...key, ...cloud, ...(country === undefined ? [] : [country])];
}

interface Told {
  readonly recovered: number;
  readonly earlier: number;
  readonly runs: readonly ForeignRun[];
  readonly time: ZoneTime;
}

function notesOf(header: readonly string[], { recovered, earlier, runs, time }: Told): string[] {
  const notes: string[] = [];
  const say = (count: number, one: string, more: string) => {
    if (count > 0) notes.push(`${count} row${count === 1 ? ` ${one}` : `s ${more}`}`);
  };
  say(recovered, 'had lost columns and was put back by position', 'had lost columns and were put back by position');
  say(
    earlier,
    'told an earlier state of a run: the last one counts',
    'told earlier states of runs: the last one counts',
  );
  notes.push(...time.notes());
  if (header.includes('task_name') && !header.includes('pue'))
    notes.push('files of tasks do not tell the PUE: where one was set, their energies hold it');
  const blind = runs.filter(({ devices }) => devices.some(({ told }) => told.by === 'nothing')).length;
  if (blind > 0) notes.push(`${blind} run${blind === 1 ? ' has' : 's have'} GPUs without energy: it is unknown, not 0`);
  const unknown = header.filter((name) => name !== 'task_name' && !(COLUMNS as readonly string[]).includes(name));
  if (unknown.length > 0) notes.push(`columns that no version up to 3.3.0 has: ${unknown.join(', ')}`);
  return notes;
}
