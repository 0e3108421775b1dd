// Energy over time times grid intensity over time, joined exactly at the breakpoints of both.
//
// Linear in energy and pieces: 200 then 600 g/kWh over equal energy is 400. Intensity comes from a chain of
// series, the first that knows an instant; where none does, the energy is counted as of unknown intensity.

import { JOULES_PER_KWH } from '../core/units.ts';
import { advance, courseOf } from '../grid/course.ts';
import type { IntensitySeries } from '../grid/series.ts';

/** Parallel columns: energy_j[i] J used evenly over [from_ms[i], to_ms[i]), in any order. */
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
 * Energy of no duration counts at its instant; that of an interval which ends before it begins has no place on the
 * course, so its intensity is unknown. Throws Fault usage where series of different kind or scope would be mixed.
 */
export function spread(
  intervals: EnergyIntervals,
  edges: readonly number[],
  chain: readonly IntensitySeries[],
): Cell[] {
  const cells = edges.slice(0, -1).map((from_ms, i) => emptyCell(from_ms, edges[i + 1]!, chain.length));
  const { from, to } = spanOf(intervals);
  const course = courseOf(chain, from, to);
  const at_ms = merged(course.edges_ms, edges.slice(1, -1));
  const { energy_j, placeless } = poured(intervals, at_ms);
  let piece = 0;
  let row = 0;
  for (let slot = 0; slot < energy_j.length; slot++) {
    piece = advance(course.edges_ms, piece, at_ms[slot]!);
    while (row + 1 < cells.length && edges[row + 1]! <= at_ms[slot]!) row++;
    put(cells[row]!, energy_j[slot]!, course.which[piece]!, course.g_per_kwh[piece]!);
  }
  for (const i of placeless) {
    const cell = advance(edges, 0, intervals.from_ms[i]!);
    put(cells[Math.min(cells.length - 1, cell)]!, intervals.energy_j[i]!, -1, Number.NaN);
  }
  return cells.map(totalled);
}

/** Adds cells up; the span is that of all of them. */
export function addCells(cells: readonly Cell[]): Cell {
  const all = emptyCell(cells[0]!.from_ms, cells[cells.length - 1]!.to_ms, cells[0]!.by_series.length);
  for (const cell of cells) {
    all.energy_j += cell.energy_j;
    cell.by_series.forEach((j, i) => {
      all.by_series[i]! += j;
      all.grams_by_series[i]! += cell.grams_by_series[i]!;
    });
  }
  return totalled(all);
}

/**
 * J of all intervals in each slot between neighbours of `at_ms`, which reach over all of them, and the indices of
 * those that end before they begin. Sums are compensated (Knuth, TAOCP 2, §4.2.2), so that ten million samples of
 * one slot add up as well as ten.
 */
function poured({ from_ms, to_ms, energy_j }: EnergyIntervals, at_ms: Float64Array) {
  const sums = new Float64Array(at_ms.length - 1);
  const lost = new Float64Array(sums.length);
  const placeless: number[] = [];
  let slot = 0;
  for (let i = 0; i < energy_j.length; i++) {
    const [from, to, energy] = [from_ms[i]!, to_ms[i]!, energy_j[i]!];
    const long = to - from;
    if (!hasPlace(long)) {
      placeless.push(i);
      continue;
    }
    let left = energy;
    for (let at = from; ; ) {
      if (at < at_ms[slot]! || at >= at_ms[slot + 1]!) slot = advance(at_ms, slot, at);
      const next = Math.min(to, at_ms[slot + 1]!);
      const part = next === to ? left : energy * ((next - at) / long); // the last takes what is left: nothing is lost
      const sum = sums[slot]!;
      const total = sum + part;
      const taken = total - sum;
      lost[slot]! += sum - (total - taken) + (part - taken);
      sums[slot] = total;
      if (next === to) break;
      left -= part;
      at = next;
    }
  }
  return { energy_j: sums.map((sum, i) => sum + lost[i]!), placeless };
}

const hasPlace = (long_ms: number): boolean => long_ms >= 0 && long_ms < Number.POSITIVE_INFINITY;

/** From the first start to just after the last end, ms; a millisecond anywhere where there are none. */
function spanOf({ from_ms, to_ms }: EnergyIntervals): { from: number; to: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < from_ms.length; i++) {
    const [from, to] = [from_ms[i]!, to_ms[i]!];
    if (!hasPlace(to - from)) continue;
    if (from < first) first = from;
    if (to > last) last = to;
  }
  // The last instant is inside, also where times are so large that a millisecond more is the same number.
  return first <= last ? { from: first, to: last + Math.max(1, Math.abs(last) * 2 ** -50) } : { from: 0, to: 1 };
}

/** Two ascending lists as one; of the second only what lies inside the first. */
function merged(course: Float64Array, cuts: readonly number[]): Float64Array {
  const inside = cuts.filter((cut) => cut > course[0]! && cut < course[course.length - 1]!);
  if (inside.length === 0) return course;
  const out = new Float64Array(course.length + inside.length);
  let [n, c] = [0, 0];
  for (const edge of course) {
    for (; c < inside.length && inside[c]! <= edge; c++) if (inside[c]! < edge) out[n++] = inside[c]!;
    out[n++] = edge;
  }
  return out.slice(0, n);
}

function put(cell: Cell, energy: number, which: number, g_per_kwh: number): void {
  cell.energy_j += energy;
  if (which < 0) return;
  cell.by_series[which]! += energy;
  cell.grams_by_series[which]! += (energy / JOULES_PER_KWH) * g_per_kwh;
}

/** What is known is the sum of its parts, so that parts add up to it exactly. */
function totalled(cell: Cell): Cell {
  cell.known_j = cell.by_series.reduce((s, j) => s + j, 0);
  cell.emissions_g = cell.grams_by_series.reduce((s, g) => s + g, 0);
  return cell;
}

function emptyCell(from_ms: number, to_ms: number, series: number): Cell {
  const zeros = () => new Array<number>(series).fill(0);
  return { from_ms, to_ms, energy_j: 0, known_j: 0, emissions_g: 0, by_series: zeros(), grams_by_series: zeros() };
}
