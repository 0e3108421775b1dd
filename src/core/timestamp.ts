// Times as people's files write them: ISO 8601 with a zone, or epoch seconds or milliseconds. Micro- and nanoseconds are
// not guessed at: as milliseconds they lie thousands of years ahead, and that is refused.

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})$/i;
const NUMBER = /^\d+(?:\.\d+)?$/;
/** Epoch numbers below are seconds (up to the year 5138), from it on milliseconds (from 1973). */
const FIRST_MS = 1e11;
/** Of the year 2100, and later than any reading. */
const TOO_LATE_MS = Date.UTC(2100, 0);

/** 2024-05-01, UTC. */
export const dayOf = (at_ms: number): string => new Date(at_ms).toISOString().slice(0, 10);

/** 2024-05-01T13:00Z */
export const minuteOf = (at_ms: number): string => `${new Date(at_ms).toISOString().slice(0, 16)}Z`;

/** As an ISO time to the second: "2024-05-01T13:00:07Z". */
export const secondOf = (at_ms: number): string => `${new Date(at_ms).toISOString().slice(0, 19)}Z`;

/** What a time must be, for messages that refuse one. */
export const TIME_FORMS = 'neither ISO 8601 with a zone nor epoch seconds or milliseconds';

/** Epoch ms; null for anything else, a time without a zone included. */
export function parseTimestamp(text: string): number | null {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) {
    const value = Number(trimmed);
    const at = value < FIRST_MS ? value * 1000 : value;
    return at < TOO_LATE_MS ? at : null;
  }
  if (!ISO.test(trimmed)) return null;
  const at = Date.parse(
    trimmed
      .replace(' ', 'T')
      .replace(/\s/g, '')
      .replace(/([+-]\d{2})(\d{2})$/, '$1:$2'),
  );
  return Number.isNaN(at) ? null : at;
}
