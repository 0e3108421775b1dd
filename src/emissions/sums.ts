// Sums of one line of many accounts, with their interval: causes that accounts share add linearly, those of each run alone in
// quadrature (pure).
//
// A sum in which something is not known is not known either; it says what the known part is and how many leave it open.

import { type Figure, isKnown } from '../core/figure.ts';
import { ALIASING, CUT, DISAGREEMENT, EDGES, GAPS, PACE } from './errors.ts';

/** A sum: a figure, or what is known of it, `low` to `high` being of that. */
export type SumJson =
  | { readonly value: number; readonly low: number; readonly high: number }
  | {
      readonly value: null;
      readonly why: string;
      readonly known: number;
      readonly low: number;
      readonly high: number;
      readonly unknown_runs: number;
    };

/** Causes that lie in one run's own readings: nothing of them is common to two runs. */
const OWN = new Set([GAPS, EDGES, DISAGREEMENT, ALIASING, PACE, CUT].map(({ id }) => id));

export interface Sum {
  /** A run's figure; of one that is not known, `known` is the part of it that is. */
  add(run: string, figure: Figure, known: number): void;
  json(): SumJson;
}

/** Nothing yet: exactly 0. */
export function createSum(): Sum {
  let value = 0;
  const shared = new Map<string, { down: number; up: number }>();
  const unknown = new Map<string, string>();
  return {
    add(run, figure, known) {
      if (!isKnown(figure)) {
        value += known;
        if (!unknown.has(run)) unknown.set(run, figure.why);
        return;
      }
      value += figure.value;
      for (const [cause, reach] of figure.terms) {
        const id = OWN.has(cause) ? `${cause} ${run}` : cause;
        const held = shared.get(id);
        if (held === undefined) shared.set(id, { ...reach });
        else {
          held.down += reach.down;
          held.up += reach.up;
        }
      }
    },
    json() {
      let [below, above] = [0, 0];
      for (const { down, up } of shared.values()) {
        below += Math.min(down, up, 0) ** 2;
        above += Math.max(down, up, 0) ** 2;
      }
      const ends = { low: Math.max(0, value - Math.sqrt(below)), high: value + Math.sqrt(above) };
      if (unknown.size === 0) return { value, ...ends };
      return { value: null, why: whyOf(unknown), known: value, ...ends, unknown_runs: unknown.size };
    },
  };
}

/** The most frequent reason, and how many others there are. */
function whyOf(unknown: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>();
  for (const why of unknown.values()) counts.set(why, (counts.get(why) ?? 0) + 1);
  const [[first, count]] = [...counts].sort((a, b) => b[1] - a[1]) as [[string, number]];
  const runs = `${unknown.size} run${unknown.size === 1 ? '' : 's'}`;
  return counts.size === 1 ? `of ${runs}: ${first}` : `of ${runs}, ${count} of them: ${first}`;
}
