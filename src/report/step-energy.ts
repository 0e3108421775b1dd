// How the energy of a step moved over a run: its usual size, its trend, and the steps that stand out.
//
// A step is what training took of it: an evaluation or a checkpoint between two lines of the log is apart. Sensors move in
// jumps, so a step shorter than those carries their size in its interval.

import { type Figure, toJson } from '../core/figure.ts';
import { fitLine, slopeReach } from '../core/line.ts';
import type { ReportInput } from './build.ts';
import type { ReportRow, StepEnergyJson } from './model.ts';

/** A row of the division by step: the steps since the row before end with `step`. */
export interface StepPart {
  readonly step: number;
  readonly steps: number;
  readonly from_ms: number;
  readonly to_ms: number;
  /** J of training, and of what else lay between. */
  readonly own_j: number;
  readonly other_j: number;
  /** How far own_j may be off for the sensors' jumps, J. */
  readonly quantum_j: number;
}

const FEWEST = 8;
/** A trend of fewer is chance: the errors of a line are those of long series. */
const FEWEST_OF_TREND = 30;
/** Beyond so many robust standard deviations (1.4826 × the median deviation, Rousseeuw and Croux 1993) a step stands out. */
const OUTLYING = 5;
const MAD_TO_SIGMA = 1.4826;
const LISTED = 10;
/** The trend is fitted to so many groups of neighbouring rows at most. */
const GROUPS = 1000;

/** Null for fewer than eight rows. */
export function stepEnergyOf(parts: readonly StepPart[]): StepEnergyJson | null {
  if (parts.length < FEWEST) return null;
  const each = parts.map(({ own_j, steps }) => own_j / steps);
  const sorted = each.toSorted((a, b) => a - b);
  const usual = quantile(sorted, 0.5);
  const deviation = quantile(
    each.map((value) => Math.abs(value - usual)).sort((a, b) => a - b),
    0.5,
  );
  const outlying = (part: StepPart, i: number) =>
    Math.abs(each[i]! - usual) > OUTLYING * MAD_TO_SIGMA * deviation + part.quantum_j / part.steps;
  const outliers = parts.filter(outlying);
  return {
    ...{ rows: parts.length, median_j: usual, p5_j: quantile(sorted, 0.05), p95_j: quantile(sorted, 0.95) },
    quantum_j: quantile(
      parts.map(({ quantum_j, steps }) => quantum_j / steps).sort((a, b) => a - b),
      0.5,
    ),
    change_per_1000_steps: trendOf(
      parts.filter((part, i) => !outlying(part, i)),
      usual,
    ),
    outliers: outliers
      .map(({ step, from_ms, to_ms, own_j, steps }) => ({
        ...{ step, from_ms, to_ms, energy_j: own_j },
        times: usual > 0 ? own_j / steps / usual : null,
      }))
      .sort((a, b) => Math.abs((b.times ?? 0) - 1) - Math.abs((a.times ?? 0) - 1))
      .slice(0, LISTED),
    outlying: outliers.length,
  };
}

/** Relative change of a step's energy in a thousand steps. */
function trendOf(parts: readonly StepPart[], usual: number): StepEnergyJson['change_per_1000_steps'] {
  if (parts.length < FEWEST_OF_TREND) return { value: null, why: `fewer than ${FEWEST_OF_TREND} rows tell no trend` };
  const size = Math.ceil(parts.length / GROUPS);
  const groups = Array.from({ length: Math.ceil(parts.length / size) }, (_, i) =>
    parts.slice(i * size, (i + 1) * size),
  );
  const mean = (group: readonly StepPart[], pick: (part: StepPart) => number) =>
    group.reduce((sum, part) => sum + pick(part), 0) / group.length;
  const line = fitLine(
    groups.map((group) => mean(group, ({ step }) => step)),
    groups.map((group) => mean(group, ({ own_j, steps }) => own_j / steps)),
  );
  if (line === null || !(usual > 0)) return { value: null, why: 'too few steps tell' };
  const [value, reach] = [line.slope, slopeReach(line)].map((slope) => (1000 * slope) / usual) as [number, number];
  return { value, low: value - reach, high: value + reach };
}

/** Linear between neighbours (type 7 of Hyndman and Fan, The American Statistician 50, 1996). */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (at - low) * (b - a);
}

/**
 * Seconds between two jumps of the charged sensors, the mean by energy: of a counter its update, of what is polled or
 * modelled the time between two looks.
 */
export function jump_s({ energy, writers }: Pick<ReportInput, 'energy' | 'writers'>): number {
  const sampling_s = Math.max(...writers.map(({ record }) => record.sampling_s), 0);
  let [all_j, sum] = [0, 0];
  for (const { device, energy_j } of energy.devices) {
    if (!device.charged || energy_j === null) continue;
    const own_s = device.source === 'counter' ? (device.update_s ?? sampling_s) : sampling_s;
    all_j += energy_j;
    sum += energy_j * (device.period_s ?? own_s);
  }
  return all_j > 0 ? sum / all_j : 0;
}

/** J by which a part may be off for the sensors' jumps: half a jump at either edge, at its own power; never more than all. */
export function quantumOf(energy_j: number, duration_s: number, jump: number): number {
  return duration_s > 0 ? (energy_j / Math.max(duration_s, jump)) * jump : 0;
}

/** The 90 % interval of a part: the run's relative error, and what the sensors' jumps leave open at both its edges. */
export function reachOf(it: Figure, jump: number) {
  const all = toJson(it);
  const [down, up] =
    all.value === null || all.value <= 0 ? [null, null] : [1 - all.low / all.value, all.high / all.value - 1];
  return (energy_j: number, duration_s: number): Pick<ReportRow, 'low_j' | 'high_j'> => {
    if (down === null) return { low_j: null, high_j: null };
    const quantum_j = quantumOf(energy_j, duration_s, jump);
    return {
      low_j: Math.max(0, energy_j - Math.hypot(down * energy_j, quantum_j)),
      high_j: energy_j + Math.hypot(up * energy_j, quantum_j),
    };
  };
}
