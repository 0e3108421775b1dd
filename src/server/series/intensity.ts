// The intensity that a run is accounted with, over the time that is told: steps of its chain, the best known first.
//
// More pieces than can be shown are put together by stretches: their mean over time, the least and the most.

import { courseOf } from '../../grid/course.ts';
import type { IntensitySeries } from '../../grid/series.ts';
import type { Series } from '../contract/series.ts';

type Intensity = NonNullable<Series['intensity']>;
type Piece = {
  from: number;
  to: number;
  mean: number | null;
  min: number | null;
  max: number | null;
  part: number | null;
};

export function intensityOf(
  { series, none }: { readonly series: readonly IntensitySeries[]; readonly none: string | null },
  edges_ms: readonly number[],
): Intensity {
  const [from, to] = [edges_ms[0]!, edges_ms.at(-1)!];
  const course = series.length === 0 || to <= from ? null : courseOf(series, from, to);
  const all: Piece[] =
    course === null
      ? []
      : Array.from(course.which, (which, i) => {
          const value = which < 0 ? null : course.g_per_kwh[i]!;
          return {
            from: course.edges_ms[i]!,
            to: course.edges_ms[i + 1]!,
            mean: value,
            min: value,
            max: value,
            part: which < 0 ? null : which,
          };
        });
  const pieces = all.length <= Math.max(2, edges_ms.length) ? all : together(all, edges_ms);
  const [first] = series;
  return {
    kind: first?.kind ?? null,
    scope: first?.scope ?? null,
    parts: series.map(({ zone, provider, quality, source, year }) => ({ zone, provider, quality, source, year })),
    from_ms: pieces.map((piece) => piece.from),
    to_ms: pieces.map((piece) => piece.to),
    g_per_kwh: pieces.map(({ mean }) => mean),
    min_g_per_kwh: pieces.map(({ min }) => min),
    max_g_per_kwh: pieces.map(({ max }) => max),
    part: pieces.map(({ part }) => part),
    why:
      none ?? (pieces.some(({ mean }) => mean === null) ? 'no series of the chain reaches over all of the time' : null),
  };
}

/** One piece a stretch; unknown where most of it is. */
function together(pieces: readonly Piece[], edges_ms: readonly number[]): Piece[] {
  let next = 0;
  return edges_ms.slice(0, -1).map((from, i): Piece => {
    const to = edges_ms[i + 1]!;
    while (pieces[next] !== undefined && pieces[next]!.to <= from) next++;
    let [known_ms, sum] = [0, 0];
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const by_part = new Map<number, number>();
    for (let k = next; k < pieces.length && pieces[k]!.from < to; k++) {
      const { mean, part, ...piece } = pieces[k]!;
      const ms = Math.min(to, piece.to) - Math.max(from, piece.from);
      if (mean === null || part === null || ms <= 0) continue;
      known_ms += ms;
      sum += mean * ms;
      [min, max] = [Math.min(min, mean), Math.max(max, mean)];
      by_part.set(part, (by_part.get(part) ?? 0) + ms);
    }
    if (known_ms < (to - from) / 2) return { from, to, mean: null, min: null, max: null, part: null };
    const [part] = [...by_part].reduce((a, b) => (b[1] > a[1] ? b : a));
    return { from, to, mean: sum / known_ms, min, max, part };
  });
}
