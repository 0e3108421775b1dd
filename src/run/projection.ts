// How long a job still takes and what it will have used, from the pace of its latest steps and how evenly they came.
//
// Steps are taken as independent draws of one distribution: what R more of them take is R means, off by the draws
// themselves (√R) and by what the mean of K seen steps may be off (R/√K). A pace that changes later is not foreseen.

/** Where a job stood at an instant. */
export interface Point {
  readonly at_ms: number;
  readonly step: number;
  /** J used from the start up to here; null where that is not known. */
  readonly energy_j: number | null;
}

/** A value with its 90 % interval, which contains it. */
export interface Reach {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Projection {
  /** s from now. */
  readonly left_s: Reach;
  /** J of the whole job; null where the energy of its steps is not known. */
  readonly end_j: Reach | null;
}

/** Where the job stands now. */
export interface Now {
  readonly at_ms: number;
  /** J used up to now; null where that is not known. */
  readonly used_j: number | null;
  /** Steps of the whole job. */
  readonly total: number;
}

/** Fewer stretches between steps than this tell nothing of their spread. */
const LEAST_STRETCHES = 3;
/** 95th percentile of the normal distribution: the ends of a 90 % interval. */
const Z = 1.6449;
/** A step that takes so many times the slowest one seen, and so long, is a stall: nobody knows when it goes on. */
const STALL_TIMES = 3;
const STALL_MS = 5000;

/** Null where the steps are too few, do not advance, or have stalled. `points` by time. */
export function project(points: readonly Point[], { at_ms, used_j, total }: Now): Projection | null {
  const last = points.at(-1);
  if (last === undefined || !(total > 0)) return null;
  const left = Math.max(0, total - last.step);
  const stretches = stretchesOf(points);
  const time = paceOf(stretches.map(({ steps, ms }) => ({ steps, amount: ms / 1000 })));
  if (time === null) return null;
  const since_ms = Math.max(0, at_ms - last.at_ms);
  const slowest_ms = Math.max(...stretches.map(({ ms }) => ms));
  if (left > 0 && since_ms > Math.max(STALL_MS, STALL_TIMES * slowest_ms)) return null;
  const energy = used_j === null ? null : paceOf(stretches.map(({ steps, joules }) => ({ steps, amount: joules })));
  return {
    left_s: atLeast(moved(ahead(time, left), -since_ms / 1000), 0),
    end_j:
      energy === null || last.energy_j === null
        ? null
        : atLeast(moved(ahead(energy, left), last.energy_j), Math.max(used_j!, last.energy_j)),
  };
}

interface Pace {
  readonly mean: number;
  /** Standard deviation of one step. */
  readonly deviation: number;
  /** Steps that it was taken from. */
  readonly steps: number;
}

/** Amount per step over stretches of several steps each: a stretch of k steps varies as k of them do. */
export function paceOf(stretches: readonly { readonly steps: number; readonly amount: number | null }[]): Pace | null {
  if (stretches.length < LEAST_STRETCHES) return null;
  let steps = 0;
  let sum = 0;
  for (const { steps: k, amount } of stretches) {
    if (amount === null) return null;
    steps += k;
    sum += amount;
  }
  const mean = sum / steps;
  const squares = stretches.reduce((s, { steps: k, amount }) => s + (amount! - k * mean) ** 2 / k, 0);
  const deviation = Math.sqrt(squares / (stretches.length - 1));
  return Number.isFinite(mean + deviation) ? { mean, deviation, steps } : null;
}

/** What `left` more steps take. */
function ahead({ mean, deviation, steps }: Pace, left: number): Reach {
  const value = left * mean;
  const off = Z * deviation * Math.sqrt(left + left ** 2 / steps);
  return { value, low: value - off, high: value + off };
}

const moved = ({ value, low, high }: Reach, by: number): Reach => ({
  ...{ value: value + by, low: low + by, high: high + by },
});

const atLeast = ({ value, low, high }: Reach, least: number): Reach => ({
  ...{ value: Math.max(least, value), low: Math.max(least, low), high: Math.max(least, high) },
});

function stretchesOf(points: readonly Point[]): { steps: number; ms: number; joules: number | null }[] {
  return points.slice(1).flatMap((point, i) => {
    const before = points[i]!;
    const steps = point.step - before.step;
    if (!(steps > 0) || point.at_ms < before.at_ms) return []; // a restart: the steps go back
    const joules = point.energy_j === null || before.energy_j === null ? null : point.energy_j - before.energy_j;
    return [{ steps, ms: point.at_ms - before.at_ms, joules }];
  });
}
