// Where a run was over time: the zone it was created with, those of segments that went on elsewhere, and what was said later.

import type { ChainSpec } from '../grid/chain.ts';
import type { Span } from '../grid/provider.ts';
import type { Move, RunRecord, WriterRecord } from './records.ts';

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

/**
 * Half-open stretches from -∞ to ∞, in order; neighbours differ. A segment that said no zone was where the run was created. What
 * was said later holds over what was said before, but for a segment that began elsewhere after it.
 */
export function staysOf(run: Pick<RunRecord, 'zone' | 'grid' | 'moves'>, segments: readonly Segment[]): Stay[] {
  return (run.moves ?? []).reduce<Stay[]>((stays, move) => moved(stays, move, segments), recorded(run, segments));
}

function moved(stays: readonly Stay[], move: Move, segments: readonly Segment[]): Stay[] {
  const { zone, grid, at_ms } = move;
  const later = segments.filter(({ record }) => record.place !== undefined && record.started_at_ms > at_ms);
  const from_ms = move.from_ms ?? Number.NEGATIVE_INFINITY;
  const to_ms = move.to_ms ?? Math.min(...later.map(({ record }) => record.started_at_ms)); // of none it is ∞
  const around = stays.flatMap((stay) => [
    { ...stay, to_ms: Math.min(stay.to_ms, from_ms) },
    { ...stay, from_ms: Math.max(stay.from_ms, to_ms) },
  ]);
  const out: Stay[] = [];
  for (const stay of [...around, { zone, grid, from_ms, to_ms, why: null }]
    .filter((one) => one.to_ms > one.from_ms)
    .sort((a, b) => a.from_ms - b.from_ms)) {
    const before = out.at(-1);
    if (before !== undefined && samePlace(before, stay)) out[out.length - 1] = { ...before, to_ms: stay.to_ms };
    else out.push(stay);
  }
  return out;
}

const samePlace = (a: Stay, b: Stay): boolean =>
  a.zone === b.zone && a.why === b.why && JSON.stringify(a.grid) === JSON.stringify(b.grid);

function recorded(run: Pick<RunRecord, 'zone' | 'grid'>, segments: readonly Segment[]): Stay[] {
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
