// What is known of a grid at a moment → what is kept of it with a decision: how dirty it is now and by whom, and the forecast as
// it stood, with when that was made.
//
// A forecast is overwritten by the hours that come true, so a decision keeps its own copy of it: at most two days.

import { courseOf } from '../grid/course.ts';
import type { IntensitySeries } from '../grid/series.ts';

export interface GridSeen {
  readonly zone: string;
  readonly provider: string;
  readonly quality: IntensitySeries['quality'];
  readonly g_per_kwh: number;
  /** What was expected to come; null: nothing was foretold. */
  readonly forecast: ForecastSeen | null;
}

export interface ForecastSeen {
  readonly provider: string;
  /** When it was made; null: that is not told. */
  readonly issued_ms: number | null;
  /** From when on, epoch ms, and how much, g/kWh: each until the next. */
  readonly hours: readonly (readonly [from_ms: number, g_per_kwh: number])[];
}

const AHEAD_MS = 48 * 3_600_000;

/** By a chain of series, best first; null where the intensity of the moment is not known. */
export function gridSeen(chain: readonly IntensitySeries[], now_ms: number): GridSeen | null {
  if (chain.length === 0) return null;
  const { edges_ms, which, g_per_kwh } = courseOf(chain, now_ms, now_ms + AHEAD_MS);
  const now = chain[which[0]!];
  if (now === undefined) return null;
  const foretold = [...which.keys()].filter((i) => chain[which[i]!]?.quality === 'forecast');
  const { zone, provider, quality } = now;
  const first = foretold[0];
  if (first === undefined) return { zone, provider, quality, g_per_kwh: g_per_kwh[0]!, forecast: null };
  const by = chain[which[first]!]!;
  return {
    ...{ zone, provider, quality, g_per_kwh: g_per_kwh[0]! },
    forecast: {
      ...{ provider: by.provider, issued_ms: by.issued_at_ms ?? null },
      hours: foretold.map((i) => [Math.round(edges_ms[i]!), g_per_kwh[i]!] as const),
    },
  };
}
