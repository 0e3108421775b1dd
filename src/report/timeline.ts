// The charged energy of a run over time, as one line of intervals without overlap.
//
// Rows of several devices over the same second become one interval; inside it the curve goes through what the
// full-rate readings told of each step's and window's energy, so that those shorter than a second have energies of their own.

import type { EnergyIntervals } from '../emissions/operational.ts';
import type { Intervals } from '../ledger/use.ts';
import type { ReportInput } from './build.ts';
import { type WindowUse, windowsOf } from './window-events.ts';

/** Adds up to the charged energy. Steps shape it where one writer metered all of it; several writers have no common start. */
export function timeline({
  energy,
  steps,
  events,
  writers,
}: Pick<ReportInput, 'energy' | 'steps' | 'events' | 'writers'>): EnergyIntervals {
  const flat = tiled(energy.charged);
  const told = [...steps, ...windowsOf(events).flatMap(edgesOf)];
  const known = told.flatMap(({ at_ms, it_j }) => (it_j === null ? [] : [{ at_ms, it_j }]));
  if (writers.length !== 1 || known.length === 0) return flat;
  known.sort((a, b) => a.at_ms - b.at_ms);
  const out: Intervals = { from_ms: [], to_ms: [], energy_j: [] };
  let total = 0;
  let next = 0;
  for (let i = 0; i < flat.energy_j.length; i++) {
    const [from, to, energy_j] = [flat.from_ms[i]!, flat.to_ms[i]!, flat.energy_j[i]!];
    let at = from;
    let used = 0;
    for (; next < known.length && known[next]!.at_ms < to; next++) {
      const { at_ms, it_j } = known[next]!;
      if (at_ms <= at) continue;
      const share = Math.min(energy_j, Math.max(used, it_j - total));
      put(out, at, at_ms, share - used);
      at = at_ms;
      used = share;
    }
    put(out, at, to, energy_j - used);
    total += energy_j;
  }
  return out;
}

const edgesOf = (window: WindowUse) => [
  { at_ms: window.from_ms, it_j: window.from_it_j },
  { at_ms: window.to_ms, it_j: window.to_it_j },
];

/** Sorted and cut at each other's edges: what overlaps is added. */
function tiled(intervals: Intervals): Intervals {
  const { from_ms, to_ms, energy_j } = intervals;
  const simple = inTurn(intervals);
  if (simple !== null) return simple;
  const same = new Map<number, Map<number, number>>();
  for (let i = 0; i < energy_j.length; i++) {
    const ends = same.get(from_ms[i]!) ?? new Map<number, number>();
    same.set(from_ms[i]!, ends.set(to_ms[i]!, (ends.get(to_ms[i]!) ?? 0) + energy_j[i]!));
  }
  const starts = [...same.keys()].sort((a, b) => a - b);
  const all = starts.flatMap((from) => [...same.get(from)!].map(([to, energy]) => ({ from, to, energy })));
  const edges = [...new Set(all.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const out: Intervals = { from_ms: [], to_ms: [], energy_j: [] };
  let active: typeof all = [];
  let next = 0;
  for (let i = 0; i + 1 < edges.length; i++) {
    const [from, to] = [edges[i]!, edges[i + 1]!];
    active = active.filter((one) => one.to > from);
    while (next < all.length && all[next]!.from <= from) active.push(all[next++]!);
    if (active.length === 0) continue;
    put(
      out,
      from,
      to,
      active.reduce((s, one) => s + (one.energy * (to - from)) / (one.to - one.from), 0),
    );
  }
  return out;
}

/** Of what comes in order and overlaps only where it is of the very same time, as nearly all does; else null. */
function inTurn({ from_ms, to_ms, energy_j }: Intervals): Intervals | null {
  const out: Intervals = { from_ms: [], to_ms: [], energy_j: [] };
  let [last_from, last_to] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < energy_j.length; i++) {
    const [from, to] = [from_ms[i]!, to_ms[i]!];
    if (from >= last_to) put(out, from, to, energy_j[i]!);
    else if (from === last_from && to === last_to) out.energy_j[out.energy_j.length - 1]! += energy_j[i]!;
    else return null;
    [last_from, last_to] = [from, to];
  }
  return out;
}

function put(into: Intervals, from: number, to: number, energy: number): void {
  into.from_ms.push(from);
  into.to_ms.push(to);
  into.energy_j.push(energy);
}
