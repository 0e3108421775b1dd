// The tokens that a run did in a stretch of time, from its progress: what lies between two lines of its log is shared out evenly.

import type { Progress } from './work.ts';

/** Epoch ms: [from_ms, to_ms); null: since ever. `started_ms` is when the run began, with no tokens done. */
export interface TokenStretch {
  readonly from_ms: number | null;
  readonly to_ms: number;
  readonly started_ms: number;
}

/** Null where the log tells no tokens. */
export function tokensBetween(
  progress: readonly Progress[],
  { from_ms, to_ms, started_ms }: TokenStretch,
): number | null {
  const told = progress.flatMap(({ at_ms, tokens }) => (tokens === null ? [] : [{ at_ms, tokens }]));
  if (told.length === 0) return null;
  const points = [{ at_ms: Math.min(started_ms, told[0]!.at_ms), tokens: 0 }, ...told];
  const by = (at_ms: number): number => {
    const next = points.findIndex((point) => point.at_ms >= at_ms);
    if (next === 0) return 0;
    if (next < 0) return points.at(-1)!.tokens;
    const [a, b] = [points[next - 1]!, points[next]!];
    return a.tokens + ((b.tokens - a.tokens) * (at_ms - a.at_ms)) / (b.at_ms - a.at_ms);
  };
  return by(to_ms) - (from_ms === null ? 0 : by(from_ms));
}
