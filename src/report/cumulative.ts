// Sums since a run began, at many moments, with their intervals: what each device had used by then, and the run.
//
// The causes of error are those of the account of the whole run. A sensor's error grows with what it measured, a gap's comes with
// the gap, and that of the run's edges is there from the start. At the end the interval is that of the report.

import { isKnown, type Known, type Reach, scaled, times, total } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { CUT, EDGES, GAPS } from '../emissions/errors.ts';
import { accountedIntensity } from '../emissions/intensity-account.ts';
import type { Cell } from '../emissions/operational.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { DeviceFigure } from './devices.ts';

/** What a device had used by a moment. */
export interface Used {
  readonly energy_j: number;
  /** Bounds around it of what was estimated, ≤ 0 and ≥ 0. */
  readonly down_j: number;
  readonly up_j: number;
  readonly unknown_ms: number;
}

/** IT energy by a moment, of devices whose energy over the whole run is known. */
export function itBy(devices: readonly DeviceFigure[], usedBy: (identity: string) => Used): Known {
  return total(devices.map((device) => deviceBy(device, usedBy(device.use.identity))));
}

function deviceBy({ use, figure }: DeviceFigure, { energy_j, down_j, up_j, unknown_ms }: Used): Known {
  if (!isKnown(figure)) return { value: energy_j, terms: new Map() };
  const share = figure.value > 0 ? energy_j / figure.value : 0;
  const most_w = Math.max(use.device.limit_w ?? 0, use.max_w ?? 0);
  const terms = new Map<string, Reach>();
  for (const [cause, reach] of figure.terms) {
    if (cause === GAPS.id) terms.set(cause, { down: down_j, up: up_j + (most_w * unknown_ms) / 1000 });
    else if (cause === EDGES.id || cause === CUT.id) terms.set(cause, reach);
    else terms.set(cause, { down: reach.down * share, up: reach.up * share });
  }
  return { value: energy_j, terms };
}

export interface Grid {
  readonly chain: readonly IntensitySeries[];
  /** What emissions of IT energy are multiplied by, with its causes. */
  readonly factor: Known;
  readonly from_ms: number;
}

/** Operational emissions by a moment from IT energy by then; `cell` holds it, of known intensity, since the beginning. */
export function emissionsBy(it: Known, cell: Cell, { chain, factor, from_ms }: Grid): Known {
  if (!(cell.energy_j > 0) || !(cell.emissions_g > 0)) return { value: 0, terms: new Map() };
  const span = { from_ms, to_ms: Math.max(from_ms + 1, cell.to_ms) };
  const { figure } = accountedIntensity(cell, chain, { span, hours: (span.to_ms - span.from_ms) / 3_600_000 });
  return times(times(it, scaled(figure, 1 / JOULES_PER_KWH)), factor);
}
