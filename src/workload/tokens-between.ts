// The tokens that a run did in a stretch of time, from its progress: what lies between two lines of its log is shared out evenly.
//
// While it goes on the next line is still to come: until that is due tokens go on as they did between the last two. Else the
// energy since the last line would count for none, and a run with a line a minute would seem twice as bad as it is.

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

/** The last stretch of a log in which tokens were told, for tokensBy; null where none are. `started_ms` is when the run began. */
export interface TokenPace {
  readonly last_ms: number;
  readonly tokens: number;
  /** What that stretch took, and how many tokens. */
  readonly stretch_ms: number;
  readonly more: number;
}

export function tokenPace(progress: readonly Progress[], started_ms: number): TokenPace | null {
  const told = progress.flatMap(({ at_ms, tokens }) => (tokens === null ? [] : [{ at_ms, tokens }]));
  const last = told.at(-1);
  if (last === undefined) return null;
  const before = told.findLast(({ tokens }) => tokens < last.tokens) ?? { at_ms: started_ms, tokens: 0 };
  return {
    ...{ last_ms: last.at_ms, tokens: last.tokens },
    ...{ stretch_ms: last.at_ms - before.at_ms, more: last.tokens - before.tokens },
  };
}

/** Tokens by a moment of a run that goes on: no more than one further stretch, however long the log is silent. */
export function tokensBy({ last_ms, tokens, stretch_ms, more }: TokenPace, now_ms: number): number {
  const share = stretch_ms > 0 ? Math.min(1, Math.max(0, now_ms - last_ms) / stretch_ms) : 0;
  return tokens + more * share;
}
