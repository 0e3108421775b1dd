// From the ledger's `window` events to windows: begin, end, and the energy charged at both.

import type { EventRow } from '../ledger/records.ts';

export interface WindowUse {
  readonly path: string;
  readonly from_ms: number;
  readonly to_ms: number;
  /** J charged by the writer at its edges; null where that is not known. */
  readonly from_it_j: number | null;
  readonly to_it_j: number | null;
}

/** The windows among a run's events; what is damaged is left out. */
export function windowsOf(events: readonly EventRow[]): WindowUse[] {
  return events.flatMap(({ event, at_ms, message, facts }) => {
    if (event !== 'window' || facts === undefined) return [];
    const { path, from_ms, to_ms, from_it_j, to_it_j } = facts;
    if (typeof from_ms !== 'number' || typeof to_ms !== 'number' || from_ms > to_ms) return [];
    // The event's own time is moved where the host's clock is known to be off, and so are the edges.
    const moved = at_ms - to_ms;
    const edges = { from_it_j: numberOf(from_it_j), to_it_j: numberOf(to_it_j) };
    return [{ path: typeof path === 'string' ? path : message, from_ms: from_ms + moved, to_ms: at_ms, ...edges }];
  });
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
