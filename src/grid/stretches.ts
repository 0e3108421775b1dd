// The course of a fallback chain as stretches that say who tells them, and what they come to: their mean, how a value stands
// against them, when an hour would be cleanest.

import { QUALITIES } from './chain.ts';
import { courseOf } from './course.ts';
import type { Span } from './provider.ts';
import type { IntensityPart, IntensitySeries } from './series.ts';

/** A piece of a course; `of` is the series that it is from. */
export interface Stretch extends Span {
  readonly g_per_kwh: number;
  readonly quality: IntensityPart['quality'];
  readonly provider: string;
  readonly of: IntensitySeries;
}

/** Stretches by time, without overlap, inside `span`; what no series knows is in none. Throws Fault usage as courseOf. */
export function stretchesOf(chain: readonly IntensitySeries[], span: Span): Stretch[] {
  const { edges_ms, which, g_per_kwh } = courseOf(chain, span.from_ms, span.to_ms);
  return Array.from(which).flatMap((one, i): Stretch[] => {
    const of = chain[one];
    if (of === undefined) return [];
    const { quality, provider } = of;
    return [{ from_ms: edges_ms[i]!, to_ms: edges_ms[i + 1]!, g_per_kwh: g_per_kwh[i]!, quality, provider, of }];
  });
}

/** What of `span` no stretch covers. */
export function holesIn(course: readonly Span[], span: Span): Span[] {
  const out: Span[] = [];
  let reached = span.from_ms;
  for (const { from_ms, to_ms } of course) {
    if (from_ms > reached) out.push({ from_ms: reached, to_ms: from_ms });
    reached = to_ms;
  }
  if (reached < span.to_ms) out.push({ from_ms: reached, to_ms: span.to_ms });
  return out;
}

export interface Mean {
  /** By time, of what is known; null where nothing is. */
  readonly mean_g_per_kwh: number | null;
  /** Share of the span that is known, 0..1. */
  readonly coverage: number;
}

type Valued = Span & Pick<Stretch, 'g_per_kwh'>;
type Told = Valued & Pick<Stretch, 'quality'>;

/** g/kWh by time over what of `span` is known, and how much of it that is, 0..1; null where nothing is. */
export function meanOver(course: readonly Valued[], { from_ms, to_ms }: Span): Mean {
  let [known_ms, weighed] = [0, 0];
  for (const piece of course) {
    const ms = Math.min(piece.to_ms, to_ms) - Math.max(piece.from_ms, from_ms);
    if (ms <= 0) continue;
    known_ms += ms;
    weighed += piece.g_per_kwh * ms;
  }
  return { mean_g_per_kwh: known_ms > 0 ? weighed / known_ms : null, coverage: known_ms / (to_ms - from_ms) };
}

/** How a value stands against a course: shares of its known time, 0..1; null where nothing is known. */
export interface Standing {
  readonly cleaner_than: number | null;
  readonly dirtier_than: number | null;
  readonly coverage: number;
}

/** Against what was told hour by hour: the usual course and annual means are no measure. */
export function standing(course: readonly Told[], span: Span, g_per_kwh: number): Standing {
  const told = course.filter(({ quality }) => quality !== 'climatology' && quality !== 'annual');
  const share = (holds: (g: number) => boolean) =>
    meanOver(
      told.map((piece) => ({ ...piece, g_per_kwh: holds(piece.g_per_kwh) ? 1 : 0 })),
      span,
    ).mean_g_per_kwh;
  return {
    cleaner_than: share((g) => g > g_per_kwh),
    dirtier_than: share((g) => g < g_per_kwh),
    coverage: meanOver(told, span).coverage,
  };
}

export interface Start {
  readonly at_ms: number;
  readonly g_per_kwh: number;
  /** Of what it is made, best first. */
  readonly qualities: readonly Stretch['quality'][];
}

/**
 * The start in `span` from which `length_ms` have the lowest mean, the earliest of several; null where no such time is known
 * whole, or all are alike. Of piecewise constant intensity the lowest mean begins or ends at an edge of a piece. An annual mean
 * says nothing of an hour and does not compete.
 */
export function cleanestStart(course: readonly Told[], span: Span, length_ms: number): Start | null {
  const hourly = course.filter(({ quality }) => quality !== 'annual');
  const edges = hourly.flatMap(({ from_ms, to_ms }) => [from_ms, to_ms]);
  const starts = [span.from_ms, ...edges, ...edges.map((edge) => edge - length_ms)]
    .filter((at_ms) => at_ms >= span.from_ms && at_ms + length_ms <= span.to_ms)
    .sort((a, b) => a - b);
  let best: Start | null = null;
  let worst = Number.NEGATIVE_INFINITY;
  for (const at_ms of new Set(starts)) {
    const window = { from_ms: at_ms, to_ms: at_ms + length_ms };
    const inside = hourly.filter(({ from_ms, to_ms }) => to_ms > window.from_ms && from_ms < window.to_ms);
    const { mean_g_per_kwh, coverage } = meanOver(inside, window);
    if (mean_g_per_kwh === null || coverage < 1 - 1e-9) continue;
    worst = Math.max(worst, mean_g_per_kwh);
    if (best !== null && mean_g_per_kwh >= best.g_per_kwh * (1 - 1e-9)) continue;
    const made = QUALITIES.filter((one) => inside.some(({ quality }) => quality === one));
    best = { at_ms, g_per_kwh: mean_g_per_kwh, qualities: made };
  }
  return best === null || worst <= best.g_per_kwh * (1 + 1e-9) ? null : best;
}
