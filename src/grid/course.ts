// A chain of series as one course over a span of time: at every instant the first series that knows it counts.
//
// Pieces tile the span without a hole: where no series knows, the piece says so (`which` −1). Linear in the pieces of
// all series, so that what walks along the course never looks at the chain again.

import { fault } from '../core/fault.ts';
import type { IntensitySeries } from './series.ts';

/** Piece i is [edges_ms[i], edges_ms[i + 1]). */
export interface Course {
  readonly edges_ms: Float64Array;
  /** Which series of the chain tells it; −1 where none does. */
  readonly which: Int32Array;
  /** NaN where no series tells. */
  readonly g_per_kwh: Float64Array;
}

/**
 * The course of a chain, best series first, over [from_ms, to_ms), epoch ms, which must be a finite span that is not empty.
 * Throws Fault usage where series of different kind or scope would be mixed.
 */
export function courseOf(chain: readonly IntensitySeries[], from_ms: number, to_ms: number): Course {
  refuseMixture(chain);
  const cursors = chain.map((series) => Math.max(0, lastAtOrBefore(series.from_ms, from_ms)));
  const most = chain.reduce(
    (n, { from_ms: starts }, i) => n + 2 * (lastAtOrBefore(starts, to_ms) - cursors[i]! + 2),
    1,
  );
  const edges_ms = new Float64Array(most + 1);
  const which = new Int32Array(most);
  const g_per_kwh = new Float64Array(most);
  let n = 0;
  for (let at = from_ms; at < to_ms; n++) {
    let until = to_ms;
    edges_ms[n] = at;
    which[n] = -1;
    g_per_kwh[n] = Number.NaN;
    for (let s = 0; s < chain.length; s++) {
      const series = chain[s]!;
      const i = advance(series.from_ms, cursors[s]!, at);
      cursors[s] = i;
      const begins = series.from_ms[i]!; // undefined, which compares as false, in a series without pieces
      if (begins <= at && i + 1 < series.from_ms.length) until = Math.min(until, series.from_ms[i + 1]!);
      if (begins > at) until = Math.min(until, begins);
      if (!(begins <= at && at < series.to_ms[i]!)) continue;
      until = Math.min(until, series.to_ms[i]!);
      which[n] = s;
      g_per_kwh[n] = series.g_per_kwh[i]!;
      break;
    }
    at = until;
  }
  edges_ms[n] = to_ms;
  return { edges_ms: edges_ms.slice(0, n + 1), which: which.slice(0, n), g_per_kwh: g_per_kwh.slice(0, n) };
}

/** Index of the last element ≤ at in an ascending list; −1 where there is none. O(log n). */
function lastAtOrBefore(list: ArrayLike<number>, at: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const NEAR = 8;

/** The same, from where it was last: a few steps on, which is what sorted questions need, else by halving. At least 0. */
export function advance(list: ArrayLike<number>, last: number, at: number): number {
  let i = last;
  if (i < list.length && list[i]! <= at) {
    for (let steps = 0; steps < NEAR; steps++, i++) if (!(list[i + 1]! <= at)) return i;
  }
  return Math.max(0, lastAtOrBefore(list, at));
}

function refuseMixture(chain: readonly IntensitySeries[]): void {
  const [first] = chain;
  const other = chain.find((series) => series.kind !== first!.kind || series.scope !== first!.scope);
  if (first === undefined || other === undefined) return;
  const problem = `cannot mix ${first.kind} ${first.scope} intensity with ${other.kind} ${other.scope} in one account`;
  throw fault('usage', { facts: { problem, hint: 'use series of one kind and one scope' } });
}
