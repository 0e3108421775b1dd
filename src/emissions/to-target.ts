// A metric as it was logged along the energy used → how much energy, time and emissions it took to reach a target.
//
// Linear between logged points. The first crossing counts, also where the metric falls back later; where in a wide step
// between two points it really lay is not known, so the step's ends are the bounds.

export interface Target {
  readonly metric: string;
  readonly value: number;
  /** Whether it is reached from above (a loss) or from below (an accuracy). */
  readonly from: 'above' | 'below';
}

/** The metric at an instant, with what the run had used up by then. */
export interface MetricPoint {
  readonly at_ms: number;
  readonly step: number | null;
  readonly value: number;
  readonly energy_j: number;
  /** gCO2e before overheads; null where not known. */
  readonly emissions_g: number | null;
}

/** One quantity at the crossing, and at the logged points around it. */
export interface Crossing {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export type Reached =
  | { readonly at_ms: Crossing; readonly energy_j: Crossing; readonly emissions_g: Crossing | null; readonly why: null }
  | { readonly at_ms: null; readonly why: string };

/** Points in order of time; `since_ms` is when the run began. */
export function reachedAt(points: readonly MetricPoint[], target: Target, since_ms: number): Reached {
  const { metric, value: wanted, from } = target;
  const [first] = points;
  if (first === undefined) return { at_ms: null, why: `no ${metric} was logged` };
  const there = ({ value }: MetricPoint) => (from === 'above' ? value <= wanted : value >= wanted);
  const i = points.findIndex(there);
  if (i < 0) return { at_ms: null, why: nearest(points, target) };
  const after = points[i]!;
  const before = i === 0 ? after : points[i - 1]!;
  const share = after.value === before.value ? 1 : (wanted - before.value) / (after.value - before.value);
  const crossing = (a: number, b: number): Crossing => ({ value: a + share * (b - a), low: a, high: b });
  // Where the first point is there already, nobody saw when it came: at most what was used by then.
  const since = (b: number, a: number, start = 0): Crossing =>
    i === 0 ? { value: b, low: start, high: b } : crossing(a, b);
  return {
    at_ms: since(after.at_ms, before.at_ms, since_ms),
    energy_j: since(after.energy_j, before.energy_j),
    emissions_g:
      before.emissions_g === null || after.emissions_g === null ? null : since(after.emissions_g, before.emissions_g),
    why: null,
  };
}

function nearest(points: readonly MetricPoint[], { metric, value, from }: Target): string {
  const best = points.reduce((a, b) => ((from === 'above' ? b.value < a.value : b.value > a.value) ? b : a));
  const at = best.step === null ? '' : ` at step ${best.step}`;
  const words = from === 'above' ? 'down to' : 'up to';
  return `${metric} came ${words} ${Number(best.value.toPrecision(4))}${at}, ${value} was not reached`;
}

/** Metrics of which less is better, by a part of their name. */
const LOWER =
  /(^|[^a-z])(loss|losses|perplexity|ppl|error|err|wer|cer|mse|mae|rmse|nll|bpb|bpc|fid|regret|time|latency)([^a-z]|$)/i;

/** Whether less of a metric is wanted: losses and errors, by their name. */
export const lowerIsBetter = (metric: string): boolean => LOWER.test(metric);
