// Pieces of energy and the samples they are made of: trapezoids, cuts, and what points of a counter tell of its moves.

export interface Piece {
  readonly from_ms: number;
  readonly to_ms: number;
  /** J; null where nothing at all is known. */
  readonly energy_j: number | null;
  /** Bounds in J: equal to energy_j unless estimated. */
  readonly low_j: number;
  readonly high_j: number;
  /** Lowest and highest power seen, W; null where nothing is known. */
  readonly min_w: number | null;
  readonly max_w: number | null;
  readonly how: 'counter' | 'gauge';
  /** measured: observed. filled: not watched, but the counter knows. estimated: bounded. unknown: no energy. */
  readonly state: 'measured' | 'filled' | 'estimated' | 'unknown';
  readonly why: GapReason | null;
}

export type GapReason =
  | 'late-first-reading'
  | 'no-last-reading'
  | 'too-far-apart'
  | 'counter-reset'
  | 'wrapped-unseen'
  | 'implausible'
  | 'unreadable'
  | 'never-read';

/** A sample that carries a counter, a power, or both. */
export interface Point {
  at_ms: number;
  energy_j: number | null;
  power_w: number | null;
  /** J that the counter's rise up to here may hold beyond what is seen. */
  hidden_j?: number;
}

/** Trapezoids (or rectangles, for a mean since the last read) between neighbouring samples that carry power. */
export function gauged(points: readonly Point[], gauge: 'instant' | 'mean-since-last'): Piece[] {
  const pieces: Piece[] = [];
  let before: Point | null = null;
  for (const point of points) {
    if (point.power_w === null) return [];
    if (before !== null) {
      const start = gauge === 'instant' ? before.power_w! : point.power_w;
      const energy = ((start + point.power_w) / 2) * ((point.at_ms - before.at_ms) / 1000);
      // Written out: an object put together from parts is slow to make, and this one is made for every sample.
      pieces.push({
        from_ms: before.at_ms,
        to_ms: point.at_ms,
        energy_j: energy,
        low_j: energy,
        high_j: energy,
        min_w: Math.min(start, point.power_w),
        max_w: Math.max(start, point.power_w),
        how: 'gauge',
        state: 'measured',
        why: null,
      });
    }
    before = point;
  }
  return pieces;
}

/** The part of a piece inside [from, to); energy in proportion to time; null where nothing is left. */
export function cutPiece(piece: Piece, from: number, to: number): Piece | null {
  const start = Math.max(piece.from_ms, from);
  const stop = Math.min(piece.to_ms, to);
  if (stop <= start) return null;
  if (start === piece.from_ms && stop === piece.to_ms) return piece;
  const share = (stop - start) / (piece.to_ms - piece.from_ms);
  const energy = piece.energy_j === null ? null : piece.energy_j * share;
  return {
    ...piece,
    from_ms: start,
    to_ms: stop,
    energy_j: energy,
    low_j: piece.low_j * share,
    high_j: piece.high_j * share,
  };
}

/** A stretch of which nothing is known. */
export function unknownPiece(from_ms: number, to_ms: number, why: GapReason): Piece {
  return {
    ...{ from_ms, to_ms, energy_j: null, low_j: 0, high_j: 0, min_w: null, max_w: null },
    ...{ how: 'gauge', state: 'unknown', why },
  };
}

/** The point from `from` on at which the counter's move is known best in time; -1 where there is none or no counter. */
export function clearestMove(points: readonly Point[], from: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < points.length; i++) {
    const [before, point] = [points[i - 1]!, points[i]!];
    if (before.energy_j === null || point.energy_j === null || point.energy_j < before.energy_j) return -1;
    const blur = point.at_ms - before.at_ms;
    if (i < from || point.energy_j === before.energy_j || blur >= least) continue;
    best = i;
    least = blur;
  }
  return best;
}

/** Longest time between neighbouring points, ms; 0 for fewer than two. */
export function widestGap(points: readonly Point[]): number {
  return points.reduce((most, point, i) => (i === 0 ? 0 : Math.max(most, point.at_ms - points[i - 1]!.at_ms)), 0);
}

/** Bound in J on the error of trapezoids outside the window: power may have jumped anywhere between two samples. */
export function outsideDoubt(pieces: readonly Piece[], from: number, to: number): number {
  let joules = 0;
  for (const { from_ms, to_ms, min_w, max_w } of pieces) {
    const outside = Math.max(0, Math.min(to_ms, from) - from_ms) + Math.max(0, to_ms - Math.max(from_ms, to));
    joules += (((max_w ?? 0) - (min_w ?? 0)) / 2) * (outside / 1000);
  }
  return joules;
}

/** J of pieces whose energy is known. */
export function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((s, piece) => s + piece.energy_j!, 0);
}

/** How long before the last point the counter may have changed: the change fell after the point before it. */
export function blurOf(points: readonly Point[]): number {
  return points[points.length - 1]!.at_ms - points[points.length - 2]!.at_ms;
}

/** Lowest power of the points, W; null where none has any. */
export function minOf(points: readonly Point[]): number | null {
  const all = powersOf(points);
  return all.length > 0 ? Math.min(...all) : null;
}

/** Highest power of the points, W; null where none has any. */
export function maxOf(points: readonly Point[]): number | null {
  const all = powersOf(points);
  return all.length > 0 ? Math.max(...all) : null;
}

function powersOf(points: readonly Point[]): number[] {
  return points.flatMap(({ power_w }) => (power_w === null ? [] : [power_w]));
}
