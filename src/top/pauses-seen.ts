// Events of when a run was held, and rows of energy, as they are read → how long it had stood by an instant, and what it drew
// meanwhile: what its steps did not take.
//
// A row that is read before the event of its pause counts as work: a second or so of a pause that has just begun.

import type { EventRow } from '../ledger/records.ts';
import { PAUSED, type Pause, pausesOf, RESUMED } from '../report/paused.ts';

export interface PausesSeen {
  event(row: EventRow): void;
  /** Of a charged device. */
  energy(row: { readonly from_ms: number; readonly to_ms: number; readonly energy_j: number | null }): void;
  /** Until then, of a run that was seen up to `now_ms`. */
  by(at_ms: number, now_ms: number): { readonly s: number; readonly energy_j: number };
}

export function createPausesSeen(): PausesSeen {
  const events: EventRow[] = [];
  const drawn = new Map<number, number>();
  let open: readonly Pause[] = [];
  const pausesBy = (to: number) => pausesOf(events, { from: Number.NEGATIVE_INFINITY, to });
  return {
    event(row) {
      if (row.event !== PAUSED && row.event !== RESUMED) return;
      events.push(row);
      open = pausesBy(Number.POSITIVE_INFINITY);
    },
    energy({ from_ms, to_ms, energy_j }) {
      for (const pause of open) {
        const inside = Math.min(to_ms, pause.to_ms) - Math.max(from_ms, pause.from_ms);
        if (inside <= 0 || energy_j === null) continue;
        drawn.set(pause.from_ms, (drawn.get(pause.from_ms) ?? 0) + (energy_j * inside) / (to_ms - from_ms));
      }
    },
    by(at_ms, now_ms) {
      let [s, energy_j] = [0, 0];
      for (const { from_ms, to_ms } of pausesBy(now_ms)) {
        if (from_ms >= at_ms) continue;
        s += (Math.min(at_ms, to_ms) - from_ms) / 1000;
        energy_j += drawn.get(from_ms) ?? 0; // no step is told of within one
      }
      return { s, energy_j };
    },
  };
}
