// Devices that several writers metered, in one run or in several: which they are, and what they recorded twice.

import { dirname } from 'node:path';
import type { EnergyRow } from '../meter/rows.ts';
import { type Engine, quoted } from './engine.ts';
import { type Place, placesOf, rowsOf } from './places.ts';
import type { RunEntry } from './runs.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';
import { identityOf, onceOnly } from './use.ts';

/** A device of one writer. */
export interface Pair {
  readonly run: string;
  readonly folder: string;
  readonly device: string;
}

/** Devices that more than one writer of the same run lists, by run and identity. */
export function sharedWithin(places: ReadonlyMap<string, Place>): Map<string, Pair[]> {
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

/** Told of energy that was counted more than once: so many J too many over [from_ms, to_ms), by these runs in equal parts. */
export type Twice = (from_ms: number, to_ms: number, energy_j: number, runs: readonly string[]) => void;

/** J that runs counted more than once between them, over devices they shared at the same time; `each` is told when. */
export async function sharedEnergy(engine: Engine, runs: readonly RunEntry[], each: Twice = () => {}): Promise<number> {
  const places = placesOf(runs);
  const groups = new Map<string, Pair[]>();
  for (const [folder, { run, writer }] of places) {
    for (const device of writer.record.devices.filter((d) => d.charged)) {
      const key = identityOf(device, writer.record.host, writer.record.boot_id);
      groups.set(key, [...(groups.get(key) ?? []), { run, folder, device: device.device }]);
    }
  }
  for (const [key, group] of groups) if (new Set(group.map(({ run }) => run)).size < 2) groups.delete(key);
  const read = <T>(pairs: readonly Pair[], question: (from: string) => Promise<T>): Promise<T | null> => {
    const folders = [...new Set(pairs.map(({ folder }) => folder))];
    const writers = folders.map((folder) => places.get(folder)!.writer);
    return askSound(engine, 'energy', folders, async (from) =>
      from === null ? null : question(movedRows(from, writers, ['from_ms', 'to_ms'])),
    );
  };
  const windows = await read([...groups.values()].flat(), (from) => windowsOf(engine, from));
  let twice = 0;
  for (const group of groups.values()) {
    const overlapping = overlappingIn(group, windows ?? new Map());
    // Of each device the files of its own writers alone: others may be thousands.
    const rows = await read(overlapping, (from) => rawRows(engine, from, overlapping, ({ run }) => run));
    for (const row of onceOnly(rows ?? [])) {
      const more = (row.energy_j ?? 0) * (row.owners.length - 1);
      twice += more;
      if (more > 0) each(row.from_ms, row.to_ms, more, row.owners);
    }
  }
  return twice;
}

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

/** Those whose time overlaps that of another run's. */
function overlappingIn(group: readonly Pair[], windows: ReadonlyMap<string, Window>): Pair[] {
  const spans = group
    .flatMap((pair) => (windows.has(pair.folder) ? [{ pair, ...windows.get(pair.folder)! }] : []))
    .sort((a, b) => a.from - b.from);
  const found = new Set<Pair>();
  for (const [i, { pair, to }] of spans.entries()) {
    for (let j = i + 1; j < spans.length && spans[j]!.from < to; j++) {
      const other = spans[j]!.pair;
      if (other.run !== pair.run) found.add(pair).add(other);
    }
  }
  return [...found];
}

/** The rows of these devices, each with its owner: the writer's folder, unless told otherwise. */
export async function rawRows(
  engine: Engine,
  from: string,
  group: readonly Pair[],
  owner = (pair: Pair) => pair.folder,
) {
  const found = await engine.columns(`SELECT * FROM ${from} WHERE ${pairs(group)} ORDER BY from_ms, filename, device`);
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

/** A WHERE clause that leaves these out; empty for none. */
export const without = (list: readonly Pair[]): string => (list.length === 0 ? '' : `WHERE NOT (${pairs(list)})`);

/** As lists, which the engine looks up: a condition for each of a thousand writers would be tried on every row. */
function pairs(list: readonly Pair[]): string {
  const folder = `regexp_replace(filename, '/[^/]*$', '')`;
  const folders = [...new Set(list.map((pair) => quoted(pair.folder)))];
  const devices = list.map((pair) => quoted(`${pair.folder}/${pair.device}`));
  return `${folder} IN (${folders.join(', ')}) AND ${folder} || '/' || device IN (${devices.join(', ')})`;
}
