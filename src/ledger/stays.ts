// Where a run was over time: the zone it was created with, and those of segments that went on elsewhere.

import type { ChainSpec } from '../grid/chain.ts';
import type { Span } from '../grid/provider.ts';
import type { RunRecord, WriterRecord } from './records.ts';

export interface Place {
  readonly zone: string | null;
  /** Null: the default chain. */
  readonly grid: ChainSpec | null;
}

export interface Stay extends Place, Span {
  /** Why the zone is not known, where hosts in several zones ran at once; else null. */
  readonly why: string | null;
}

export interface Segment {
  readonly record: Pick<WriterRecord, 'started_at_ms' | 'place'>;
  readonly end: { readonly ended_at_ms: number } | null;
}

/** Half-open stretches from -∞ to ∞, in order; neighbours differ. A segment that said no zone was where the run was created. */
export function staysOf(run: Pick<RunRecord, 'zone' | 'grid'>, segments: readonly Segment[]): Stay[] {
  const home: Place = { zone: run.zone, grid: run.grid ?? null };
  const spans = segments.map(({ record, end }) => ({
    from_ms: record.started_at_ms,
    to_ms: end?.ended_at_ms ?? Number.POSITIVE_INFINITY,
    place: record.place ?? home,
  }));
  if (spans.every(({ place }) => place.zone === home.zone)) return [{ ...EVER, ...home, why: null }];
  const edges = [...new Set(spans.flatMap(({ from_ms, to_ms }) => [from_ms, to_ms]))].sort((a, b) => a - b);
  const out: Stay[] = [];
  let last = home;
  for (const [i, from] of [Number.NEGATIVE_INFINITY, ...edges].entries()) {
    const to_ms = edges[i] ?? Number.POSITIVE_INFINITY;
    const there = spans.filter((span) => span.from_ms <= from && span.to_ms > from).map(({ place }) => place);
    const zones = [...new Set(there.map(({ zone }) => zone))];
    last = there[0] ?? last;
    const why =
      zones.length > 1
        ? `its hosts were in several zones at once: ${zones.map((z) => z ?? 'unknown').join(', ')}`
        : null;
    const stay: Stay = { ...(why === null ? last : { zone: null, grid: null }), from_ms: from, to_ms, why };
    const before = out.at(-1);
    if (before !== undefined && before.zone === stay.zone && before.why === why)
      out[out.length - 1] = { ...before, to_ms };
    else if (to_ms > from) out.push(stay);
  }
  return out;
}

const EVER: Span = { from_ms: Number.NEGATIVE_INFINITY, to_ms: Number.POSITIVE_INFINITY };
