// Units of energy of many writers → slices: so much of a run's, or of a monitor's, was whose, as energy that an account takes.
//
// Rows across an edge are cut there in proportion to time, as joulebook cut does; how far that may be off is in the slice's devices.

import { bestOf, type Part, type Piece, type Reading, sharedOut, type Use, type Whose } from '../emissions/once.ts';
import { cutRow } from '../ledger/allocate.ts';
import type { RunEntry } from '../ledger/runs.ts';
import type { Machine, Track, UnitRow, UnitUse } from '../ledger/units.ts';
import { deviceIn, emptyEnergy, identityOf, type RunEnergy } from '../ledger/use.ts';

/** A device of a run's writer. */
export interface Metered extends Track {
  readonly entry: RunEntry;
  /** The whole device's name over all writers. */
  readonly identity: string;
}

export interface Machines {
  readonly tracks: readonly Metered[];
  readonly machines: readonly Machine[];
  /** The devices that may hold a device's energy, by identity, outermost first. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
}

const NO_NAME: Whose = { kind: 'unattributed', uid: null };

/** What of one run's account falls to somebody. */
export interface Slice {
  readonly entry: RunEntry;
  readonly whose: Whose;
  readonly host: string;
  /** Epoch ms, as the edges have it. */
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy: RunEnergy;
  /** How far idle power may lie off, J. */
  readonly idle: { down_j: number; up_j: number };
  /** Part of the time of the run's devices there, 0..1. */
  time_share: number;
}

export interface Sliced {
  readonly slices: readonly Slice[];
  /** J that monitors metered. */
  readonly monitored_j: number;
}

/** One record of a device over one unit of time. */
interface Record extends Reading {
  readonly track: Metered;
  readonly rows: readonly Row[];
}

interface Row {
  readonly row: Omit<UnitRow, 'use' | 'ms'>;
  readonly ms: number;
  readonly reach_j: number;
  readonly use: UnitUse | null;
}

/** What slices are of. */
export interface Cuts {
  /** Edges of stretches, ascending; what lies outside is left out. */
  readonly edges_ms: readonly number[];
  /** Whether what is nobody's run is told apart by user. */
  readonly by_user: boolean;
}

/** All energy of the rows, each joule once. */
export function slicesOf(rows: readonly UnitRow[], { tracks, machines, holders }: Machines, cuts: Cuts): Sliced {
  const out = createSlices(cuts);
  const units = new Map<string, Map<number, Row[]>>();
  for (const row of rows) {
    const machine = machines[tracks[row.track]!.machine]!;
    for (const part of partsOf(row, machine)) {
      const { from_ms } = part.row;
      const key = `${tracks[row.track]!.machine} ${lastAt(machine.edges_ms, from_ms)} ${Math.floor(from_ms / machine.step_ms)}`;
      const unit = units.get(key) ?? new Map<number, Row[]>();
      units.set(key, unit);
      const held = unit.get(row.track);
      if (held === undefined) unit.set(row.track, [part]);
      else held.push(part);
    }
  }
  for (const unit of units.values()) {
    const records = [...unit].map(([track, parts]) => recordOf(tracks[track]!, parts));
    out.unit(records, sharedOut(nested(records, holders)));
  }
  return out.sliced();
}

/** Index of the last element ≤ at; −1 where there is none. */
function lastAt(list: readonly number[], at: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A sum lies in one unit; a row that stands alone is cut at every edge and step. */
function partsOf({ use, ms, ...row }: UnitRow, { edges_ms, step_ms }: Machine): Row[] {
  const parts: Row[] = [];
  for (let at = row.from_ms; at < row.to_ms; ) {
    const edge = edges_ms[lastAt(edges_ms, at) + 1] ?? Number.POSITIVE_INFINITY;
    const to = Math.min(row.to_ms, edge, (Math.floor(at / step_ms) + 1) * step_ms);
    if (at === row.from_ms && to === row.to_ms) return [{ row, ms, reach_j: 0, use }];
    const share = (to - at) / (row.to_ms - row.from_ms);
    const cut = cutRow(row, at, to)!;
    parts.push({
      row: { ...cut.row, track: row.track },
      ms: ms * share,
      reach_j: cut.reach_j,
      use: use && scaledUse(use, share),
    });
    at = to;
  }
  return parts;
}

function scaledUse({ looked_j, users, most_j, least_j }: UnitUse, by: number): UnitUse {
  const scaled = new Map([...users].map(([uid, j]) => [uid, j * by]));
  return { looked_j: looked_j * by, users: scaled, most_j: most_j * by, least_j: least_j * by };
}

function recordOf(track: Metered, rows: readonly Row[]): Record {
  const { entry, device } = track;
  const known = rows.filter(({ row }) => row.energy_j !== null);
  const msOf = (quality: string) => rows.reduce((s, { row, ms }) => s + (row.quality === quality ? ms : 0), 0);
  const monitor = entry.record.kind === 'monitor';
  const uses = track.used_as === null ? [] : rows.flatMap(({ use }) => use ?? []);
  return {
    ...{ track, rows, owner: entry.record.id, monitor },
    claim: monitor || !device.charged ? null : device.share_of === undefined ? 'whole' : 'share',
    ...(device.share_of === undefined ? {} : { share_of: device.share_of }),
    energy_j: known.length === 0 ? null : known.reduce((s, { row }) => s + row.energy_j!, 0),
    ms: rows.reduce((s, { ms }) => s + ms, 0),
    ...{ unknown_ms: msOf('unknown'), estimated_ms: msOf('estimated') },
    ...(uses.length === 0 ? {} : { use: useOf(uses) }),
  };
}

function useOf(uses: readonly UnitUse[]): Use {
  const users = new Map<number | null, number>();
  for (const use of uses) for (const [uid, j] of use.users) users.set(uid, (users.get(uid) ?? 0) + j);
  const sum = (of: (use: UnitUse) => number) => uses.reduce((s, use) => s + of(use), 0);
  const looked_j = sum((use) => use.looked_j);
  const idle_j = Math.max(0, looked_j - [...users.values()].reduce((a, b) => a + b, 0));
  const end = (used_j: number) => looked_j - used_j - idle_j;
  const [idle_down_j, idle_up_j] = [
    Math.min(0, end(sum((use) => use.most_j))),
    Math.max(0, end(sum((use) => use.least_j))),
  ];
  return { idle_j, idle_down_j, idle_up_j, users };
}

/** The records of a unit by device, each inside the innermost one there that holds it; of one run's own of a device the best. */
function nested(records: readonly Record[], holders: Machines['holders']): Part<Record>[] {
  const byDevice = grouped(records, ({ track }) => track.identity);
  const parts = new Map<string, { readings: Record[]; inner: Part<Record>[] }>();
  for (const [identity, all] of byDevice) {
    const own = [...grouped(all, ({ owner }) => owner).values()].map((some) => {
      const charged = some.filter(({ claim }) => claim !== null);
      return bestOf(charged.length > 0 ? charged : some) ?? charged[0] ?? some[0]!;
    });
    parts.set(identity, { readings: own, inner: [] });
  }
  const roots: Part<Record>[] = [];
  for (const [identity, part] of parts) {
    const holder = holders.get(identity)?.findLast((name) => parts.has(name));
    (holder === undefined ? roots : parts.get(holder)!.inner).push(part);
  }
  return roots;
}

function grouped<T>(all: readonly T[], of: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(of(one));
    if (group === undefined) groups.set(of(one), [one]);
    else group.push(one);
  }
  return groups;
}

function createSlices({ edges_ms, by_user }: Cuts) {
  type Open = Slice & { own_ms: number; readonly of: Stay };
  /** What is known of a run on one host over one stretch. */
  interface Stay {
    all_ms: number;
    readonly known: Set<string>;
    /** Accelerators that a charged device holds: hardware of the run all the same. */
    readonly inner: Map<string, Metered>;
  }
  const slices = new Map<string, Open>();
  const stays = new Map<string, Stay>();
  let monitored_j = 0;

  const placeOf = ({ entry, writer }: Metered, stretch: number) =>
    `${entry.record.id} ${stretch} ${writer.record.host}`;
  const stayOf = (place: string): Stay => {
    const of = stays.get(place) ?? { all_ms: 0, known: new Set(), inner: new Map() };
    stays.set(place, of);
    return of;
  };

  const sliceOf = (track: Metered, whose: Whose, stretch: number): Open => {
    const { entry, writer } = track;
    const { host } = writer.record;
    const place = placeOf(track, stretch);
    const of = stayOf(place);
    const key = `${place} ${whose.kind} ${whose.kind === 'unattributed' ? whose.uid : ''}`;
    const known = slices.get(key);
    if (known !== undefined) return known;
    const made: Open = {
      ...{ entry, whose, host, from_ms: edges_ms[stretch]!, to_ms: edges_ms[stretch + 1]!, energy: emptyEnergy() },
      ...{ idle: { down_j: 0, up_j: 0 }, time_share: 0, own_ms: 0, of },
    };
    made.energy.lost.push(...entry.lost);
    slices.set(key, made);
    return made;
  };

  /** The device in a slice's energy: charged, as the account is of it. */
  const useIn = ({ energy }: Slice, { device, writer }: Metered) => {
    const { within, ...rest } = device;
    const { host, boot_id } = writer.record;
    return deviceIn(energy, identityOf(device, host, boot_id), { ...rest, charged: true }, host);
  };

  const add = (piece: Piece<Record>, stretch: number): void => {
    const unnamed = !by_user && piece.whose.kind === 'unattributed';
    const slice = sliceOf(piece.of.track, unnamed ? NO_NAME : piece.whose, stretch);
    const use = useIn(slice, piece.of.track);
    slice.own_ms += piece.ms;
    slice.idle.down_j += piece.down_j;
    slice.idle.up_j += piece.up_j;
    if (piece.by.monitor) monitored_j += piece.energy_j;
    if (piece.by.energy_j !== null) {
      slice.of.known.add(use.identity);
      use.energy_j ??= 0;
    }
    const reach = { down: use.device.reach_j?.down ?? 0, up: use.device.reach_j?.up ?? 0 };
    for (const { row, ms, reach_j } of piece.by.rows) {
      reach.down += reach_j * piece.share;
      reach.up += reach_j * piece.share;
      if (row.quality === 'unknown') use.unknown_ms += ms * piece.share;
      else if (row.quality !== 'estimated') use.observed_ms += ms * piece.share;
      if (row.min_w !== null) use.min_w = Math.min(use.min_w ?? row.min_w, row.min_w);
      if (row.max_w !== null) use.max_w = Math.max(use.max_w ?? 0, row.max_w);
      if (row.energy_j === null) continue;
      const part_j = row.energy_j * piece.share;
      use.energy_j! += part_j;
      use.by_source[row.source] = (use.by_source[row.source] ?? 0) + part_j;
      if (row.quality === 'estimated') {
        use.down_j += ((row.low_j ?? 0) - row.energy_j) * piece.share;
        use.up_j += ((row.high_j ?? 0) - row.energy_j) * piece.share;
      }
      slice.energy.charged.from_ms.push(row.from_ms);
      slice.energy.charged.to_ms.push(row.to_ms);
      slice.energy.charged.energy_j.push(part_j);
    }
    if (reach.down > 0 || reach.up > 0) use.device = { ...use.device, reach_j: reach };
  };

  return {
    unit(records: readonly Record[], pieces: readonly Piece<Record>[]): void {
      const stretch = lastAt(edges_ms, records[0]!.rows[0]!.row.from_ms);
      if (stretch < 0 || stretch >= edges_ms.length - 1) return;
      for (const record of records.filter(({ track }) => track.device.charged)) {
        const slice = sliceOf(record.track, record.monitor ? NO_NAME : { kind: 'run' }, stretch);
        const { identity } = useIn(slice, record.track); // unknown, unless a piece of it comes
        if (record.energy_j !== null) slice.of.known.add(identity);
        slice.of.all_ms += record.ms;
      }
      for (const { track } of records)
        if (!track.device.charged && track.device.kind === 'gpu')
          stayOf(placeOf(track, stretch)).inner.set(track.identity, track);
      for (const piece of pieces) add(piece, stretch);
    },
    sliced(): Sliced {
      const all = [...slices.values()];
      for (const slice of all) {
        slice.time_share = slice.of.all_ms > 0 ? slice.own_ms / slice.of.all_ms : 0;
        // A monitor's device of which all is others' is none of this one's; one of which nothing is known is in all of them.
        for (const use of slice.energy.devices)
          if (use.energy_j === null && slice.of.known.has(use.identity)) use.energy_j = 0;
        for (const { device, writer } of slice.of.inner.values())
          deviceIn(slice.energy, identityOf(device, writer.record.host, writer.record.boot_id), device, slice.host);
      }
      return { slices: all, monitored_j };
    },
  };
}
