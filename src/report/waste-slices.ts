// A slice of a run, and what its run's energy was wasted on → a slice for each cause; together they are the slice.
//
// A run's own record tells the causes' shares; what falls to the run, where others metered the device too, is shared like it.

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
  const slice_j = slice.energy.charged.energy_j.reduce((sum, energy_j) => sum + energy_j, 0);
  if (!(own_j > 0 && slice_j > 0)) return [{ cause: null, slice }];
  const own_ms = own.reduce((sum, { ms }) => sum + ms, 0);
  const groups = new Map<Cause | null, Part[]>();
  for (const part of own) {
    const group = groups.get(part.cause);
    if (group === undefined) groups.set(part.cause, [part]);
    else group.push(part);
  }
  if (groups.size === 1) return [{ cause: own[0]!.cause, slice }];
  return [...groups].map(([cause, group]) => {
    const share = group.reduce((sum, { energy_j }) => sum + energy_j, 0) / own_j;
    const time = own_ms > 0 ? group.reduce((sum, { ms }) => sum + ms, 0) / own_ms : share;
    return { cause, slice: portion(slice, { share, time, intervals: intervalsOf(group, { own_j, slice_j }) }) };
  });
}

/** What of a part lies within the slice, in proportion to time. */
function within(part: Part, { from_ms, to_ms }: Slice): Part[] {
  if (part.from_ms >= from_ms && part.to_ms <= to_ms) return [part];
  const [from, to] = [Math.max(part.from_ms, from_ms), Math.min(part.to_ms, to_ms)];
  if (to <= from) return [];
  const share = (to - from) / (part.to_ms - part.from_ms);
  return [{ ...part, from_ms: from, to_ms: to, energy_j: part.energy_j * share, ms: part.ms * share }];
}

function intervalsOf(
  parts: readonly Part[],
  { own_j, slice_j }: { readonly own_j: number; readonly slice_j: number },
): Intervals {
  return {
    from_ms: parts.map(({ from_ms }) => from_ms),
    to_ms: parts.map(({ to_ms }) => to_ms),
    // Divided first: the quotient of both sums may be beyond all numbers where next to nothing was used.
    energy_j: parts.map(({ energy_j }) => (energy_j / own_j) * slice_j),
  };
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
