// Whose a shared device's energy was (pure): what it draws idle belongs to nobody, the rest goes by busy time.
//
// The shares of all users and what belongs to nobody add up to the device (docs/methodology.md#shares). What no name
// could be put to belongs to nobody too, but it may have been anyone's: it is in everyone's upper bound.

import { IDLE_SHARE } from '../meter/idle-share.ts';
import type { Device } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';
import type { UsageRow } from './records.ts';

/** Of whom a share is asked: a user, a process with all below it, or nobody. */
export type Whose =
  | { readonly kind: 'user'; readonly uid: number }
  | { readonly kind: 'pid'; readonly pid: number; readonly pid_start: number }
  | { readonly kind: 'nobody' };

/** One look at one device: parts of its time 0..1, least ≤ mine ≤ most ≤ busy. */
export interface Look {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly mine: number;
  readonly least: number;
  readonly most: number;
  readonly busy: number;
}

/** W that the device draws with nobody computing: a value between bounds. */
export interface IdlePower {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

/** J: low ≤ value ≤ high. */
export interface Share {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

/** The looks in rows of one device, by time. For `nobody`, `mine` is what has a name. */
export function looksOf(rows: readonly UsageRow[], whose: Whose): Look[] {
  const groups = new Map<string, UsageRow[]>();
  for (const row of rows) {
    const key = `${row.from_ms} ${row.to_ms}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()]
    .map((group) => lookOf(group, group[0]!, (row) => isMine(row, whose)))
    .sort((a, b) => a.from_ms - b.from_ms);
}

/** One look at one device from its users; `mine` tells whose each is, null where it may be either. */
export function lookOf<T extends { readonly pid: number | null; readonly share: number | null }>(
  rows: readonly T[],
  { from_ms, to_ms }: Pick<Look, 'from_ms' | 'to_ms'>,
  whose: (row: T) => boolean | null,
): Look {
  const processes = rows.filter(({ pid }) => pid !== null);
  if (processes.some(({ share }) => share === null)) {
    // Who holds the device is told, but not how busy it was: each may have used all of it, or nothing.
    const mine = processes.filter((row) => whose(row) === true).length / processes.length;
    const maybe = processes.some((row) => whose(row) !== false);
    return { from_ms, to_ms, mine, least: mine === 1 ? 1 : 0, most: maybe ? 1 : 0, busy: 1 };
  }
  let [mine, maybe, busy] = [0, 0, 0];
  for (const row of rows) {
    const share = row.share ?? 0;
    const is = whose(row);
    busy += share;
    if (is === true) mine += share;
    if (is === null) maybe += share;
  }
  return { from_ms, to_ms, mine, least: mine, most: mine + maybe, busy };
}

/** Null: it may be. */
function isMine({ pid, pid_start, ancestors, uid }: UsageRow, whose: Whose): boolean | null {
  if (whose.kind === 'nobody') return uid === null ? null : true;
  if (whose.kind === 'user') return uid === null ? null : uid === whose.uid;
  if (pid === null) return null;
  if (pid === whose.pid && pid_start === whose.pid_start) return true;
  if (ancestors === null) return null;
  return ancestors.split(' ').includes(`${whose.pid}:${whose.pid_start}`);
}

/** The looks of a stretch as one: means over the time that they cover; null where they cover none. */
export function meanLook(looks: readonly Look[], from_ms: number, to_ms: number): Look | null {
  let [covered, mine, least, most, busy] = [0, 0, 0, 0, 0];
  for (const look of looks) {
    const ms = Math.min(to_ms, look.to_ms) - Math.max(from_ms, look.from_ms);
    if (ms <= 0) continue;
    covered += ms;
    mine += ms * look.mine;
    least += ms * look.least;
    most += ms * look.most;
    busy += ms * look.busy;
  }
  if (covered === 0) return null;
  return {
    ...{ from_ms, to_ms, mine: mine / covered, least: least / covered },
    ...{ most: most / covered, busy: busy / covered },
  };
}

/** The share in energy_j that a device used over duration_s. */
export function shareOf(energy_j: number, duration_s: number, look: Look, idle: IdlePower, whose: Whose): Share {
  const active = (idle_w: number) => energy_j - Math.min(energy_j, idle_w * duration_s);
  const part = (used: number) => (look.busy > 0 ? Math.min(1, used / look.busy) : 0);
  const named = {
    low: active(idle.high) * part(look.least),
    value: active(idle.value) * part(look.mine),
    high: active(idle.low) * part(look.most),
  };
  if (whose.kind !== 'nobody') return named;
  return { low: energy_j - named.high, value: energy_j - named.value, high: energy_j - named.low };
}

/** A device cannot draw more when idle than the least it was ever seen to draw. */
export function idlePower({ kind, limit_w, source }: Device, lowest_w: number | null): IdlePower {
  const most = source === 'model' ? Number.POSITIVE_INFINITY : (lowest_w ?? 0);
  const ofTdp = (share: number) =>
    kind !== 'cpu-package' || limit_w === null ? null : Math.min(most, share * limit_w);
  const least = Number.isFinite(most) ? most : (lowest_w ?? 0);
  const value = ofTdp(IDLE_SHARE.value) ?? least;
  return { low: ofTdp(IDLE_SHARE.low) ?? 0, value, high: Math.max(value, ofTdp(IDLE_SHARE.high) ?? least) };
}

/** The part of a row within [from_ms, to_ms), its energy in proportion; null where there is none. */
export function cutRow(row: EnergyRow, from_ms: number, to_ms: number): { row: EnergyRow; reach_j: number } | null {
  const [from, to] = [Math.max(row.from_ms, from_ms), Math.min(row.to_ms, to_ms)];
  if (to <= from) return null;
  if (from === row.from_ms && to === row.to_ms) return { row, reach_j: 0 };
  const part = (to - from) / (row.to_ms - row.from_ms);
  const scaled = (value: number) => value * part;
  const energy_j = row.energy_j === null ? null : scaled(row.energy_j);
  const cut = {
    ...row,
    ...{ from_ms: from, to_ms: to, energy_j },
    ...(row.low_j === undefined ? {} : { low_j: scaled(row.low_j), high_j: scaled(row.high_j ?? 0) }),
  };
  return { row: cut, reach_j: energy_j === null || row.energy_j === null ? 0 : cutReach(row, energy_j, to - from) };
}

/** How far the energy of a part may lie off: its power lay between the row's lowest and highest. */
function cutReach({ energy_j, min_w, max_w }: EnergyRow, value_j: number, ms: number): number {
  // Without a power seen, all of the row's energy may lie on one side of the cut.
  if (min_w === null || max_w === null) return Math.max(value_j, energy_j! - value_j);
  const seconds = ms / 1000;
  return Math.max(0, value_j - min_w * seconds, Math.min(energy_j!, max_w * seconds) - value_j);
}
