// A grid intensity over time: half-open pieces, each with one value, from one provider, of one kind and scope.

export interface IntensityPart {
  /** As Electricity Maps keys it; '' where a file does not say. */
  readonly zone: string;
  readonly provider: string;
  readonly kind: 'average' | 'marginal';
  readonly scope: 'direct' | 'lifecycle';
  readonly quality: 'measured' | 'estimated' | 'forecast' | 'climatology' | 'annual';
}

export interface IntensitySeries extends IntensityPart {
  /** Start of each piece, epoch ms, strictly ascending; an annual series is one piece without beginning or end. */
  readonly from_ms: Float64Array;
  readonly to_ms: Float64Array;
  readonly g_per_kwh: Float64Array;
  readonly source: string;
  readonly licence: string;
  readonly year: number | null;
  /** The country whose mean it is, where it stands in for that of its part; absent otherwise. */
  readonly mean_of?: string;
  /** When the newest of its values was retrieved, epoch ms; absent of tables and of people's own series. */
  readonly retrieved_at_ms?: number;
  /** Of a forecast: when the newest of its values was made; absent where that is not told. */
  readonly issued_at_ms?: number;
  /** What tells how far its values may be off; absent where nothing does. */
  readonly evidence?: Evidence;
}

export interface Evidence {
  /** Of the zone's hours that are known. */
  readonly known?: Character;
  /** Of a forecast: h from its making to what it is used for, on average. */
  readonly lead_h?: number;
  /** Of a climatology: earlier weeks that it is the mean of, on average. */
  readonly weeks?: number;
}

/** How a grid is: its level, and how uneven its hours are. */
export interface Character {
  readonly mean_g_per_kwh: number;
  /** Standard deviation ÷ mean. */
  readonly variation: number;
}

/** gCO2e/kWh at an instant; null in holes and outside. O(log n). */
export function intensityAt({ from_ms, to_ms, g_per_kwh }: IntensitySeries, at_ms: number): number | null {
  let low = 0;
  let high = from_ms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (from_ms[middle]! <= at_ms) low = middle + 1;
    else high = middle;
  }
  const i = low - 1;
  return i >= 0 && at_ms < to_ms[i]! ? g_per_kwh[i]! : null;
}

/** The longest step in ms, counted from the epoch, that no breakpoint of these falls inside; null where they have none. */
export function gridStepMs(...all: readonly Record<'from_ms' | 'to_ms', ArrayLike<number>>[]): number | null {
  const step = all.reduce((common, { from_ms, to_ms }) => gcd(gcd(common, stepOf(from_ms)), stepOf(to_ms)), 0);
  return step === 0 ? null : step;
}

/** Of edges that many runs share it is worked out once; 0 where there are none. */
function stepOf(edges: ArrayLike<number>): number {
  const known = STEPS.get(edges);
  if (known !== undefined) return known;
  let step = 0;
  for (const edge of Array.from(edges)) if (Number.isFinite(edge)) step = gcd(step, Math.abs(Math.round(edge)));
  STEPS.set(edges, step);
  return step;
}
const STEPS = new WeakMap<ArrayLike<number>, number>();

/** Greatest common divisor; 0 is no number at all. */
function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** What of a series lies within [from_ms, to_ms); null where that is nothing. */
export function clipped(series: IntensitySeries, from_ms: number, to_ms: number): IntensitySeries | null {
  const [first, end] = [firstAbove(series.to_ms, from_ms), firstAbove(series.from_ms, to_ms, true)];
  if (first >= end) return null;
  const kept = {
    ...series,
    ...{ from_ms: series.from_ms.slice(first, end), to_ms: series.to_ms.slice(first, end) },
    g_per_kwh: series.g_per_kwh.slice(first, end),
  };
  kept.from_ms[0] = Math.max(kept.from_ms[0]!, from_ms);
  kept.to_ms[end - first - 1] = Math.min(kept.to_ms[end - first - 1]!, to_ms);
  return kept;
}

/** Index of the first element of an ascending list that is above `at`, or not below it; its length where there is none. */
function firstAbove(list: Float64Array, at: number, orEqual = false): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (orEqual ? list[middle]! >= at : list[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
