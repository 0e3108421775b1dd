// Which time is told, in stretches of which length: the shortest of a ladder that is no more than so many.

import type { EnergyFiles } from '../../ledger/energy-files.ts';
import type { Reach } from '../../ledger/rollup.ts';
import type { RunEntry } from '../../ledger/runs.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
/** ms; roll-ups fill all but the shortest a whole number of times. */
const LADDER: readonly number[] = [
  ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000].map((n) => n * DAY),
];

export interface Window extends Reach {
  readonly stretch_ms: number;
}

/** What of [from, to) lies within the run, in `points` stretches at most; nothing of it: an empty time at the run's nearer end. */
export function windowOf(
  run: Reach,
  asked: { readonly from?: number | undefined; readonly to?: number | undefined },
  points: number,
): Window {
  const within = (at: number) => Math.min(run.to_ms, Math.max(run.from_ms, at));
  const from_ms = within(asked.from ?? run.from_ms);
  const to_ms = Math.max(from_ms, within(asked.to ?? run.to_ms));
  const fits = (one: number) => countOf({ from_ms, to_ms, stretch_ms: one }) <= points;
  const stretch_ms = LADDER.find(fits) ?? LADDER.at(-1)!;
  return { from_ms, to_ms, stretch_ms };
}

export const countOf = ({ from_ms, to_ms, stretch_ms }: Window): number =>
  to_ms <= from_ms ? 0 : Math.ceil(to_ms / stretch_ms) - Math.floor(from_ms / stretch_ms);

/** Edges of the stretches, one more than there are of them. */
export function edgesOf(window: Window): number[] {
  const { from_ms, to_ms, stretch_ms } = window;
  const first = Math.floor(from_ms / stretch_ms);
  const n = countOf(window);
  return Array.from({ length: n + 1 }, (_, i) => (i === 0 ? from_ms : Math.min(to_ms, (first + i) * stretch_ms)));
}

/** From its start, or its first row, to its end or its last row, in whole ms. */
export function reachOf(entry: RunEntry, { writers }: EnergyFiles): Reach {
  const rows = writers.flatMap(({ reach }) => reach ?? []);
  const starts = [...entry.writers.map(({ record }) => record.started_at_ms), ...rows.map(({ from_ms }) => from_ms)];
  const ends = [...entry.writers.flatMap(({ end }) => end?.ended_at_ms ?? []), ...rows.map(({ to_ms }) => to_ms)];
  const from_ms = Math.floor(starts.length === 0 ? entry.record.created_at_ms : Math.min(...starts));
  return { from_ms, to_ms: Math.max(from_ms, Math.ceil(Math.max(from_ms, ...ends))) };
}
