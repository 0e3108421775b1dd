// What rows of energy come to: per device, per gap and per interval, with each device-second counted once.
//
// Two writers that meter the same device over the same time (ranks of one job, two runs on one box) each record
// all of it. Where they overlap, the overlap counts once and is split among the runs that were there.

import { sum } from '../core/units.ts';
import type { Device, EnergySource } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';

/** Parallel columns: energy_j[i] J was used over [from_ms[i], to_ms[i]). */
export interface Intervals {
  readonly from_ms: number[];
  readonly to_ms: number[];
  readonly energy_j: number[];
}

export interface DeviceUse {
  /** The hardware's own id, else host and name: equal ids are one device. */
  readonly identity: string;
  device: Device;
  readonly host: string;
  /** J; null where no energy at all is known. */
  energy_j: number | null;
  /** Bounds relative to energy_j, J (≤ 0 and ≥ 0): what estimated stretches could be off by. */
  down_j: number;
  up_j: number;
  /** ms of which no energy at all is known. */
  unknown_ms: number;
  /** ms with a reading or a counter behind them. */
  observed_ms: number;
  /** J by the way they were obtained. */
  readonly by_source: Partial<Record<EnergySource, number>>;
  min_w: number | null;
  max_w: number | null;
  resets: number;
  /** Metered by several writers at once: counted once. */
  shared: boolean;
}

export interface GapSpan {
  readonly device: string;
  readonly host: string;
  readonly from_ms: number;
  to_ms: number;
  readonly why: string;
  readonly state: 'filled' | 'estimated' | 'unknown';
}

export interface RunEnergy {
  readonly devices: DeviceUse[];
  readonly gaps: GapSpan[];
  /** Energy of the charged devices, unsorted. */
  readonly charged: Intervals;
  /** End of the last row of each writer, epoch ms, where it was read from the ledger. */
  readonly last_ms: Map<string, number>;
  /** Why energy of the run is missing here, in words; empty where all that was recorded is in. */
  readonly lost: string[];
}

/** Sums of the rows of one device that share source, state and reason. */
export interface Bundle {
  readonly device: string;
  readonly source: EnergySource;
  readonly quality: EnergyRow['quality'];
  readonly why: string | null;
  readonly energy_j: number | null;
  readonly low_j: number;
  readonly high_j: number;
  readonly observed_ms: number;
  readonly min_w: number | null;
  readonly max_w: number | null;
}

/** An account to add to. */
export function emptyEnergy(): RunEnergy {
  return { devices: [], gaps: [], charged: { from_ms: [], to_ms: [], energy_j: [] }, last_ms: new Map(), lost: [] };
}

/** One name of a device over all writers: its hardware’s id, else host, boot and name; a share of it is another device. */
export function identityOf({ device, uuid, share_of }: Device, host: string, boot: string | null): string {
  const whole = uuid !== '' ? uuid : `${host}/${boot ?? ''}/${device}`;
  return share_of === undefined ? whole : `${whole} ${share_of}`;
}

/** The entry of this device in the account, made if missing. Charged wins where writers disagree on what they may use. */
export function deviceIn(into: RunEnergy, identity: string, device: Device, host: string): DeviceUse {
  const known = into.devices.find((use) => use.identity === identity);
  if (known !== undefined) {
    if (device.charged && !known.device.charged && known.device.within === undefined) known.device = device;
    return known;
  }
  const use: DeviceUse = {
    ...{
      identity,
      device,
      host,
      energy_j: null,
      down_j: 0,
      up_j: 0,
      unknown_ms: 0,
      observed_ms: 0,
      by_source: {},
      min_w: null,
      max_w: null,
    },
    ...{ resets: 0, shared: false },
  };
  into.devices.push(use);
  return use;
}

/** Adds sums of rows to a device; gaps and intervals are added apart. */
export function addBundle(use: DeviceUse, bundle: Bundle): void {
  if (bundle.energy_j !== null) {
    use.energy_j = (use.energy_j ?? 0) + bundle.energy_j;
    use.by_source[bundle.source] = (use.by_source[bundle.source] ?? 0) + bundle.energy_j;
  }
  if (bundle.quality === 'estimated' && bundle.energy_j !== null) {
    use.down_j += bundle.low_j - bundle.energy_j;
    use.up_j += bundle.high_j - bundle.energy_j;
  }
  if (bundle.quality === 'unknown') use.unknown_ms += bundle.observed_ms;
  if (bundle.quality === 'measured' || bundle.quality === 'filled') use.observed_ms += bundle.observed_ms;
  if (bundle.min_w !== null) use.min_w = Math.min(use.min_w ?? bundle.min_w, bundle.min_w);
  if (bundle.max_w !== null) use.max_w = Math.max(use.max_w ?? 0, bundle.max_w);
}

/** Adds rows of one device, sorted by time and free of overlap. */
export function addRows(into: RunEnergy, use: DeviceUse, rows: readonly EnergyRow[]): void {
  const bundles = new Map<string, EnergyRow[]>();
  for (const row of rows) {
    const key = `${row.source} ${row.quality}`;
    const group = bundles.get(key);
    if (group === undefined) bundles.set(key, [row]);
    else group.push(row);
    if (row.quality !== 'measured') addGap(into, use, row);
    if (use.device.charged && row.energy_j !== null) {
      into.charged.from_ms.push(row.from_ms);
      into.charged.to_ms.push(row.to_ms);
      into.charged.energy_j.push(row.energy_j);
    }
  }
  for (const group of bundles.values()) addBundle(use, bundleOf(group));
}

/** Appends to the list of gaps, or stretches the last one of this device where it goes on. */
export function addGap(
  into: RunEnergy,
  use: DeviceUse,
  row: Pick<EnergyRow, 'from_ms' | 'to_ms' | 'quality' | 'why'>,
): void {
  if (row.quality === 'measured') return;
  const why = row.why ?? 'unreadable';
  const { device } = use.device;
  const last = into.gaps.findLast((gap) => gap.device === device && gap.host === use.host);
  if (last !== undefined && last.to_ms === row.from_ms && last.why === why && last.state === row.quality) {
    last.to_ms = row.to_ms;
    return;
  }
  if (why === 'counter-reset') use.resets++;
  into.gaps.push({ device, host: use.host, from_ms: row.from_ms, to_ms: row.to_ms, why, state: row.quality });
}

function bundleOf(rows: readonly EnergyRow[]): Bundle {
  const first = rows[0]!;
  const known = rows.filter((row) => row.energy_j !== null);
  return {
    ...{ device: first.device, source: first.source, quality: first.quality, why: first.why ?? null },
    energy_j: known.length === 0 ? null : sum(known.map((row) => row.energy_j!)),
    low_j: sum(rows.map((row) => row.low_j ?? 0)),
    high_j: sum(rows.map((row) => row.high_j ?? 0)),
    observed_ms: rows.reduce((s, row) => s + (row.to_ms - row.from_ms), 0),
    min_w: rows.reduce<number | null>((m, row) => (row.min_w === null ? m : Math.min(m ?? row.min_w, row.min_w)), null),
    max_w: rows.reduce<number | null>((m, row) => (row.max_w === null ? m : Math.max(m ?? 0, row.max_w)), null),
  };
}

/** A stretch of one device that one or more owners recorded: one of them is taken, all of them are named. */
export interface Shared extends EnergyRow {
  readonly owners: readonly string[];
}

const RANK: Record<EnergyRow['quality'], number> = { measured: 0, filled: 1, estimated: 2, unknown: 3 };

/**
 * Cuts overlapping rows of one device at each other's edges; every stretch appears once. Its energy is that of
 * the best-known row there (measured before filled before estimated), the first owner's where they are equal.
 * O(n log n + k) for n rows of k simultaneous owners.
 */
export function onceOnly(rows: readonly { readonly owner: string; readonly row: EnergyRow }[]): Shared[] {
  const sorted = [...rows].sort((a, b) => a.row.from_ms - b.row.from_ms || (a.owner < b.owner ? -1 : 1));
  const edges = [...new Set(sorted.flatMap(({ row }) => [row.from_ms, row.to_ms]))].sort((a, b) => a - b);
  const out: Shared[] = [];
  let active: typeof sorted = [];
  let next = 0;
  for (let i = 0; i + 1 < edges.length; i++) {
    const [from, to] = [edges[i]!, edges[i + 1]!];
    active = active.filter(({ row }) => row.to_ms > from);
    while (next < sorted.length && sorted[next]!.row.from_ms <= from) active.push(sorted[next++]!);
    if (active.length === 0) continue;
    const best = active.reduce((a, b) => (better(b, a) ? b : a)).row;
    const share = (to - from) / (best.to_ms - best.from_ms);
    out.push({
      ...best,
      ...{ from_ms: from, to_ms: to, energy_j: best.energy_j === null ? null : best.energy_j * share },
      ...(best.low_j === undefined ? {} : { low_j: best.low_j * share, high_j: best.high_j! * share }),
      owners: [...new Set(active.map(({ owner }) => owner))],
    });
  }
  return out;
}

function better(a: { owner: string; row: EnergyRow }, b: { owner: string; row: EnergyRow }): boolean {
  const by = RANK[a.row.quality] - RANK[b.row.quality];
  return by !== 0 ? by < 0 : a.owner < b.owner;
}
