// Would the same run have been cleaner at another hour? Slides the run's energy profile along the intensity series.
//
// Answers only from what the series knows: a start is compared when the series covers the whole run from there.

import { JOULES_PER_KWH } from '../core/units.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { addCells, type EnergyIntervals, spread } from './operational.ts';

export interface Start {
  readonly at_ms: number;
  /** Mean of the run's energy from there on. */
  readonly g_per_kwh: number;
}

export interface Hindsight {
  readonly started: Start;
  /** Equal to `started` where no other start that could be compared was cleaner. */
  readonly cleanest: Start;
}

const DAY_MS = 86_400_000;
const CELLS = 200;

/**
 * The cleanest of the starts at the series' own times within a day of the real one; null where the series has no
 * course (one value) or does not cover the run, or covers it from no other start.
 */
export function cleanestStart(
  intervals: EnergyIntervals,
  span: { readonly from: number; readonly to: number },
  series: IntensitySeries,
): Hindsight | null {
  if (series.from_ms.length < 2) return null;
  const width = (span.to - span.from) / CELLS;
  const edges = Array.from({ length: CELLS + 1 }, (_, i) => span.from + i * width);
  const profile = spread(intervals, edges, []);
  const from = (at_ms: number): Start | null => {
    const by = at_ms - span.from;
    const shifted = {
      from_ms: profile.map((cell) => cell.from_ms + by),
      to_ms: profile.map((cell) => cell.to_ms + by),
      energy_j: profile.map((cell) => cell.energy_j),
    };
    const all = addCells(spread(shifted, [at_ms, at_ms + span.to - span.from], [series]));
    if (all.energy_j <= 0 || all.known_j < all.energy_j * (1 - 1e-9)) return null;
    return { at_ms, g_per_kwh: (all.emissions_g / all.energy_j) * JOULES_PER_KWH };
  };
  const started = from(span.from);
  if (started === null) return null;
  const others = [...series.from_ms]
    .filter((at_ms) => at_ms !== span.from && Math.abs(at_ms - span.from) <= DAY_MS)
    .flatMap((at_ms) => from(at_ms) ?? []);
  if (others.length === 0) return null;
  return { started, cleanest: others.reduce((a, b) => (b.g_per_kwh < a.g_per_kwh ? b : a), started) };
}
