// Energy over time times grid intensity over time, joined exactly at the breakpoints of both.
//
// Linear in energy and pieces: 200 then 600 g/kWh over equal energy is 400. Intensity comes from a chain of
// series, the first that knows an instant; where none does, the energy is counted as of unknown intensity.

import { fault } from '../core/fault.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { IntensitySeries } from '../grid/series.ts';

/** Parallel columns: energy_j[i] J used evenly over [from_ms[i], to_ms[i]). */
export interface EnergyIntervals {
  readonly from_ms: ArrayLike<number>;
  readonly to_ms: ArrayLike<number>;
  readonly energy_j: ArrayLike<number>;
}

export interface Cell {
  readonly from_ms: number;
  readonly to_ms: number;
  /** J in this cell, and how many of them have a known intensity. */
  energy_j: number;
  known_j: number;
  /** gCO2e of the known part, before PUE. */
  emissions_g: number;
  /** J by series of the chain, in its order. */
  readonly by_series: number[];
  readonly grams_by_series: number[];
}

/**
 * Spreads intervals over the cells between neighbouring `edges` (epoch ms, ascending, at least two); what lies
 * before the first or after the last edge counts into the first or last cell, so that cells add up to the whole.
 * Throws Fault usage where series of different kind or scope would be mixed.
 */
export function spread(
  intervals: EnergyIntervals,
  edges: readonly number[],
  chain: readonly IntensitySeries[],
): Cell[] {
  refuseMixture(chain);
  const cells = edges.slice(0, -1).map((from_ms, i) => emptyCell(from_ms, edges[i + 1]!, chain.length));
  const last = cells.length - 1;
  for (let i = 0; i < intervals.energy_j.length; i++) {
    const [from, to] = [intervals.from_ms[i]!, intervals.to_ms[i]!];
    const density = intervals.energy_j[i]! / (to - from);
    if (!(to > from)) continue;
    let row = Math.min(last, Math.max(0, lastAtOrBefore(edges, from)));
    for (let at = from; at < to; ) {
      while (row < last && edges[row + 1]! <= at) row++;
      const rowEnd = row === last ? to : Math.min(to, edges[row + 1]!);
      const { which, g_per_kwh, until } = intensityFrom(chain, at);
      const next = Math.min(rowEnd, until);
      const energy = density * (next - at);
      const cell = cells[row]!;
      cell.energy_j += energy;
      if (which >= 0) {
        const emissions = (energy / JOULES_PER_KWH) * g_per_kwh;
        cell.known_j += energy;
        cell.emissions_g += emissions;
        cell.by_series[which]! += energy;
        cell.grams_by_series[which]! += emissions;
      }
      at = next;
    }
  }
  return cells;
}

/** Adds cells up; the span is that of all of them. */
export function addCells(cells: readonly Cell[]): Cell {
  const all = emptyCell(cells[0]!.from_ms, cells[cells.length - 1]!.to_ms, cells[0]!.by_series.length);
  for (const cell of cells) {
    all.energy_j += cell.energy_j;
    all.known_j += cell.known_j;
    all.emissions_g += cell.emissions_g;
    cell.by_series.forEach((j, i) => {
      all.by_series[i]! += j;
      all.grams_by_series[i]! += cell.grams_by_series[i]!;
    });
  }
  return all;
}

/** The intensity at an instant, from the first series of the chain that knows it, and until when it holds. */
function intensityFrom(
  chain: readonly IntensitySeries[],
  at: number,
): { which: number; g_per_kwh: number; until: number } {
  let until = Number.POSITIVE_INFINITY;
  for (let which = 0; which < chain.length; which++) {
    const { from_ms, to_ms, g_per_kwh } = chain[which]!;
    const i = lastAtOrBefore(from_ms, at);
    if (i >= 0 && at < to_ms[i]!) return { which, g_per_kwh: g_per_kwh[i]!, until: Math.min(until, to_ms[i]!) };
    if (i + 1 < from_ms.length) until = Math.min(until, from_ms[i + 1]!);
  }
  return { which: -1, g_per_kwh: Number.NaN, until };
}

function refuseMixture(chain: readonly IntensitySeries[]): void {
  const [first] = chain;
  const other = chain.find((series) => series.kind !== first!.kind || series.scope !== first!.scope);
  if (first === undefined || other === undefined) return;
  const problem = `cannot mix ${first.kind} ${first.scope} intensity with ${other.kind} ${other.scope} in one account`;
  throw fault('usage', { facts: { problem, hint: 'use series of one kind and one scope' } });
}

/** Index of the last element ≤ at in an ascending list; -1 where there is none. */
function lastAtOrBefore(list: ArrayLike<number>, at: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function emptyCell(from_ms: number, to_ms: number, series: number): Cell {
  const zeros = () => new Array<number>(series).fill(0);
  return { from_ms, to_ms, energy_j: 0, known_j: 0, emissions_g: 0, by_series: zeros(), grams_by_series: zeros() };
}
