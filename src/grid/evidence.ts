// What tells how far a series of a chain may be off: how old its forecasts are, how many weeks its usual course is the mean
// of, and how even the zone's known hours are. What is not known is left out.

import type { Piece } from './knowledge.ts';
import type { Span } from './provider.ts';
import type { Character, Evidence, IntensitySeries } from './series.ts';

const HOUR_MS = 3_600_000;
/** Fewer known hours show no weekdays and weekends. */
const LEAST_MS = 168 * HOUR_MS;

/** How a grid is, by all that is known of it; null where that is less than a week. Pieces must not overlap. */
export function characterOf(pieces: Iterable<Pick<Piece, 'from_ms' | 'to_ms' | 'g_per_kwh'>>): Character | null {
  let [ms, sum, squares] = [0, 0, 0];
  for (const { from_ms, to_ms, g_per_kwh } of pieces) {
    const weight = to_ms - from_ms;
    const before = ms === 0 ? g_per_kwh : sum / ms;
    ms += weight;
    sum += weight * g_per_kwh;
    squares += weight * (g_per_kwh - before) * (g_per_kwh - sum / ms); // Welford (1962), by weight
  }
  if (!(ms >= LEAST_MS) || !(sum > 0) || !Number.isFinite(ms)) return null;
  const mean_g_per_kwh = sum / ms;
  return { mean_g_per_kwh, variation: Math.sqrt(Math.max(0, squares) / ms) / mean_g_per_kwh };
}

/** Of pieces of one quality, as far as they tell of the span. */
export function evidenceOf(pieces: readonly Piece[], span: Span, known: Character | null): Evidence {
  const lead_ms = average(pieces, span, ({ issued_at_ms, from_ms, to_ms }) =>
    issued_at_ms === undefined ? null : Math.max(0, (from_ms + to_ms) / 2 - issued_at_ms),
  );
  const weeks = average(pieces, span, (piece) => piece.weeks ?? null);
  return {
    ...(known === null ? {} : { known }),
    ...(lead_ms === null ? {} : { lead_h: lead_ms / HOUR_MS }),
    ...(weeks === null ? {} : { weeks }),
  };
}

/** Series of the user's with the chain that follows them: where the chain knows nothing of the zone, they may. */
export function withOwn(own: readonly IntensitySeries[], chain: readonly IntensitySeries[]): IntensitySeries[] {
  const known = characterOfSeries(own);
  const told = chain.map((series): IntensitySeries => {
    if (known === null || series.evidence?.known !== undefined) return series;
    return { ...series, evidence: { ...series.evidence, known } };
  });
  return [...own, ...told];
}

/** Of series that many runs share it is worked out once. */
function characterOfSeries(own: readonly IntensitySeries[]): Character | null {
  const key = own[0]!.g_per_kwh;
  const told = own.length === 1 ? CHARACTERS.get(key) : undefined;
  if (told !== undefined) return told;
  const made = characterOf(own.flatMap((series) => [...piecesOf(series)]));
  if (own.length === 1) CHARACTERS.set(key, made);
  return made;
}
const CHARACTERS = new WeakMap<Float64Array, Character | null>();

function* piecesOf({ from_ms, to_ms, g_per_kwh }: IntensitySeries) {
  for (let i = 0; i < from_ms.length; i++) yield { from_ms: from_ms[i]!, to_ms: to_ms[i]!, g_per_kwh: g_per_kwh[i]! };
}

/** Mean over time of what pieces inside the span tell; null where none does. */
function average(pieces: readonly Piece[], span: Span, of: (piece: Piece) => number | null): number | null {
  let [ms, sum] = [0, 0];
  for (const piece of pieces) {
    const inside = Math.min(piece.to_ms, span.to_ms) - Math.max(piece.from_ms, span.from_ms);
    const value = inside > 0 ? of(piece) : null;
    if (value === null) continue;
    ms += inside;
    sum += inside * value;
  }
  return ms === 0 ? null : sum / ms;
}
