// How often a sensor's value changes and how long a look takes, from looks close to each other (pure).
//
// A change lies somewhere between the beginning of the look that still saw the old value and the end of the one that
// saw the new. So two changes bound the time between them on both sides, and where that time is the same for each pair,
// the medians of the bounds hold it.

/** One look at one sensor: when the call began and ended (ms, any origin), and what it gave. */
export interface Look {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly value: number | null;
}

/** Time between two changes of a sensor's value, ms; `period_ms` lies in [low_ms, high_ms], null = not told. */
export interface Pace {
  readonly period_ms: number | null;
  readonly low_ms: number | null;
  readonly high_ms: number | null;
  readonly changes: number;
  readonly watched_ms: number;
}

/** Two changes give one time between them; fewer than so many of those are no measurement. */
const FEWEST = 3;

/** The pace of a value over these looks, in order. A value that changes at nearly every look is only bounded above. */
export function paceOf(looks: readonly Look[]): Pace {
  const seen = looks.filter(({ value }) => value !== null);
  const watched_ms = seen.length === 0 ? 0 : seen.at(-1)!.to_ms - seen[0]!.from_ms;
  const changes = seen.flatMap((look, i) => {
    const before = seen[i - 1];
    return before === undefined || before.value === look.value ? [] : [{ from: before.from_ms, to: look.to_ms }];
  });
  const pairs = changes.slice(1).map((change, i) => {
    const before = changes[i]!;
    return { low: Math.max(0, change.from - before.to), high: change.to - before.from };
  });
  const none = { period_ms: null, low_ms: null, high_ms: null, changes: changes.length, watched_ms };
  if (pairs.length < FEWEST) return none;
  const low_ms = median(pairs.map(({ low }) => low))!;
  const high_ms = median(pairs.map(({ high }) => high))!;
  const fast = changes.length > 0.8 * (seen.length - 1);
  return { ...none, period_ms: fast ? null : (low_ms + high_ms) / 2, low_ms: fast ? 0 : low_ms, high_ms };
}

/** How long the calls took, ms; null for none. The 95th percentile is the nearest rank. */
export function latencyOf(
  took_ms: readonly number[],
): { readonly median_ms: number; readonly p95_ms: number; readonly reads: number } | null {
  if (took_ms.length === 0) return null;
  const sorted = [...took_ms].sort((a, b) => a - b);
  return { median_ms: median(sorted)!, p95_ms: sorted[Math.ceil(0.95 * sorted.length) - 1]!, reads: sorted.length };
}

/** Mean power in W between the first and last value of a counter in J, or why there is none. */
export function meanPowerW(
  looks: readonly Look[],
  wraps_at_j: number | undefined,
): { readonly value: number } | { readonly value: null; readonly why: string } {
  const seen = looks.filter(({ value }) => value !== null);
  let joules = 0;
  for (const [i, look] of seen.entries()) {
    const rise = i === 0 ? 0 : look.value! - seen[i - 1]!.value!;
    if (rise < 0 && wraps_at_j === undefined)
      return { value: null, why: 'the counter began again while it was watched' };
    joules += rise < 0 ? rise + wraps_at_j! : rise;
  }
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || first === last) return { value: null, why: 'it was read once only' };
  if (joules === 0) return { value: null, why: 'the counter was not seen to move' };
  return { value: joules / ((last!.from_ms + last!.to_ms - first.from_ms - first.to_ms) / 2000) };
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
