// The port of intensity providers: what one offers, as data, and how it is asked.
//
// A driver turns its provider's answers into pieces of time with one value each, in gCO2e/kWh, and nothing else: it fills
// no holes, mixes no kinds and keeps nothing. What a provider does not say is not there.

import type { IntensitySeries } from './series.ts';

export type Kind = IntensitySeries['kind'];
export type Scope = IntensitySeries['scope'];

/** What a provider offers. */
export interface Offer {
  /** As in the configuration and in `provider` of a series: electricity-maps. */
  readonly name: string;
  readonly kind: Kind;
  /** The scopes that can be asked for, the usual one first. */
  readonly scopes: readonly Scope[];
  /** Whether imports are in the mix. */
  readonly basis: 'consumption' | 'production';
  /** Seconds of the shortest piece. */
  readonly step_s: number;
  /** Hours ahead that its forecast reaches; 0: it has none. */
  readonly forecast_h: number;
  /** The longest span that one request answers, in whole hours, ms; longer ones are asked in parts by the driver itself. */
  readonly longest_ms: number;
  /** After so many hours a value is not expected to change; null: for months it may. */
  readonly settled_h: number | null;
  readonly rate: { readonly requests: number; readonly per_s: number };
  readonly source: string;
  readonly licence: string;
  /** Environment variables that hold what it wants to know of us: ELECTRICITY_MAPS_TOKEN. */
  readonly needs: readonly string[];
}

/** One value over [from_ms, to_ms), epoch ms. */
export interface Point {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly g_per_kwh: number;
  readonly quality: 'measured' | 'estimated' | 'forecast';
}

export interface Asked {
  /** As Electricity Maps keys it: DE, US-CAL-CISO. */
  readonly zone: string;
  readonly scope: Scope;
  /** Epoch ms, [from, to). */
  readonly from_ms: number;
  readonly to_ms: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  /** The provider's own name of the zone. */
  readonly region: string;
  /** By time, without overlap, inside what was asked; holes are where the provider knows nothing. */
  readonly points: readonly Point[];
  /** When the provider made a forecast, or last changed these values, epoch ms; null where it does not say. */
  readonly issued_at_ms: number | null;
  /** Sentences for people: values left out and why. */
  readonly notes: readonly string[];
}

/**
 * A driver. Both questions may be asked again and at the same time. Reject with Fault grid-zone (it does not know the zone, or
 * our key has no right to it), grid-refused (our key), grid-busy (429 beyond patience), grid-unreachable, grid-bad (an answer that is none).
 */
export interface IntensityProvider {
  readonly offer: Offer;
  /** What was. A span of which nothing is known gives no points. */
  history(asked: Asked): Promise<Answer>;
  /** What is expected, from the newest forecast; no points where there is none. */
  forecast(asked: Asked): Promise<Answer>;
}

/** Points in order, cut to what was asked: of two for one time the later given counts. */
export function tidy(points: readonly Point[], { from_ms, to_ms }: Span): Point[] {
  const latest = new Map(points.map((point) => [point.from_ms, point]));
  const sorted = [...latest.values()].sort((a, b) => a.from_ms - b.from_ms);
  return sorted.flatMap((point, i) => {
    const next = sorted[i + 1]?.from_ms ?? Number.POSITIVE_INFINITY;
    const from = Math.max(point.from_ms, from_ms);
    const to = Math.min(point.to_ms, to_ms, next);
    return to > from ? [{ ...point, from_ms: from, to_ms: to }] : [];
  });
}

/** [from_ms, to_ms) in Unix time, ms. */
export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** The whole steps of `step_ms` that a span touches: a provider finds a value by its step's start alone. */
export const wholeSteps = ({ from_ms, to_ms }: Span, step_ms: number): Span => ({
  from_ms: Math.floor(from_ms / step_ms) * step_ms,
  to_ms: Math.ceil(to_ms / step_ms) * step_ms,
});

/** A span in parts of at most `longest_ms`. */
export function partsOf({ from_ms, to_ms }: Span, longest_ms: number): Span[] {
  const out: Span[] = [];
  for (let from = from_ms; from < to_ms; from += longest_ms)
    out.push({ from_ms: from, to_ms: Math.min(to_ms, from + longest_ms) });
  return out;
}
