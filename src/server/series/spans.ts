// What happened when: phases of the log, times that were not measured, pauses, decisions and other events.

import type { Gaps } from '../../ledger/gap-course.ts';
import type { EventRow } from '../../ledger/records.ts';
import type { Reach } from '../../ledger/rollup.ts';
import { pausesOf } from '../../report/paused.ts';
import type { Series } from '../contract/series.ts';

type Spans = NonNullable<Series['spans']>;
export type Phase = Spans['phases'][number];

export interface Phases {
  readonly phases: readonly Phase[];
  /** Why some are missing, in words. */
  readonly missing: readonly string[];
}

/** Told by figures and charts of their own, or far too many. */
const SILENT = new Set(['findings', 'attribution', 'gpu-attribution', 'window']);
const MOST_EVENTS = 1000;

export interface Happened extends Phases {
  readonly run: Reach;
  /** Edges of the stretches told, epoch ms. */
  readonly edges_ms: readonly number[];
  readonly gaps: Gaps;
  readonly events: readonly EventRow[];
}

export function spansOf({ run, edges_ms, phases, missing, gaps, events }: Happened): Spans {
  const [from_ms, to_ms] = [edges_ms[0]!, edges_ms.at(-1)!];
  const inside = phases
    .filter((one) => one.to_ms > from_ms && one.from_ms < to_ms)
    .map(({ phase, ...one }) => ({
      phase,
      from_ms: Math.max(from_ms, one.from_ms),
      to_ms: Math.min(to_ms, one.to_ms),
    }));
  const most = Math.max(50, edges_ms.length);
  const told = events.filter(({ event, at_ms }) => !SILENT.has(event) && at_ms >= from_ms && at_ms < to_ms);
  const pauses = pausesOf(events, { from: run.from_ms, to: run.to_ms })
    .filter((one) => one.to_ms > from_ms && one.from_ms < to_ms)
    .map((one) => ({ from_ms: Math.max(from_ms, one.from_ms), to_ms: Math.min(to_ms, one.to_ms) }));
  const notes = [
    ...missing,
    ...(inside.length > most
      ? ['of each stretch the phase is told that took most of it: zoom in to see the others']
      : []),
    ...(gaps.left_out > 0 ? [`${gaps.left_out} shorter gaps are left out: zoom in to see them`] : []),
    ...(told.length > MOST_EVENTS
      ? [`${told.length - MOST_EVENTS} earlier events are left out: zoom in to see them`]
      : []),
  ];
  return {
    phases: inside.length > most ? together(inside, edges_ms) : inside,
    gaps: gaps.gaps.map((gap) => ({ ...gap })),
    pauses,
    events: told.slice(-MOST_EVENTS).map(({ at_ms, event, message, device = null, facts = {} }) => ({
      ...{ at_ms, event, message, device, facts },
    })),
    notes,
  };
}

/** The phase that took most of each stretch; neighbours that are the same are one. */
function together(phases: readonly Phase[], edges_ms: readonly number[]): Phase[] {
  const out: { phase: string; from_ms: number; to_ms: number }[] = [];
  let next = 0;
  for (let i = 0; i + 1 < edges_ms.length; i++) {
    const [from_ms, to_ms] = [edges_ms[i]!, edges_ms[i + 1]!];
    while (phases[next] !== undefined && phases[next]!.to_ms <= from_ms) next++;
    const took = new Map<string, number>();
    for (let k = next; k < phases.length && phases[k]!.from_ms < to_ms; k++) {
      const { phase, ...one } = phases[k]!;
      took.set(phase, (took.get(phase) ?? 0) + Math.min(to_ms, one.to_ms) - Math.max(from_ms, one.from_ms));
    }
    if (took.size === 0) continue;
    const [phase] = [...took].reduce((a, b) => (b[1] > a[1] ? b : a));
    const last = out.at(-1);
    if (last?.phase === phase && last.to_ms === from_ms) last.to_ms = to_ms;
    else out.push({ phase, from_ms, to_ms });
  }
  return out;
}
