// Which zones and hours are shown, as the address says it: ?zone=DE&zone=FR&days=2&ahead=24&long=6.

import type { Span } from './grid-hours.ts';

export const DAYS = [1, 2, 7, 14] as const;
export const AHEAD_H = [24, 48] as const;
export const LONG_H = [1, 2, 4, 6, 12, 24] as const;

export interface Asked {
  /** None: those that the ledger knows. */
  readonly zones: readonly string[];
  readonly days: number;
  readonly ahead_h: number;
  /** Of the load whose cleanest start is looked for. */
  readonly long_h: number;
}

export function askedOf(query: URLSearchParams): Asked {
  const one = (name: string, of: readonly number[], usual: number) => {
    const value = Number(query.get(name));
    return of.includes(value) ? value : usual;
  };
  return {
    zones: [...new Set(query.getAll('zone').filter((zone) => zone !== ''))],
    ...{ days: one('days', DAYS, 2), ahead_h: one('ahead', AHEAD_H, 24), long_h: one('long', LONG_H, 6) },
  };
}

export const pathOf = (zone: string, { from_ms, to_ms }: Span): string =>
  `/api/grid/${encodeURIComponent(zone)}?from_ms=${from_ms}&to_ms=${to_ms}`;
