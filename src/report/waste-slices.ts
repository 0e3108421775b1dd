// A slice of a run, and what its run's energy was wasted on → a slice for each cause; together they are the slice.
//
// A run's own record tells the causes' shares of each time; what falls to the run then, where others metered the device too,
// is shared like it.

import type { Cause, Part } from '../emissions/waste.ts';
import type { DeviceUse, Intervals } from '../ledger/use.ts';
import type { Slice } from './slices.ts';

/** Of a cause; null: of none that is known. */
export interface CauseSlice {
  readonly cause: Cause | null;
  readonly slice: Slice;
}

/** `parts` are of the slice's run on the slice's host, by time. All of it has no known cause where they tell no energy. */
export function causeSlices(slice: Slice, parts: readonly Part[]): CauseSlice[] {
  const own = parts.flatMap((part) => within(part, slice));
  const own_j = own.reduce((sum, { energy_j }) => sum + energy_j, 0);
  const { charged } = slice.energy;
  const slice_j = charged.energy_j.reduce((sum, energy_j) => sum + energy_j, 0);
  if (!(own_j > 0 && slice_j > 0)) return [{ cause: null, slice }];
  const own_ms = own.reduce((sum, { ms }) => sum + ms, 0);
  const groups = new Map<Cause | null, Group>();
  for (const { cause, energy_j, ms } of own) {
    const group = groups.get(cause) ?? { share: 0, time: 0, intervals: { from_ms: [], to_ms: [], energy_j: [] } };
    groups.set(cause, group);
    group.share += energy_j / own_j;
    group.time += own_ms > 0 ? ms / own_ms : energy_j / own_j;
  }
  // An idle GPU is one whose energy is known: what is not known of others is not its.
  const open = slice.energy.devices.some(({ energy_j, unknown_ms }) => energy_j === null || unknown_ms > 0);
  if (groups.size === 1 && !(open && groups.has('idle'))) return [{ cause: own[0]!.cause, slice }];
  if (groups.size === 1) groups.set(null, { share: 0, time: 0, intervals: { from_ms: [], to_ms: [], energy_j: [] } });
  shareOut(charged, own, groups);
  return [...groups].map(([cause, group]) => {
    const known_j = group.intervals.energy_j.reduce((sum, energy_j) => sum + energy_j, 0);
    return { cause, slice: portion(slice, { ...group, share: known_j / slice_j }) };
  });
}

interface Group {
  /** Of the energy of the run's own record. */
  share: number;
  /** Of its time. */
  time: number;
  readonly intervals: Intervals;
}

/** What of a part lies within the slice, in proportion to time. */
function within(part: Part, { from_ms, to_ms }: Pick<Slice, 'from_ms' | 'to_ms'>): Part[] {
  if (part.from_ms >= from_ms && part.to_ms <= to_ms) return [part];
  const [from, to] = [Math.max(part.from_ms, from_ms), Math.min(part.to_ms, to_ms)];
  if (to <= from) return [];
  const share = (to - from) / (part.to_ms - part.from_ms);
  return [{ ...part, from_ms: from, to_ms: to, energy_j: part.energy_j * share, ms: part.ms * share }];
}

/** Each interval of the slice among the causes that the record has in it, over all of its time: so grams and money add up too. */
function shareOut(charged: Intervals, own: readonly Part[], groups: ReadonlyMap<Cause | null, Group>): void {
  const order = charged.from_ms.map((_, i) => i).sort((a, b) => charged.from_ms[a]! - charged.from_ms[b]!);
  let first = 0;
  for (const i of order) {
    const [from_ms, to_ms, energy_j] = [charged.from_ms[i]!, charged.to_ms[i]!, charged.energy_j[i]!];
    while (first < own.length && own[first]!.to_ms <= from_ms) first++;
    const inside = new Map<Cause | null, number>();
    for (let k = first; k < own.length && own[k]!.from_ms < to_ms; k++)
      for (const part of within(own[k]!, { from_ms, to_ms }))
        inside.set(part.cause, (inside.get(part.cause) ?? 0) + part.energy_j);
    const all_j = [...inside.values()].reduce((sum, j) => sum + j, 0);
    for (const [cause, { share, intervals }] of groups) {
      // Where the record has no energy of that time another one had: as of the rest of the time.
      const part_j = all_j > 0 ? ((inside.get(cause) ?? 0) / all_j) * energy_j : share * energy_j;
      if (part_j <= 0) continue;
      intervals.from_ms.push(from_ms);
      intervals.to_ms.push(to_ms);
      intervals.energy_j.push(part_j);
    }
  }
}

/** A share of the slice's energy and of its time. */
function portion(
  slice: Slice,
  { share, time, intervals }: { readonly share: number; readonly time: number; readonly intervals: Intervals },
): Slice {
  const { energy, idle, time_share } = slice;
  return {
    ...slice,
    energy: { ...energy, devices: energy.devices.map((use) => scaledUse(use, share)), charged: intervals },
    idle: { down_j: idle.down_j * share, up_j: idle.up_j * share },
    time_share: time_share * time,
  };
}

function scaledUse(use: DeviceUse, by: number): DeviceUse {
  const { reach_j } = use.device;
  return {
    ...use,
    energy_j: use.energy_j === null ? null : use.energy_j * by,
    ...{ down_j: use.down_j * by, up_j: use.up_j * by },
    ...{ unknown_ms: use.unknown_ms * by, observed_ms: use.observed_ms * by },
    by_source: Object.fromEntries(Object.entries(use.by_source).map(([source, j]) => [source, j * by])),
    device:
      reach_j === undefined ? use.device : { ...use.device, reach_j: { down: reach_j.down * by, up: reach_j.up * by } },
  };
}
