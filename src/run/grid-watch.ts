// Notices that something was kept of a zone's grid, by this run's process that asks or by any other: once a minute at most.

import { stampOf } from '../ledger/grid-store.ts';

const EVERY_MS = 60_000;
/** The first answers come soon after the start. */
const FIRST_MS = 5000;

/** To be called often; calls `changed` when there is news since it was made. Never throws. */
export function createGridWatch(
  { ledger, zones }: { readonly ledger: string; readonly zones: readonly string[] },
  changed: (now_ms: number) => void,
): (now_ms: number) => void {
  let stamp = stampOf(ledger, zones);
  let next_ms: number | null = null;
  return (now_ms) => {
    next_ms ??= now_ms + FIRST_MS;
    if (now_ms < next_ms) return;
    next_ms = now_ms + EVERY_MS;
    try {
      const found = stampOf(ledger, zones);
      if (found === stamp) return;
      stamp = found;
      changed(now_ms);
    } catch {
      // a ledger that cannot be read at this moment, or a zone that has nothing: the chain stays as it is
    }
  };
}
