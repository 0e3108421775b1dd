// Devices that several writers metered, in one run or in several: which they are, and what they recorded twice.

import { dirname } from 'node:path';
import type { EnergyRow } from '../meter/rows.ts';
import { type Engine, quoted } from './engine.ts';
import { type Place, placesOf, rowsOf, writersOf } from './places.ts';
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
  const folders = new Set([...groups.values()].flat().map(({ folder }) => folder));
  return askSound(engine, 'energy', [...folders], async (found) => {
    if (found === null) return 0;
    const from = movedRows(found, writersOf(places), ['from_ms', 'to_ms']);
    const windows = await windowsOf(engine, from);
    let twice = 0;
    for (const group of groups.values()) {
      const overlapping = group.filter((pair) => overlapsOther(pair, group, windows));
      if (overlapping.length === 0) continue;
      for (const row of onceOnly(await rawRows(engine, from, overlapping, (pair) => pair.run))) {
        const more = (row.energy_j ?? 0) * (row.owners.length - 1);
        twice += more;
        if (more > 0) each(row.from_ms, row.to_ms, more, row.owners);
      }
    }
    return twice;
  });
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
