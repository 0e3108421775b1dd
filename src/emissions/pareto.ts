// Choices with several costs each → those that no other is better than in everything, and the knee of two of the costs.
//
// The knee is the point furthest from the chord between the ends, both axes taken from 0 to 1 (V. Satopää, J. Albrecht,
// D. Irwin and B. Raghavan, "Finding a 'Kneedle' in a Haystack", ICDCS Workshops 2011): from there on a little more of
// the one costs much more of the other.

/** Costs, of which less is better: turn round what is wanted. All of one length. */
export type Costs = readonly number[];

/** Whether a is at least as good in everything and better in something. */
export function dominates(a: Costs, b: Costs): boolean {
  return a.every((x, i) => x <= b[i]!) && a.some((x, i) => x < b[i]!);
}

/** For each the first of those that dominate it and are on the front themselves; null of those on the front. */
export function dominatedBy(points: readonly Costs[]): (number | null)[] {
  const front = points.map((own) => !points.some((other) => dominates(other, own)));
  return points.map((own, i) => (front[i] ? null : points.findIndex((other, j) => front[j]! && dominates(other, own))));
}

/** The index of the knee of points on a front of two costs; null for fewer than three different ones, and for a straight line. */
export function kneeOf(points: readonly Costs[]): number | null {
  const left = extent(points.map(([x]) => x!));
  const right = extent(points.map(([, y]) => y!));
  if (left.width === 0 || right.width === 0) return null;
  // From (0, 1) to (1, 0): below the chord a point is better than a mixture of the ends.
  const gain = points.map(([x, y]) => 1 - (x! - left.least) / left.width - (y! - right.least) / right.width);
  const most = Math.max(...gain);
  return most > 1e-9 ? gain.indexOf(most) : null;
}

function extent(values: readonly number[]): { least: number; width: number } {
  const least = Math.min(...values);
  return { least, width: Math.max(...values) - least };
}
