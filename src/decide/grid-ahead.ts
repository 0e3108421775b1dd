// Energy that is still to flow → its emissions over the hours that are left, how far these may be off, and how they grow.
//
// Off is meant against what the account will say once these hours are measured: a forecast's error grows with its lead.
// What another producer of intensities would say is no part of it, since the account will be of this one's.

import type { Reach as Off } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { hoursReachOf } from '../emissions/intensity-errors.ts';
import { type Cell, spread } from '../emissions/operational.ts';
import type { IntensitySeries } from '../grid/series.ts';

/** Energy that flows evenly over [from_ms, to_ms), epoch ms. */
export interface Flow {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy_j: number;
}

export interface GridAhead {
  readonly emissions_g: number;
  /** g that the intensity may take away or add at the 90 % level; both ≥ 0. */
  readonly down_g: number;
  readonly up_g: number;
  /** g by so many instants, rising from 0 at the beginning to all of it at the end. */
  readonly course: readonly { readonly at_ms: number; readonly emissions_g: number }[];
}

const HOUR_MS = 3_600_000;
const MOST_CELLS = 200;
/** h of lead where a forecast does not tell when it was made. */
const UNTOLD_LEAD_H = 24;

/**
 * By a chain of series, best first; `factor` is a PUE that these do not hold. Null where the intensity of some of the
 * energy is not known. Throws Fault usage where series of different kind or scope would be mixed.
 */
export function gridAhead(flow: Flow, chain: readonly IntensitySeries[], factor = 1): GridAhead | null {
  if (chain.length === 0) return null;
  const { from_ms, to_ms } = flow;
  const columns = { from_ms: [from_ms], to_ms: [to_ms], energy_j: [flow.energy_j] };
  const cells = spread(columns, edgesOf(flow), chain);
  const known = cells.reduce((s, { known_j }) => s + known_j, 0);
  if (known < flow.energy_j * (1 - 1e-9)) return null;
  let sum = 0;
  const course = cells.map((cell) => {
    sum += cell.emissions_g * factor;
    return { at_ms: cell.to_ms, emissions_g: sum };
  });
  const off = chain.map((series, i) => offOf(series, i, { cells, flow }));
  return {
    emissions_g: sum,
    down_g: factor * Math.hypot(...off.map(({ down }) => down)),
    up_g: factor * Math.hypot(...off.map(({ up }) => up)),
    course: [{ at_ms: from_ms, emissions_g: 0 }, ...course],
  };
}

/** Hours from the beginning on, or so many equal parts where these are more. */
function edgesOf({ from_ms, to_ms }: Flow): number[] {
  const cells = Math.min(MOST_CELLS, Math.max(1, Math.ceil((to_ms - from_ms) / HOUR_MS)));
  return Array.from({ length: cells + 1 }, (_, i) => from_ms + ((to_ms - from_ms) * i) / cells);
}

/** g by which what one series tells may be off, the hours that it tells taken together. */
function offOf(series: IntensitySeries, i: number, { cells, flow }: { cells: readonly Cell[]; flow: Flow }): Off {
  const energy_j = cells.reduce((s, cell) => s + cell.by_series[i]!, 0);
  const emissions_g = cells.reduce((s, cell) => s + cell.grams_by_series[i]!, 0);
  if (!(energy_j > 0) || !(emissions_g > 0)) return { down: 0, up: 0 };
  const middle_ms = cells.reduce((s, cell) => s + (cell.by_series[i]! * (cell.from_ms + cell.to_ms)) / 2, 0) / energy_j;
  const hours = ((flow.to_ms - flow.from_ms) / HOUR_MS) * (energy_j / flow.energy_j);
  const part = { series, g_per_kwh: (emissions_g / energy_j) * JOULES_PER_KWH, hours };
  const { down, up } = hoursReachOf(part, leadOf(series, middle_ms, flow.from_ms));
  return { down: emissions_g * down, up: emissions_g * up };
}

/** h from the making of a series to an instant; at least from now. */
function leadOf({ from_ms, to_ms, evidence }: IntensitySeries, at_ms: number, now_ms: number): number {
  const ahead_h = (at_ms - now_ms) / HOUR_MS;
  if (evidence?.lead_h === undefined) return Math.max(UNTOLD_LEAD_H, ahead_h);
  // Its own mean lead is that of the middle of its hours.
  let [weight, sum] = [0, 0];
  for (let k = 0; k < from_ms.length; k++) {
    weight += to_ms[k]! - from_ms[k]!;
    sum += ((to_ms[k]! - from_ms[k]!) * (to_ms[k]! + from_ms[k]!)) / 2;
  }
  return Math.max(ahead_h, evidence.lead_h + (at_ms - sum / weight) / HOUR_MS);
}
