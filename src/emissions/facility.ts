// The course of facility energy: that of IT energy, cut at the breakpoints of its PUE and multiplied by it.

import { advance } from '../grid/course.ts';
import { intensityAt } from '../grid/series.ts';
import { asSeries, type ValueSeries } from '../grid/values.ts';
import type { EnergyIntervals } from './operational.ts';

/** J of the facility over time. Where the PUE is not known, IT energy stands as it is. */
export function facilityCourse({ from_ms, to_ms, energy_j }: EnergyIntervals, pue: ValueSeries): EnergyIntervals {
  const series = asSeries(pue);
  const edges = Float64Array.from(new Set([...series.from_ms, ...series.to_ms])).sort();
  const [from, to, energy]: [number[], number[], number[]] = [[], [], []];
  let edge = 0;
  for (let i = 0; i < energy_j.length; i++) {
    const [begin, end] = [from_ms[i]!, to_ms[i]!];
    for (let at = begin; ; ) {
      edge = advance(edges, edge, at);
      const next = Math.min(end, [edges[edge], edges[edge + 1]].find((one) => one! > at) ?? end);
      from.push(at);
      to.push(next);
      energy.push(energy_j[i]! * (end > begin ? (next - at) / (end - begin) : 1) * (intensityAt(series, at) ?? 1));
      if (!(next < end)) break;
      at = next;
    }
  }
  return { from_ms: from, to_ms: to, energy_j: energy };
}
