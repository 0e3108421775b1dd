// What providers have answered about one grid, and what that makes known as of a moment: nothing is ever overwritten.
//
// Of two answers for one time the one retrieved later counts, of two forecasts the one made later. A later answer that
// leaves a time out takes nothing back.

import type { Kind, Point, Scope, Span } from './provider.ts';
import type { IntensityPart, IntensitySeries } from './series.ts';

export type Quality = IntensityPart['quality'];

/** What an answer is about. */
export interface Topic {
  readonly provider: string;
  /** As Electricity Maps keys it. */
  readonly zone: string;
  readonly kind: Kind;
  readonly scope: Scope;
}

/** An answer, kept when it came; times are epoch ms. */
export interface Retrieval extends Span {
  readonly what: 'history' | 'forecast';
  readonly retrieved_at_ms: number;
  /** When the provider made it, where it says so. */
  readonly issued_at_ms: number | null;
  /** The provider's own name of the zone. */
  readonly region: string;
  readonly source: string;
  readonly licence: string;
  /** Of [from_ms, to_ms), which was asked: all of a forecast, of a history what it changed. */
  readonly points: readonly Point[];
}

/** A question that got no answer, and until when it is not to be asked again. */
export interface Refusal {
  readonly what: 'refusal';
  readonly retrieved_at_ms: number;
  readonly again_at_ms: number;
  /** Code and words of the fault. */
  readonly code: string;
  readonly why: string;
}

export type Entry = Retrieval | Refusal;

/** All that was answered about a topic, in the order in which it was kept. */
export interface Known extends Topic {
  readonly entries: readonly Entry[];
  /** Lines that could not be understood. */
  readonly damaged: number;
}

/** Pieces by time, without overlap, each with when it was retrieved. */
export interface Piece extends Point {
  readonly retrieved_at_ms: number;
  /** Of a forecast: when it was made, as far as that is known. */
  readonly issued_at_ms?: number;
  /** Of a usual course: earlier weeks that it is the mean of. */
  readonly weeks?: number;
}

export const isAnswer = (entry: Entry): entry is Retrieval => entry.what !== 'refusal';

/** Only what had come by then: answers and refusals alike. */
export function asOf<T extends Pick<Known, 'entries'>>(known: T, as_of_ms: number): T {
  const entries = known.entries.filter(({ retrieved_at_ms }) => retrieved_at_ms <= as_of_ms);
  return entries.length === known.entries.length ? known : { ...known, entries };
}

/** How it was (measured, estimated), as far as known; of `within` only pieces that touch it. */
export function observed({ entries }: Pick<Known, 'entries'>, within: Span = EVER): Piece[] {
  const heard = answersIn(entries, within).filter(({ what }) => what === 'history');
  return layered(
    heard.map((entry) => ({ rank: entry.retrieved_at_ms, pieces: piecesOf(entry, within, (q) => q !== 'forecast') })),
  );
}

/** How it was expected to be, by the newest forecast of each time; `within` as for observed. */
export function forecasts({ entries }: Pick<Known, 'entries'>, within: Span = EVER): Piece[] {
  return layered(
    answersIn(entries, within).map((entry) => {
      const issued_at_ms = entry.issued_at_ms ?? entry.retrieved_at_ms;
      const pieces = piecesOf(entry, within, (q) => q === 'forecast').map((piece) => ({ ...piece, issued_at_ms }));
      return { rank: issued_at_ms, pieces };
    }),
  );
}

/** Answers that can tell of a span: their points lie inside what was asked. */
const answersIn = (entries: readonly Entry[], within: Span): Retrieval[] =>
  entries.filter(isAnswer).filter((answer) => touch(answer, within));

const touch = (a: Span, b: Span): boolean => a.to_ms > b.from_ms && a.from_ms < b.to_ms;

const EVER: Span = { from_ms: Number.NEGATIVE_INFINITY, to_ms: Number.POSITIVE_INFINITY };

/** What of `points` is not known already: same time, value and quality. */
export function news(known: readonly Piece[], points: readonly Point[]): Point[] {
  const at = new Map(known.map((piece) => [piece.from_ms, piece]));
  return points.filter((point) => {
    const held = at.get(point.from_ms);
    return held?.to_ms !== point.to_ms || held.g_per_kwh !== point.g_per_kwh || held.quality !== point.quality;
  });
}

/** Pieces as a series of one quality; null where there is none. */
export function seriesOf(
  { provider, zone, kind, scope, entries }: Omit<Known, 'damaged'>,
  quality: Quality,
  { pieces, span }: { readonly pieces: readonly Piece[]; readonly span: Span },
): IntensitySeries | null {
  if (pieces.length === 0) return null;
  const inside = pieces.filter((piece) => touch(piece, span));
  const times = new Set((inside.length > 0 ? inside : pieces).map(({ retrieved_at_ms }) => retrieved_at_ms));
  // What the span's own values are from: an hour that was revised elsewhere is no source of them.
  const answers = entries.filter(isAnswer).filter(({ retrieved_at_ms }) => times.has(retrieved_at_ms));
  const joined = (texts: readonly string[]) => [...new Set(texts)].filter((text) => text !== '').join('; ');
  const issued = (inside.length > 0 ? inside : pieces).flatMap(({ issued_at_ms }) => issued_at_ms ?? []);
  const source = joined(answers.map((answer) => answer.source));
  const licence = joined(answers.map((answer) => answer.licence));
  return {
    ...{ zone, provider, kind, scope, quality, source, licence, year: null },
    from_ms: Float64Array.from(pieces, ({ from_ms }) => from_ms),
    to_ms: Float64Array.from(pieces, ({ to_ms }) => to_ms),
    g_per_kwh: Float64Array.from(pieces, ({ g_per_kwh }) => g_per_kwh),
    retrieved_at_ms: [...times].reduce((latest, at_ms) => Math.max(latest, at_ms), 0),
    ...(issued.length > 0 && { issued_at_ms: issued.reduce((latest, at_ms) => Math.max(latest, at_ms)) }),
  };
}

interface Layer {
  readonly rank: number;
  readonly pieces: readonly Piece[];
}

function piecesOf(
  { points, retrieved_at_ms }: Retrieval,
  within: Span,
  wanted: (quality: Quality) => boolean,
): Piece[] {
  return points
    .filter((point) => wanted(point.quality) && touch(point, within))
    .map((point) => ({ ...point, retrieved_at_ms }));
}

interface Raised {
  readonly piece: Piece;
  readonly height: number;
}

/** Pieces with the height of their layer; of those of the same time the topmost alone: forecasts say an hour dozens of times. */
function raised(layers: readonly Layer[]): Raised[] {
  const byStart = new Map<number, Raised[]>();
  const upwards = [...layers].sort((a, b) => a.rank - b.rank); // a stable sort: among equals the last is above
  for (const [height, { pieces }] of upwards.entries()) {
    for (const piece of pieces) {
      const there = byStart.get(piece.from_ms) ?? [];
      const same = there.findIndex((one) => one.piece.to_ms === piece.to_ms);
      there[same < 0 ? there.length : same] = { piece, height };
      if (there.length === 1) byStart.set(piece.from_ms, there);
    }
  }
  return [...byStart.values()].flat();
}

/** Of layers over each other the topmost piece at each time: highest rank, among equals the last. O(n log n). */
function layered(layers: readonly Layer[]): Piece[] {
  const all = raised(layers).sort((a, b) => a.piece.from_ms - b.piece.from_ms);
  const edges = Float64Array.from(new Set(all.flatMap(({ piece }) => [piece.from_ms, piece.to_ms]))).sort();
  const out: { -readonly [K in keyof Piece]: Piece[K] }[] = [];
  let active: Raised[] = [];
  let next = 0;
  let before: Piece | null = null;
  for (let i = 0; i + 1 < edges.length; i++) {
    const [from_ms, to_ms] = [edges[i]!, edges[i + 1]!];
    active = active.filter(({ piece }) => piece.to_ms > from_ms);
    while (next < all.length && all[next]!.piece.from_ms <= from_ms) active.push(all[next++]!);
    const top = active.reduce<Raised | null>((a, b) => (a !== null && a.height > b.height ? a : b), null);
    if (top === null) {
      before = null;
    } else if (top.piece === before) {
      out[out.length - 1]!.to_ms = to_ms;
    } else {
      out.push({ ...top.piece, from_ms, to_ms });
      before = top.piece;
    }
  }
  return out;
}
