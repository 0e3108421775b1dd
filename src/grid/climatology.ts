// The usual course of a grid: each hour as the mean of the same hour of up to four earlier weeks that are known whole.

import { HOUR_MS, hoursIn, isWhole, knownByHour } from './hours.ts';
import type { Piece } from './knowledge.ts';
import type { Span } from './provider.ts';

export const CLIMATOLOGY_WEEKS = 4;
const WEEK_MS = 168 * HOUR_MS;
/** How far back it looks. */
export const CLIMATOLOGY_REACH_MS = CLIMATOLOGY_WEEKS * WEEK_MS + HOUR_MS;

/** Hours (UTC) that touch `span` and of which at least one earlier week is known; from what was observed alone. */
export function climatology(known: readonly Piece[], span: Span): Piece[] {
  const hours = knownByHour(known);
  return hoursIn(span).flatMap((from_ms): Piece[] => {
    const weeks = Array.from({ length: CLIMATOLOGY_WEEKS }, (_, k) => hours.get(from_ms - (k + 1) * WEEK_MS));
    const told = weeks.filter(isWhole);
    if (told.length === 0) return [];
    const g_per_kwh = told.reduce((sum, { grams, ms }) => sum + grams / ms, 0) / told.length;
    const retrieved_at_ms = Math.max(...told.map((hour) => hour.retrieved_at_ms));
    return [
      { from_ms, to_ms: from_ms + HOUR_MS, g_per_kwh, quality: 'estimated', retrieved_at_ms, weeks: told.length },
    ];
  });
}
