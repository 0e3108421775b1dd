// Answers the report's questions from the ledger's files: energy by device and interval, steps, events.
//
// The engine only filters and groups; energy is grouped to the intensity's step before anything is joined
// (a join of raw rows takes twenty times as long), and the exact join at breakpoints is done by emissions/.

import { dirname } from 'node:path';
import type { EnergyRow } from '../meter/rows.ts';
import type { Step } from '../workload/step.ts';
import { type Engine, openEngine, quoted } from './engine.ts';
import type { EventRow, StepRow } from './records.ts';
import { type RunEntry, segmentsOf, type WriterEntry } from './runs.ts';
import { tableOf } from './tables.ts';
import {
  addBundle,
  addGap,
  addRows,
  type Bundle,
  deviceIn,
  emptyEnergy,
  identityOf,
  onceOnly,
  type RunEnergy,
} from './use.ts';

export interface Reader {
  /** Energy of each run by its id. Charged intervals are grouped to `step_ms` where it is given. */
  energy(runs: readonly RunEntry[], step_ms: number | null): Promise<Map<string, RunEnergy>>;
  /** Energy in J that runs counted more than once between them, over devices they shared at the same time. */
  sharedEnergy(runs: readonly RunEntry[]): Promise<number>;
  steps(run: RunEntry): Promise<StepRow[]>;
  events(runs: readonly RunEntry[]): Promise<Map<string, EventRow[]>>;
  close(): void;
}

interface Place {
  readonly run: string;
  readonly writer: WriterEntry;
}

/** Opens a reader; close() it. Rejects with Fault engine-missing. */
export async function openReader(memory?: string): Promise<Reader> {
  const engine = await openEngine(memory);
  return {
    energy: (runs, step) => energyOf(engine, runs, step),
    sharedEnergy: (runs) => sharedEnergy(engine, runs),
    steps: (run) => stepsOf(engine, run),
    events: (runs) => eventsOf(engine, runs),
    close: () => engine.close(),
  };
}

async function energyOf(
  engine: Engine,
  runs: readonly RunEntry[],
  step: number | null,
): Promise<Map<string, RunEnergy>> {
  const places = placesOf(runs);
  const out = new Map(runs.map((run) => [run.record.id, emptyEnergy()]));
  for (const { run, writer } of places.values()) {
    for (const device of writer.record.devices) {
      deviceIn(
        out.get(run)!,
        identityOf(device, writer.record.host, writer.record.boot_id),
        device,
        writer.record.host,
      );
    }
  }
  const from = tableOf('energy', segmentsOf([...places.keys()], 'energy'));
  if (from === null) return out;

  const use = (folder: string, name: string) => {
    const place = places.get(folder)!;
    const { record } = place.writer;
    const device = record.devices.find((d) => d.device === name);
    if (device === undefined) return null;
    const into = out.get(place.run)!;
    return { into, use: deviceIn(into, identityOf(device, record.host, record.boot_id), device, record.host) };
  };

  // Devices that several writers of one run metered are read row by row and counted once.
  const shared = sharedWithin(places);
  const once = shared.size === 0 ? '' : `WHERE NOT (${pairs([...shared.values()].flat())})`;

  // One pass where energy is grouped to a step: the bundles of a device are then the sums of its groups.
  const bundles = await engine.columns(`
    SELECT filename, device, source, quality, fsum(energy_j) AS energy_j, coalesce(sum(low_j), 0) AS low_j,
      coalesce(sum(high_j), 0) AS high_j, sum(to_ms - from_ms)::DOUBLE AS observed_ms, max(max_w) AS max_w,
      min(from_ms) AS first_ms, max(to_ms) AS last_ms
    FROM ${from} ${once} GROUP BY filename, device, source, quality${step === null ? '' : stepKeys(step)}`);
  for (const row of rowsOf<Bundle & { filename: string; first_ms: number }>(bundles)) {
    const found = use(dirname(row.filename), row.device);
    if (found === null) continue;
    addBundle(found.into, found.use, row);
    if (step !== null && found.use.device.charged) addInterval(found.into, row.first_ms, row.last_ms, row.energy_j);
  }

  if (bundles.quality!.some((quality) => quality !== 'measured')) {
    const gaps = await engine.columns(`
      SELECT filename, device, quality, why, from_ms, to_ms FROM ${from}
      ${once === '' ? 'WHERE' : `${once} AND`} quality <> 'measured' ORDER BY filename, device, from_ms`);
    for (const row of rowsOf<EnergyRow & { filename: string }>(gaps)) {
      const found = use(dirname(row.filename), row.device);
      if (found !== null) addGap(found.into, found.use, row);
    }
  }

  if (step === null) {
    const idle = uncharged(places);
    const charged = idle.length === 0 ? once : `${once === '' ? 'WHERE' : `${once} AND`} NOT (${pairs(idle)})`;
    const intervals = await engine.columns(
      `SELECT filename, from_ms, to_ms, fsum(energy_j) AS energy_j FROM ${from} ${charged} GROUP BY ALL`,
    );
    const [files, starts, ends, joules] = ['filename', 'from_ms', 'to_ms', 'energy_j'].map((name) => intervals[name]!);
    for (let i = 0; i < files!.length; i++) {
      const { run } = places.get(dirname(files![i] as string))!;
      addInterval(out.get(run)!, starts![i] as number, ends![i] as number, joules![i] as number | null);
    }
  }

  for (const group of shared.values()) {
    const rows = await rawRows(engine, from, group);
    const { into, use: device } = use(group[0]!.folder, group[0]!.device)!;
    if (new Set(rows.map(({ owner }) => owner)).size > 1) device.shared = true;
    addRows(into, device, onceOnly(rows));
  }
  return out;
}

/** Rows inside one step of the grid are summed; those across its edge stay as they are, to be split exactly. */
function stepKeys(step: number): string {
  const across = `from_ms // ${step} <> (to_ms - 1) // ${step}`;
  return `, from_ms // ${step}, CASE WHEN ${across} THEN from_ms END, CASE WHEN ${across} THEN to_ms END`;
}

function addInterval({ charged }: RunEnergy, from_ms: number, to_ms: number, energy_j: number | null): void {
  if (energy_j === null) return;
  charged.from_ms.push(from_ms);
  charged.to_ms.push(to_ms);
  charged.energy_j.push(energy_j);
}

interface Pair {
  readonly run: string;
  readonly folder: string;
  readonly device: string;
}

/** Devices that more than one writer of the same run lists, by run and identity. */
function sharedWithin(places: ReadonlyMap<string, Place>): Map<string, Pair[]> {
  const all = new Map<string, Pair[]>();
  for (const [folder, { run, writer }] of places) {
    for (const device of writer.record.devices) {
      const key = `${run} ${identityOf(device, writer.record.host, writer.record.boot_id)}`;
      const group = all.get(key) ?? [];
      group.push({ run, folder, device: device.device });
      all.set(key, group);
    }
  }
  for (const [key, group] of all) if (group.length < 2) all.delete(key);
  return all;
}

async function sharedEnergy(engine: Engine, runs: readonly RunEntry[]): Promise<number> {
  const places = placesOf(runs);
  const groups = new Map<string, Pair[]>();
  for (const [folder, { run, writer }] of places) {
    for (const device of writer.record.devices.filter((d) => d.charged)) {
      const key = identityOf(device, writer.record.host, writer.record.boot_id);
      groups.set(key, [...(groups.get(key) ?? []), { run, folder, device: device.device }]);
    }
  }
  for (const [key, group] of groups) if (new Set(group.map(({ run }) => run)).size < 2) groups.delete(key);
  const from = tableOf(
    'energy',
    segmentsOf(
      [...groups.values()]
        .flat()
        .map(({ folder }) => folder)
        .filter(unique),
      'energy',
    ),
  );
  if (from === null) return 0;
  const windows = await windowsOf(engine, from);
  let twice = 0;
  for (const group of groups.values()) {
    const overlapping = group.filter((pair) => overlapsOther(pair, group, windows));
    if (overlapping.length === 0) continue;
    for (const row of onceOnly(await rawRows(engine, from, overlapping, (pair) => pair.run))) {
      twice += (row.energy_j ?? 0) * (row.owners.length - 1);
    }
  }
  return twice;
}

const unique = (value: string, i: number, all: readonly string[]): boolean => all.indexOf(value) === i;

type Window = { from: number; to: number };

async function windowsOf(engine: Engine, from: string): Promise<Map<string, Window>> {
  const found = await engine.columns(
    `SELECT filename, min(from_ms) AS f, max(to_ms) AS t FROM ${from} GROUP BY filename`,
  );
  const out = new Map<string, Window>();
  for (const { filename, f, t } of rowsOf<{ filename: string; f: number; t: number }>(found)) {
    const folder = dirname(filename);
    const old = out.get(folder);
    out.set(folder, old === undefined ? { from: f, to: t } : { from: Math.min(old.from, f), to: Math.max(old.to, t) });
  }
  return out;
}

function overlapsOther(pair: Pair, group: readonly Pair[], windows: ReadonlyMap<string, Window>): boolean {
  const own = windows.get(pair.folder);
  return group.some((other) => {
    const theirs = windows.get(other.folder);
    return (
      other.run !== pair.run &&
      own !== undefined &&
      theirs !== undefined &&
      own.from < theirs.to &&
      theirs.from < own.to
    );
  });
}

async function rawRows(engine: Engine, from: string, group: readonly Pair[], owner = (pair: Pair) => pair.folder) {
  const found = await engine.columns(`SELECT * FROM ${from} WHERE ${pairs(group)} ORDER BY from_ms`);
  const owners = new Map(group.map((pair) => [pair.folder, owner(pair)]));
  return rowsOf<EnergyRow & { filename: string }>(found).map(({ filename, low_j, high_j, why, ...row }) => ({
    owner: owners.get(dirname(filename)) ?? '',
    row: {
      ...row,
      ...(low_j === null || low_j === undefined ? {} : { low_j, high_j: high_j! }),
      ...(why === null || why === undefined ? {} : { why }),
    } as EnergyRow,
  }));
}

function uncharged(places: ReadonlyMap<string, Place>): Pair[] {
  return [...places].flatMap(([folder, { run, writer }]) =>
    writer.record.devices.filter((d) => !d.charged).map((d) => ({ run, folder, device: d.device })),
  );
}

function pairs(list: readonly Pair[]): string {
  const byFolder = new Map<string, string[]>();
  for (const { folder, device } of list) byFolder.set(folder, [...(byFolder.get(folder) ?? []), device]);
  return [...byFolder]
    .map(
      ([folder, names]) =>
        `(starts_with(filename, ${quoted(`${folder}/`)}) AND device IN (${names.map(quoted).join(', ')}))`,
    )
    .join(' OR ');
}

async function stepsOf(engine: Engine, run: RunEntry): Promise<StepRow[]> {
  const from = tableOf('steps', segmentsOf([...placesOf([run]).keys()], 'steps'));
  if (from === null) return [];
  const found = await engine.columns(
    `SELECT * EXCLUDE (filename) FROM ${from} WHERE at_ms IS NOT NULL ORDER BY at_ms, step`,
  );
  return rowsOf<Omit<Step, 'metrics'> & { metrics: string | null; it_j: number | null }>(found).map((row) => ({
    ...row,
    metrics: row.metrics === null ? {} : (JSON.parse(row.metrics) as Record<string, number>),
  }));
}

async function eventsOf(engine: Engine, runs: readonly RunEntry[]): Promise<Map<string, EventRow[]>> {
  const places = placesOf(runs);
  const out = new Map<string, EventRow[]>(runs.map((run) => [run.record.id, []]));
  const from = tableOf('events', segmentsOf([...places.keys()], 'events'));
  if (from === null) return out;
  const found = await engine.columns(`SELECT * FROM ${from} WHERE at_ms IS NOT NULL ORDER BY at_ms`);
  for (const { filename, facts, device, ...row } of rowsOf<EventRow & { filename: string; facts: unknown }>(found)) {
    out.get(places.get(dirname(filename))!.run)!.push({
      ...row,
      ...(device === null || device === undefined ? {} : { device }),
      ...(typeof facts === 'string' ? { facts: JSON.parse(facts) as NonNullable<EventRow['facts']> } : {}),
    });
  }
  return out;
}

function placesOf(runs: readonly RunEntry[]): Map<string, Place> {
  return new Map(
    runs.flatMap((run) => run.writers.map((writer) => [writer.folder, { run: run.record.id, writer }] as const)),
  );
}

function rowsOf<T>(columns: Record<string, unknown[]>): T[] {
  const names = Object.keys(columns);
  const count = columns[names[0]!]?.length ?? 0;
  return Array.from(
    { length: count },
    (_, i) => Object.fromEntries(names.map((name) => [name, columns[name]![i]])) as T,
  );
}
