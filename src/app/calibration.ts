// Calibrations of hosts: made from recorded runs, kept in the user's state folder, used by later runs on that host.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, fault, reasonOf } from '../core/fault.ts';
import { putWhole } from '../ledger/durable.ts';
import { meanPowers } from '../ledger/power.ts';
import type { RunEntry, WriterEntry } from '../ledger/runs.ts';
import { FEWEST, type Fit, fitsOf, type Stand, type Stretch, standing, unmeasuredGpu } from '../meter/calibration.ts';
import type { Device } from '../meter/port.ts';

/** A host's calibration as it is kept (docs/formats/calibration.md). */
export interface Calibration {
  readonly schema: 'joulebook/calibration/v1';
  readonly host: string;
  readonly made_at_ms: number;
  readonly runs: readonly string[];
  readonly stretch_s: number;
  readonly node: { readonly device: string; readonly name: string };
  readonly fits: readonly Fit[];
}

/** A calibration beside what a person would want to know of its making. */
export interface Made {
  readonly calibration: Calibration;
  /** Sets of devices for which there is no fit, and why. */
  readonly refused: readonly { readonly devices: readonly string[]; readonly why: string }[];
  /** Runs that tell nothing of it, and why. */
  readonly left_out: readonly { readonly run: string; readonly why: string }[];
}

/** Meters of a whole server smooth over seconds and answer late: within a stretch that evens out. */
const SHORTEST_S = 10;
/** Readings of the slowest meter that a stretch should hold. */
const READINGS = 5;
const MEASURED: readonly Device['source'][] = ['counter', 'polled', 'imported'];

interface Side {
  readonly run: string;
  readonly writer: WriterEntry;
  readonly node: Device;
  readonly devices: readonly Device[];
}

/**
 * Fits the rest of `host` from runs recorded on it (or imported) with a node meter beside other devices. Rejects with
 * Fault calibration-data and those of the engine.
 */
export async function calibrate(host: string, runs: readonly RunEntry[], now_ms: number): Promise<Made> {
  const left_out: { run: string; why: string }[] = [];
  const sides = runs.flatMap((run) => {
    const found = run.writers.map((writer) => sideOf(run.record.id, writer, host));
    const why = found.find((side) => typeof side === 'string');
    const usable = found.filter((side) => typeof side !== 'string');
    if (usable.length === 0) left_out.push({ run: run.record.id, why: why ?? 'it has no records' });
    return usable;
  });
  const newest = sides[0];
  if (newest === undefined) throw tooLittle(host, left_out[0]?.why ?? 'no run was recorded on this host');
  const same = sides.filter((side) => keyOf(side) === keyOf(newest));
  for (const { run } of sides.filter((side) => !same.includes(side)))
    left_out.push({ run, why: 'it stands on other devices than the newest run' });

  const stretch_s = Math.max(SHORTEST_S, ...same.map(({ writer, node }) => Math.ceil(READINGS * paceOf(writer, node))));
  const used = runs.filter(({ record }) => same.some(({ run }) => run === record.id));
  const stretches = stretchesOf(same, await meanPowers(used, 1000 * stretch_s));
  const stands = newest.devices.map(({ device, kind, name, uuid }): Stand => ({ device, kind, name, uuid }));
  const made = fitsOf(stands, stretches, Math.max(newest.node.gain.down, newest.node.gain.up));
  const fits = made.flatMap((one) => ('fit' in one ? [one.fit] : []));
  const refused = made.flatMap((one) =>
    'why' in one ? [{ devices: one.devices.map(({ device }) => device), why: one.why }] : [],
  );
  if (fits.length === 0) throw tooLittle(host, refused[0]!.why, stretch_s);
  const { device, name } = newest.node;
  return {
    calibration: {
      ...{ schema: 'joulebook/calibration/v1', host, made_at_ms: now_ms, runs: used.map(({ record }) => record.id) },
      ...{ stretch_s, node: { device, name }, fits },
    },
    ...{ refused, left_out },
  };
}

function tooLittle(host: string, problem: string, stretch_s = SHORTEST_S): Fault {
  const minutes = Math.ceil((FEWEST * stretch_s) / 60);
  const hint = `record a node meter beside the devices for ${minutes} minutes or more, idle and under load; name runs that were imported`;
  return fault('calibration-data', { facts: { host, problem, hint } });
}

/** What a writer offers, or why nothing. */
function sideOf(run: string, writer: WriterEntry, host: string): Side | string {
  const { record } = writer;
  if (record.host !== host && !record.imported) return `it was recorded on ${record.host}`;
  const node = record.devices.find(({ kind, source }) => kind === 'node' && MEASURED.includes(source));
  if (node === undefined) return 'no node power was measured';
  const dark = unmeasuredGpu(record.devices);
  if (dark !== null) return `${dark.device} was not measured`;
  const devices = standing(record.devices);
  return devices.length === 0 ? 'nothing was measured beside the node' : { run, writer, node, devices };
}

const keyOf = ({ devices, node }: Side): string =>
  [node, ...devices]
    .map(({ device, uuid }) => `${device} ${uuid}`)
    .sort()
    .join();

/** Seconds between two readings of the slowest meter. */
function paceOf({ record }: WriterEntry, node: Device): number {
  return Math.max(record.sampling_s, node.period_s ?? 0, node.update_s ?? 0);
}

/** Stretches in which the node and every device were measured, in the order of time; each moment once. */
function stretchesOf(sides: readonly Side[], powers: Awaited<ReturnType<typeof meanPowers>>): Stretch[] {
  const byMoment = new Map<number, Map<string, Map<string, number>>>();
  for (const { folder, device, at_ms, power_w } of powers) {
    const moment = byMoment.get(at_ms) ?? new Map<string, Map<string, number>>();
    byMoment.set(at_ms, moment);
    moment.set(folder, (moment.get(folder) ?? new Map<string, number>()).set(device, power_w));
  }
  return [...byMoment.keys()]
    .sort((a, b) => a - b)
    .flatMap((at_ms) => {
      for (const { writer, node, devices } of sides) {
        const found = byMoment.get(at_ms)!.get(writer.folder);
        const node_w = found?.get(node.device);
        const devices_w = devices.flatMap(({ device }) => found?.get(device) ?? []);
        if (node_w !== undefined && devices_w.length === devices.length) return [{ node_w, devices_w }];
      }
      return [];
    });
}

/** Where the calibration of a host is kept. */
export const calibrationFile = (folder: string, host: string): string =>
  join(folder, `${host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^\.+/, '-')}.json`);

/** Keeps it in place of an older one. Throws Fault calibration-unwritable. */
export function keepCalibration(folder: string, calibration: Calibration): string {
  const file = calibrationFile(folder, calibration.host);
  try {
    putWhole(file, `${JSON.stringify(calibration, null, 2)}\n`);
  } catch (cause) {
    throw fault('calibration-unwritable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  return file;
}

/** Null where there is none for this host. Rejects with Fault calibration-bad. */
export async function readCalibration(folder: string, host: string): Promise<Calibration | null> {
  const file = calibrationFile(folder, host);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return null; // none that is ours
    throw fault('calibration-bad', { facts: { file, why: reasonOf(cause) }, cause });
  }
  try {
    const found = await checked(JSON.parse(text));
    if (found.host !== host) throw new Error(`it is of ${found.host}`);
    return found;
  } catch (cause) {
    throw fault('calibration-bad', { facts: { file, why: reasonOf(cause) }, cause });
  }
}

async function checked(value: unknown): Promise<Calibration> {
  const v = await import('valibot');
  const number = v.pipe(v.number(), v.finite());
  const positive = v.pipe(number, v.minValue(0));
  const kind = v.picklist(['gpu', 'cpu-package', 'dram', 'module']);
  const line = v.object({
    ...{ n: positive, mean_x: positive, mean_y: positive, slope: number, var_level: number, var_slope: number },
    ...{ covariance: number, residual: positive, r2: number, critical: positive },
  });
  const fit = v.object({
    devices: v.pipe(
      v.array(v.object({ device: v.string(), kind, name: v.string(), uuid: v.string() })),
      v.minLength(1),
    ),
    ...{ line, from_w: positive, to_w: positive, node_gain: positive },
  });
  return v.parse(
    v.object({
      ...{ schema: v.literal('joulebook/calibration/v1'), host: v.string(), made_at_ms: number },
      ...{ runs: v.array(v.string()), stretch_s: positive, fits: v.array(fit) },
      node: v.object({ device: v.string(), name: v.string() }),
    }),
    value,
  );
}
