// The energy of runs from their rows: by device, by gap and by interval, each device-second once.
//
// The engine only filters and groups; energy is grouped to the intensity's step before anything is joined
// (a join of raw rows takes twenty times as long), and the exact join at breakpoints is done by emissions/.

import { basename, dirname } from 'node:path';
import type { Device } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';
import type { Engine } from './engine.ts';
import { damagedFile, type Place, placesOf, rowsOf, writersOf } from './places.ts';
import type { RunEntry, WriterEntry } from './runs.ts';
import { type Pair, rawRows, sharedWithin, without } from './shared.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';
import {
  addBundle,
  addGap,
  addRows,
  type Bundle,
  type DeviceUse,
  deviceIn,
  emptyEnergy,
  identityOf,
  onceOnly,
  type RunEnergy,
} from './use.ts';

/** Energy of each run by its id; charged intervals are grouped to `step` ms where it is given. */
export async function energyOf(
  engine: Engine,
  runs: readonly RunEntry[],
  step: number | null,
): Promise<Map<string, RunEnergy>> {
  const places = placesOf(runs);
  return askSound(engine, 'energy', [...places.keys()], async (from, broken) => {
    const out = new Map(runs.map((run) => [run.record.id, emptyEnergy()]));
    for (const run of runs) out.get(run.record.id)!.lost.push(...run.lost);
    for (const file of broken) out.get(places.get(dirname(file))!.run)!.lost.push(damagedFile(file));
    for (const { run, writer } of places.values()) {
      for (const device of writer.record.devices) useOf(out.get(run)!, writer, device);
    }
    const moved = from === null ? null : movedRows(from, writersOf(places), ['from_ms', 'to_ms']);
    if (moved !== null) await addEnergy(engine, moved, { places, step, out });
    return out;
  });
}

interface Account {
  readonly places: ReadonlyMap<string, Place>;
  readonly step: number | null;
  readonly out: ReadonlyMap<string, RunEnergy>;
}

async function addEnergy(engine: Engine, from: string, { places, step, out }: Account): Promise<void> {
  const unlisted: Pair[] = [];
  const use = (folder: string, name: string) => {
    const { run, writer } = places.get(folder)!;
    const device = writer.record.devices.find((d) => d.device === name);
    if (device === undefined) return null;
    const into = out.get(run)!;
    return { into, use: useOf(into, writer, device) };
  };
  const reached = (folder: string, to_ms: number) => {
    const { run, writer } = places.get(folder)!;
    const { last_ms } = out.get(run)!;
    last_ms.set(writer.record.writer, Math.max(last_ms.get(writer.record.writer) ?? 0, to_ms));
  };

  // Devices that several writers of one run metered are read row by row and counted once.
  const shared = sharedWithin(places);
  const once = [...shared.values()].flat();

  // One pass where energy is grouped to a step: the bundles of a device are then the sums of its groups.
  const bundles = await engine.columns(`
    SELECT filename, device, source, quality, ${exactSum('energy_j')} AS energy_j,
      coalesce(${exactSum('low_j')}, 0) AS low_j, coalesce(${exactSum('high_j')}, 0) AS high_j, sum(to_ms - from_ms)::DOUBLE AS observed_ms, min(min_w) AS min_w,
      max(max_w) AS max_w,
      min(from_ms)::DOUBLE AS first_ms, max(to_ms)::DOUBLE AS last_ms
    FROM ${from} ${without(once)} GROUP BY filename, device, source, quality${step === null ? '' : stepKeys(step)}
    ORDER BY first_ms, last_ms, filename, device, source, quality`);
  for (const row of rowsOf<Bundle & { filename: string; first_ms: number; last_ms: number }>(bundles)) {
    const folder = dirname(row.filename);
    const found = use(folder, row.device);
    if (found === null) {
      unlisted.push({ run: places.get(folder)!.run, folder, device: row.device });
      continue;
    }
    reached(folder, row.last_ms);
    addBundle(found.use, row);
    if (step !== null && found.use.device.charged) addInterval(found.into, row.first_ms, row.last_ms, row.energy_j);
  }
  tellUnlisted(unlisted, out);

  if (bundles.quality!.some((quality) => quality !== 'measured')) {
    const gaps = await engine.columns(`
      SELECT filename, device, quality, why, from_ms, to_ms
      FROM (SELECT * FROM ${from} ${without(once)}) WHERE quality <> 'measured' ORDER BY filename, device, from_ms`);
    for (const row of rowsOf<EnergyRow & { filename: string }>(gaps)) {
      const found = use(dirname(row.filename), row.device);
      if (found !== null) addGap(found.into, found.use, row);
    }
  }

  if (step === null) {
    const left = without([...once, ...uncharged(places), ...unlisted]);
    // A long run has millions of them: names of files are read only where they tell one place from another.
    const [one, ...more] = places.values();
    const keys = more.length === 0 ? 'from_ms, to_ms' : 'from_ms, to_ms, filename';
    const intervals = await engine.columns(
      `SELECT ${keys}, ${exactSum('energy_j')} AS energy_j FROM ${from} ${left} GROUP BY ${keys} ORDER BY ${keys}`,
    );
    const [starts, ends, joules, files] = ['from_ms', 'to_ms', 'energy_j', 'filename'].map((name) => intervals[name]);
    for (let i = 0; i < starts!.length; i++) {
      const { run } = files === undefined ? one! : places.get(dirname(files[i] as string))!;
      addInterval(out.get(run)!, starts![i] as number, ends![i] as number, joules![i] as number | null);
    }
  }

  for (const group of shared.values()) {
    const rows = await rawRows(engine, from, group);
    for (const { owner, row } of rows) reached(owner, row.to_ms);
    const { into, use: device } = use(group[0]!.folder, group[0]!.device)!;
    const counted = onceOnly(rows);
    device.shared = counted.some(({ owners }) => owners.length > 1);
    addRows(into, device, counted);
  }
}

const useOf = (into: RunEnergy, { record }: WriterEntry, device: Device): DeviceUse =>
  deviceIn(into, identityOf(device, record.host, record.boot_id), device, record.host);

/** Rows of a device of which no devices.json tells whether it belongs to the run are no part of it, and it says so. */
function tellUnlisted(unlisted: readonly Pair[], out: ReadonlyMap<string, RunEnergy>): void {
  const devices = new Map<string, Set<string>>();
  for (const { folder, device } of unlisted) devices.set(folder, (devices.get(folder) ?? new Set()).add(device));
  for (const [folder, names] of devices) {
    const { run } = unlisted.find((pair) => pair.folder === folder)!;
    const file = `${basename(folder)}/devices.json`;
    out.get(run)!.lost.push(`records of ${[...names].join(', ')} are left out: ${file} does not list them`);
  }
}

/**
 * The sum of a column of J, the same to the last bit in whatever order the engine's threads take the rows: whole joules and 1e-12 J
 * are added up as integers. So that a report is repeated byte for byte. What is no number of joules is added as it is.
 */
function exactSum(column: string): string {
  const whole = `sum(TRY_CAST(floor(${column}) AS BIGINT))::DOUBLE`;
  const rest = `sum(TRY_CAST((${column} - floor(${column})) * 1e12 AS BIGINT))::DOUBLE / 1e12`;
  const odd = `fsum(CASE WHEN abs(${column}) < 9e18 THEN NULL ELSE ${column} END)`;
  const parts = [whole, rest, odd].map((part) => `coalesce(${part}, 0)`).join(' + ');
  return `CASE WHEN count(${column}) > 0 THEN ${parts} END`;
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

function uncharged(places: ReadonlyMap<string, Place>): Pair[] {
  return [...places].flatMap(([folder, { run, writer }]) =>
    writer.record.devices.filter((d) => !d.charged).map((d) => ({ run, folder, device: d.device })),
  );
}
