// The cumulative energy of one device over its last seconds, to tell what had been used at any instant in them.

import type { Piece } from './pieces.ts';

const KEPT_MS = 15_000;

export interface Curve {
  push(piece: Piece): void;
  /** J used since the window's start up to at_ms; clamped to what is known. */
  at(at_ms: number): number;
  /** Epoch ms from which on it is still known. */
  readonly since_ms: number;
  /** Epoch ms up to which the curve is known. */
  readonly reached_ms: number;
}

/** An empty curve that begins with 0 J at from_ms (epoch ms). */
export function createCurve(from_ms: number): Curve {
  const points: { at_ms: number; total_j: number }[] = [{ at_ms: from_ms, total_j: 0 }];
  const newest = () => points[points.length - 1]!;
  return {
    push(piece) {
      points.push({ at_ms: piece.to_ms, total_j: newest().total_j + (piece.energy_j ?? 0) });
      let old = 0;
      while (old < points.length - 2 && points[old + 1]!.at_ms < piece.to_ms - KEPT_MS) old++;
      if (old > 100) points.splice(0, old);
    },
    at(at_ms) {
      for (let i = points.length - 1; i >= 0; i--) {
        const point = points[i]!;
        if (point.at_ms > at_ms) continue;
        const next = points[i + 1];
        if (next === undefined) return point.total_j;
        return point.total_j + ((next.total_j - point.total_j) * (at_ms - point.at_ms)) / (next.at_ms - point.at_ms);
      }
      return points[0]!.total_j;
    },
    get since_ms() {
      return points[0]!.at_ms;
    },
    get reached_ms() {
      return newest().at_ms;
    },
  };
}
