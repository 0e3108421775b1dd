// Tells values that are counted in steps from those counted in something smaller, such as epochs: many a loop writes both
// into one event file, each under a number of its own.
//
// A tag whose own number grows below what others have reached is on another axis. Only where its own number falls has
// the job gone back.

/** Of how many tags the number is remembered. */
const MOST_TAGS = 1000;

/** Says of each value, in the order in which they were written, whether its number is a step. */
export function createAxis(): (tag: string, number: number) => boolean {
  const last = new Map<string, number>();
  const elsewhere = new Set<string>();
  let furthest = Number.NEGATIVE_INFINITY;
  return (tag, number) => {
    const before = last.get(tag);
    if (before !== undefined || last.size < MOST_TAGS) last.set(tag, number);
    if (elsewhere.has(tag)) return false;
    if (number < furthest && (before === undefined || number > before)) {
      if (elsewhere.size < MOST_TAGS) elsewhere.add(tag);
      return false;
    }
    furthest = number;
    return true;
  };
}
