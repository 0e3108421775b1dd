// Pieces of any length by the UTC hours that they touch.

import type { Piece } from './knowledge.ts';
import type { Span } from './provider.ts';

export const HOUR_MS = 3_600_000;

/** What is known of an hour. */
export interface Hour {
  /** g/kWh × ms over the known part. */
  readonly grams: number;
  /** How much of the hour is known. */
  readonly ms: number;
  /** The latest retrieval in it. */
  readonly retrieved_at_ms: number;
}

/** Starts of the whole hours that touch a span, ascending. */
export function hoursIn({ from_ms, to_ms }: Span): number[] {
  const out: number[] = [];
  for (let hour = Math.floor(from_ms / HOUR_MS) * HOUR_MS; hour < to_ms; hour += HOUR_MS) out.push(hour);
  return out;
}

/** By the hour's start, ms of Unix time; pieces must not overlap. */
export function knownByHour(pieces: readonly Piece[]): Map<number, Hour> {
  const hours = new Map<number, Hour>();
  for (const piece of pieces) {
    for (const hour of hoursIn(piece)) {
      const ms = Math.min(piece.to_ms, hour + HOUR_MS) - Math.max(piece.from_ms, hour);
      const held = hours.get(hour);
      hours.set(hour, {
        grams: (held?.grams ?? 0) + piece.g_per_kwh * ms,
        ms: (held?.ms ?? 0) + ms,
        retrieved_at_ms: Math.max(held?.retrieved_at_ms ?? 0, piece.retrieved_at_ms),
      });
    }
  }
  return hours;
}

/** Whether all of an hour is known. */
export const isWhole = (hour: Hour | undefined): hour is Hour => hour !== undefined && hour.ms >= HOUR_MS;
