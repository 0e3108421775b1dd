// How the end of a run looked at moments before somebody looked: its rows so far in coarse stretches, and the account that a run
// keeps, fed again in order.
//
// Bounded memory. The grid is as it is known now, and steps are those that a window keeps: near to what was said then, not the same.

import { type Course, createCourseLog } from '../decide/course-log.ts';
import { reachOf } from '../decide/expected.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { RunRecord } from '../ledger/records.ts';
import { createLiveAccount, createStepWindow, type LiveRow, type Steps } from '../run/live-account.ts';

export interface Past {
  /** A row of a charged device, in any order. */
  add(row: Pick<LiveRow, 'from_ms' | 'to_ms' | 'energy_j'>): void;
  /** Energy and emissions at so many moments up to `to_ms`, oldest first. */
  courses(of: { readonly chain: readonly IntensitySeries[]; readonly steps: Steps; readonly to_ms: number }): Course[];
}

const MOST_STRETCHES = 1024;
const MOST_LOOKS = 128;
const DEVICE = 'charged';

export function createPast(run: Pick<RunRecord, 'pue' | 'work'>): Past {
  let wide_ms = 1000;
  let joules = new Map<number, number>();
  const put = (place: number, energy_j: number) => joules.set(place, (joules.get(place) ?? 0) + energy_j);
  return {
    add({ from_ms, to_ms, energy_j }) {
      if (energy_j === null) return;
      // A gap that was filled is longer than a stretch.
      for (let at = from_ms; at < to_ms; ) {
        const place = Math.floor(at / wide_ms);
        const until = Math.min(to_ms, (place + 1) * wide_ms);
        put(place, (energy_j * (until - at)) / (to_ms - from_ms));
        at = until;
      }
      if (joules.size <= MOST_STRETCHES) return;
      const before = joules;
      joules = new Map();
      wide_ms *= 2;
      for (const [place, energy_j] of before) put(Math.floor(place / 2), energy_j);
    },
    courses({ chain, steps, to_ms }) {
      const stretches = [...joules].sort(([a], [b]) => a - b);
      const every = Math.max(1, Math.ceil(stretches.length / MOST_LOOKS));
      const account = createLiveAccount(chain, run);
      const window = createStepWindow();
      const log = createCourseLog();
      let line = 0;
      for (const [i, [place, energy_j]] of stretches.entries()) {
        const [from_ms, at_ms] = [place * wide_ms, (place + 1) * wide_ms];
        if (at_ms > to_ms) break; // it is not over
        account.row({ device: DEVICE, from_ms, to_ms: at_ms, energy_j, quality: 'measured' });
        for (; line < steps.rows.length && steps.rows[line]!.at_ms <= at_ms; line++) window.add(steps.rows[line]!);
        if (i % every !== 0) continue;
        const told = { rows: window.rows, total: steps.total, ...(steps.held && { held: steps.held }) };
        const figures = account.figures(CHARGED, at_ms, told);
        const end_j = figures.projection?.end_j ?? null;
        log.add('energy', { at_ms, spent: figures.energy_j, end: end_j && reachOf(end_j) });
        log.add('emissions', { at_ms, spent: figures.emissions_g, end: figures.end_g });
      }
      return [...log.courses];
    },
  };
}

const CHARGED: ReadonlySet<string> = new Set([DEVICE]);
