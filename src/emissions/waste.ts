// A run's energy over time → by what it was wasted on (pure). Each joule has one cause, the first of CAUSES that holds, or
// none: so causes and the rest add up to the run.
//
// A phase takes all of its time's energy; an idle GPU its own alone, so that the others of that time go on counting.

import type { EnergyIntervals } from './operational.ts';

/** In the order in which they are looked for; the last is of machines, not of runs. */
export const CAUSES = ['failed', 'stopped', 'rework', 'stall', 'data', 'idle', 'plateau', 'unreserved'] as const;
export type Cause = (typeof CAUSES)[number];

/** A GPU that had nothing to do; J spread evenly. */
export interface IdleStretch {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy_j: number;
}

export interface Course {
  /** By time, without overlap. */
  readonly energy: EnergyIntervals;
  /** Phases by their ends, each from the one before. */
  readonly stretches: readonly { readonly label: string; readonly to: number }[];
  readonly idle: readonly IdleStretch[];
  /** From when on the training got no better; null: it did, or nothing tells. */
  readonly plateau_ms: number | null;
  /** By what, and from when on, all came to nothing; absent: it did not. */
  readonly lost?: { readonly cause: Cause; readonly since_ms: number };
}

/** So much energy over a stretch had this cause; null: none that is known. */
export interface Part {
  readonly cause: Cause | null;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy_j: number;
  /** ms of the stretch that are this cause's: stretches of several share their time by energy. */
  readonly ms: number;
}

/** The energy by cause, in order of time; it adds up to all of it. */
export function divided(course: Course): Part[] {
  const { energy, plateau_ms, lost = null } = course;
  const phases = causesOf(course.stretches);
  const levels = levelsOf(course.idle);
  const cuts = [...[...phases, ...levels].map(({ to }) => to), plateau_ms ?? [], lost?.since_ms ?? []].flat();
  const edges = [...new Set(cuts)].sort((a, b) => a - b);
  const out: Part[] = [];
  let [edge, phase, level] = [0, 0, 0];
  for (let i = 0; i < energy.energy_j.length; i++) {
    const [from, to, all_j] = [energy.from_ms[i]!, energy.to_ms[i]!, energy.energy_j[i]!];
    let left_j = all_j;
    for (let at = from; ; ) {
      edge = passed(edges, edge, (one) => one <= at);
      phase = passed(phases, phase, (one) => one.to <= at);
      level = passed(levels, level, (one) => one.to <= at);
      const end = Math.min(to, edges[edge] ?? to);
      const energy_j = end >= to ? left_j : (all_j * (end - at)) / (to - from); // the last takes what is left
      const late = plateau_ms !== null && at >= plateau_ms ? 'plateau' : null;
      const told = {
        cause: lost !== null && at >= lost.since_ms ? lost.cause : (phases[phase]?.cause ?? null),
        late,
        idle_j: (levels[level]?.j_per_ms ?? 0) * (end - at),
      } as const;
      out.push(...partsOf({ from_ms: at, to_ms: end, energy_j }, told));
      if (end >= to) break;
      left_j -= energy_j;
      at = end;
    }
  }
  return out;
}

/** From an index on the first of which it does not hold. */
function passed<T>(list: readonly T[], from: number, is: (one: T) => boolean): number {
  let i = from;
  while (i < list.length && is(list[i]!)) i++;
  return i;
}

interface Told {
  /** Of the phase. */
  readonly cause: Cause | null;
  readonly late: 'plateau' | null;
  /** What idle GPUs drew. */
  readonly idle_j: number;
}

function partsOf(piece: Omit<Part, 'cause' | 'ms'>, { cause, late, idle_j }: Told): Part[] {
  const ms = Math.max(0, piece.to_ms - piece.from_ms);
  const lost_j = cause === null ? Math.min(piece.energy_j, idle_j) : 0;
  if (lost_j <= 0) return [{ ...piece, cause: cause ?? late, ms }];
  const share = lost_j / piece.energy_j;
  const rest_j = piece.energy_j - lost_j;
  const idle: Part = { ...piece, cause: 'idle', energy_j: lost_j, ms: ms * share };
  return rest_j > 0 ? [idle, { ...piece, cause: late, energy_j: rest_j, ms: ms * (1 - share) }] : [idle];
}

const OF_PHASES: Readonly<Record<string, Cause>> = { rework: 'rework', stall: 'stall', data: 'data' };

/** Starting up once is what any run must; again, it is of a restart. */
function causesOf(stretches: Course['stretches']): { cause: Cause | null; to: number }[] {
  let begun = false;
  return stretches.map(({ label, to }) => {
    const again = begun && label === 'startup';
    if (label !== 'startup' && label !== 'paused') begun = true;
    return { cause: again ? 'rework' : (OF_PHASES[label] ?? null), to };
  });
}

/** Power of all idle GPUs together, J/ms, each level up to its `to`. */
function levelsOf(idle: readonly IdleStretch[]): { to: number; j_per_ms: number }[] {
  const changes = idle
    .filter(({ from_ms, to_ms }) => to_ms > from_ms)
    .flatMap(({ from_ms, to_ms, energy_j }) => {
      const j_per_ms = energy_j / (to_ms - from_ms);
      return [
        { at: from_ms, by: j_per_ms, more: 1 },
        { at: to_ms, by: -j_per_ms, more: -1 },
      ];
    })
    .sort((a, b) => a.at - b.at);
  let [j_per_ms, count] = [0, 0];
  return changes.map(({ at, by, more }) => {
    const before = { to: at, j_per_ms };
    count += more;
    j_per_ms = count === 0 ? 0 : j_per_ms + by; // no rest of rounding where none is idle
    return before;
  });
}
