// When a run was held, from its events, and its phases with that time as `paused`.
//
// A log knows nothing of a pause: what it tells is read as if the clock had stood meanwhile, and the pauses are put back in.

import type { EventRow } from '../ledger/records.ts';
import type { Stretch } from './phases.ts';

/** Names of the events between which a job was held. */
export const [PAUSED, RESUMED] = ['paused', 'resumed'] as const;

/** [from_ms, to_ms), epoch ms. */
export interface Pause {
  readonly from_ms: number;
  readonly to_ms: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Pauses within a span, by time, without overlap: of several writers whenever one of them held its part. */
export function pausesOf(events: readonly Pick<EventRow, 'event' | 'at_ms' | 'writer'>[], { from, to }: Span): Pause[] {
  const since = new Map<string, number>();
  const found: Pause[] = [];
  const told = events.filter(({ event }) => event === PAUSED || event === RESUMED).sort((a, b) => a.at_ms - b.at_ms);
  for (const { event, at_ms, writer = '' } of told) {
    const from_ms = since.get(writer);
    if (event === PAUSED && from_ms === undefined) since.set(writer, at_ms);
    if (event === RESUMED && from_ms !== undefined) found.push({ from_ms, to_ms: at_ms });
    if (event === RESUMED) since.delete(writer);
  }
  for (const from_ms of since.values()) found.push({ from_ms, to_ms: to });
  const out: { from_ms: number; to_ms: number }[] = [];
  for (const one of found.sort((a, b) => a.from_ms - b.from_ms)) {
    const [from_ms, to_ms] = [Math.max(from, one.from_ms), Math.min(to, one.to_ms)];
    if (to_ms <= from_ms) continue;
    const last = out.at(-1);
    if (last !== undefined && from_ms <= last.to_ms) last.to_ms = Math.max(last.to_ms, to_ms);
    else out.push({ from_ms, to_ms });
  }
  return out;
}

/** An instant on a clock that stood during the pauses. */
export const withoutPauses = (pauses: readonly Pause[], at_ms: number): number =>
  at_ms - pauses.reduce((held, { from_ms, to_ms }) => held + Math.max(0, Math.min(at_ms, to_ms) - from_ms), 0);

/** Stretches of [from, …) that were told on a clock that stood, back on the real one, with the pauses between them. */
export function withPauses<T extends Pick<Stretch, 'to'>>(
  stretches: readonly T[],
  { pauses, begin, paused }: { readonly pauses: readonly Pause[]; readonly begin: number; paused(to: number): T },
): T[] {
  const out: T[] = [];
  let held = 0;
  let next = 0;
  for (const stretch of stretches) {
    for (; next < pauses.length && pauses[next]!.from_ms - held < stretch.to; next++) {
      const { from_ms, to_ms } = pauses[next]!;
      out.push({ ...stretch, to: from_ms }, paused(to_ms));
      held += to_ms - from_ms;
    }
    out.push({ ...stretch, to: stretch.to + held });
  }
  for (const { to_ms } of pauses.slice(next)) out.push(paused(to_ms));
  return out.filter(({ to }, i) => to > (out[i - 1]?.to ?? begin));
}
