// When would a load have the least emissions? Slides its profile along the intensity and tells the mean from each start.
//
// Over the start, the mean is a line between two instants at which an edge of the profile meets a breakpoint of the
// intensity. So the least lies at such an instant, and those are tried. O(starts × cells), by the running integral.

import { advance, courseOf } from '../grid/course.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { type EnergyIntervals, spread } from './operational.ts';

/** Energy by cells between neighbouring edges, ms after the start; the first is 0, the last the whole length. */
export interface Profile {
  readonly edges_ms: readonly number[];
  readonly energy_j: readonly number[];
}

export interface Start {
  readonly at_ms: number;
  /** Mean intensity of the load's energy from there on. */
  readonly g_per_kwh: number;
}

/** Starts from the first to the last instant of this span, both included, epoch ms. */
export interface Window {
  readonly from_ms: number;
  readonly to_ms: number;
}

export interface Starts {
  /** Those from which all of the load's energy has a known intensity, by time. */
  readonly starts: readonly Start[];
  /** How many were tried. */
  readonly tried: number;
}

const CELLS = 200;
/** So many edges inside a load are tried, those where its power changes most: the others gain next to nothing. */
const INNER = 20;

/** The energy of a run in at most 200 cells: those of its own edges where they are so few, else of one length. */
export function profileOf(intervals: EnergyIntervals, span: { readonly from: number; readonly to: number }): Profile {
  const width = (span.to - span.from) / CELLS;
  const edges_ms = ownEdges(intervals, span) ?? Array.from({ length: CELLS + 1 }, (_, i) => i * width);
  const edges = edges_ms.map((edge) => span.from + edge);
  return { edges_ms, energy_j: spread(intervals, edges, []).map((cell) => cell.energy_j) };
}

function ownEdges({ from_ms, to_ms }: EnergyIntervals, span: { from: number; to: number }): number[] | null {
  const edges = new Set([span.from, span.to]);
  for (let i = 0; i < from_ms.length; i++) {
    for (const edge of [from_ms[i]!, to_ms[i]!]) if (edge > span.from && edge < span.to) edges.add(edge);
    if (edges.size > CELLS + 1) return null;
  }
  return [...edges].sort((a, b) => a - b).map((edge) => edge - span.from);
}

/** A load of constant power. */
export const steady = (duration_ms: number, energy_j: number): Profile => ({
  ...{ edges_ms: [0, duration_ms], energy_j: [energy_j] },
});

/** Every start in the window that could be the best, and both its ends. Throws Fault usage for mixed kinds or scopes. */
export function startsOf(profile: Profile, chain: readonly IntensitySeries[], window: Window): Starts {
  const { from_ms, to_ms } = window;
  const mean = slide(profile, chain, window);
  const tried = new Set([from_ms, to_ms]);
  for (const offset of tellingEdges(profile)) {
    for (const edge of mean.edges_ms) {
      const at = Math.round(edge - offset);
      if (at >= from_ms && at <= to_ms) tried.add(at);
    }
  }
  const times = Float64Array.from(tried).sort();
  const starts: Start[] = [];
  for (const at_ms of times) {
    const g_per_kwh = mean.from(at_ms);
    if (g_per_kwh !== null) starts.push({ at_ms, g_per_kwh });
  }
  return { starts, tried: times.length };
}

/** The mean from one start; null where the chain does not know the intensity of all the energy. */
export function startAt(profile: Profile, chain: readonly IntensitySeries[], at_ms: number): Start | null {
  const g_per_kwh = slide(profile, chain, { from_ms: at_ms, to_ms: at_ms }).from(at_ms);
  return g_per_kwh === null ? null : { at_ms, g_per_kwh };
}

/** The means from these instants, ascending; null where one is not known. */
export function meansAt(
  profile: Profile,
  chain: readonly IntensitySeries[],
  times_ms: readonly number[],
): (number | null)[] {
  const mean = slide(profile, chain, { from_ms: times_ms[0] ?? 0, to_ms: times_ms.at(-1) ?? 0 });
  return times_ms.map((at_ms) => mean.from(at_ms));
}

/** Its beginning, its end, and where its power changes most. */
function tellingEdges({ edges_ms, energy_j }: Profile): number[] {
  const power = energy_j.map((j, i) => j / (edges_ms[i + 1]! - edges_ms[i]!));
  const inner = edges_ms.slice(1, -1).map((edge, i) => ({ edge, change: Math.abs(power[i + 1]! - power[i]!) }));
  inner.sort((a, b) => b.change - a.change);
  return [0, edges_ms.at(-1)!, ...inner.slice(0, INNER).map(({ edge }) => edge)];
}

/** Means of the intensity over a profile that begins anywhere in the window; starts in ascending order are fastest. */
function slide({ edges_ms, energy_j }: Profile, chain: readonly IntensitySeries[], { from_ms, to_ms }: Window) {
  const course = courseOf(chain, from_ms, to_ms + Math.max(1, edges_ms.at(-1)!));
  // Times are counted from the window's beginning: fractions of a millisecond are lost in epoch ms.
  const edges = course.edges_ms.map((edge) => edge - from_ms);
  const area = new Float64Array(edges.length);
  const unknown = new Float64Array(edges.length);
  const rate = course.g_per_kwh.map((g) => (Number.isNaN(g) ? 0 : g));
  for (let i = 0; i + 1 < edges.length; i++) {
    const long = edges[i + 1]! - edges[i]!;
    area[i + 1] = area[i]! + rate[i]! * long;
    unknown[i + 1] = unknown[i]! + (course.which[i]! < 0 ? long : 0);
  }
  const total = energy_j.reduce((s, j) => s + j, 0);
  const weights = energy_j.map((j, k) => j / total / (edges_ms[k + 1]! - edges_ms[k]!));
  const cursors = new Int32Array(edges_ms.length);
  const from = (at_ms: number): number | null => {
    let [mean, missing, area_before, unknown_before] = [0, 0, 0, 0];
    for (let k = 0; k < edges_ms.length; k++) {
      const at = at_ms - from_ms + edges_ms[k]!;
      const i = Math.min(rate.length - 1, advance(edges, cursors[k]!, at));
      cursors[k] = i;
      const area_here = area[i]! + rate[i]! * (at - edges[i]!);
      const unknown_here = unknown[i]! + (course.which[i]! < 0 ? at - edges[i]! : 0);
      if (k > 0) {
        mean += weights[k - 1]! * (area_here - area_before);
        missing += weights[k - 1]! * (unknown_here - unknown_before);
        if (missing > 1e-9) return null;
      }
      area_before = area_here;
      unknown_before = unknown_here;
    }
    return total > 0 ? mean : null;
  };
  return { from, edges_ms: course.edges_ms };
}
