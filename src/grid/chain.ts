// The fallback chain of a zone: which providers, of what kind and scope, and which qualities stand in for another.
//
// A chain is data: measured → estimated → forecast → climatology → annual, the providers in their order within each. Where
// none knows an instant it stays unknown. Kinds and scopes never mix: what does not fit is left out, with a note.

import { CLIMATOLOGY_REACH_MS, climatology } from './climatology.ts';
import { characterOf, evidenceOf } from './evidence.ts';
import { forecasts, isAnswer, type Known, observed, type Piece, type Quality, seriesOf } from './knowledge.ts';
import type { Kind, Scope, Span } from './provider.ts';
import type { Character, IntensitySeries } from './series.ts';

export const QUALITIES = ['measured', 'estimated', 'forecast', 'climatology', 'annual'] as const;

/** What a run is accounted with. */
export interface ChainSpec {
  readonly kind: Kind;
  /** Null: the scope of which most of the run's time is known, lifecycle where equal; else that of the annual table. */
  readonly scope: Scope | null;
  /** In order; null: all that the ledger knows of the zone, as PREFERRED orders them. */
  readonly providers: readonly string[] | null;
  readonly qualities: readonly Quality[];
}

export const DEFAULT_CHAIN: ChainSpec = { kind: 'average', scope: null, providers: null, qualities: QUALITIES };

/** What people bring comes first, then providers by what is in their mix: imports too, then production alone. */
const PREFERRED: readonly string[] = 'import electricity-maps neso carbon-aware-sdk entsoe eia watttime'.split(' ');

export interface ZoneChain {
  readonly series: readonly IntensitySeries[];
  /** Sentences for people: what was left out, and why. */
  readonly notes: readonly string[];
}

/** Hours around a run that its counterfactual looks at. */
const AROUND_MS = 48 * 3_600_000;

/** The series of one zone over a span, in the order in which they count; `known` as of a moment gives those of then. */
export function chainFrom(
  spec: ChainSpec,
  facts: { readonly known: readonly Known[]; readonly annual: IntensitySeries | null; readonly view?: Viewer },
  span: Span,
): ZoneChain {
  const { view = { observed, forecasts } } = facts;
  const order = spec.providers ?? PREFERRED;
  const asked = facts.known.filter(({ kind, provider }) => kind === spec.kind && order.includes(provider));
  const wide = { from_ms: span.from_ms - AROUND_MS, to_ms: span.to_ms + AROUND_MS };
  const weeks = { ...wide, from_ms: wide.from_ms - CLIMATOLOGY_REACH_MS };
  const views = asked.map((known) => ({
    known,
    observed: view.observed(known, weeks),
    forecasts: view.forecasts(known, wide),
  }));
  const scope = spec.scope ?? bestScope(views, span) ?? facts.annual?.scope ?? 'lifecycle';
  const fitting = views
    .filter(({ known }) => known.scope === scope)
    .sort((a, b) => order.indexOf(a.known.provider) - order.indexOf(b.known.provider));
  const character = fitting.reduce<Character | null>((told, view) => told ?? characterOf(view.observed), null);
  const series = spec.qualities.flatMap((quality) => {
    if (quality === 'annual') {
      const { annual } = facts;
      if (annual === null || annual.kind !== spec.kind || annual.scope !== scope) return [];
      return [character === null ? annual : { ...annual, evidence: { known: character } }];
    }
    return fitting.flatMap((view) => {
      const pieces = near(ofQuality(view, quality, span), wide);
      const made = seriesOf(view.known, quality, { pieces, span });
      if (made === null) return [];
      return [quality === 'measured' ? made : { ...made, evidence: evidenceOf(pieces, span, character) }];
    });
  });
  return { series, notes: notesOf(spec, { scope, ...facts, fitting: fitting.map(({ known }) => known) }) };
}

/** How it was and how it was expected to be: the pieces that touch a span. */
export interface Viewer {
  observed(known: Known, within: Span): readonly Piece[];
  forecasts(known: Known, within: Span): readonly Piece[];
}

/** For who asks about many spans: what is known is put in order once, and each span cut out of it. */
export function viewOfMany(): Viewer {
  const cutting = (made: (known: Known) => readonly Piece[]) => {
    const kept = new WeakMap<Known, readonly Piece[]>();
    return (known: Known, { from_ms, to_ms }: Span): readonly Piece[] => {
      const all = kept.get(known) ?? made(known);
      kept.set(known, all);
      const first = all.findIndex((piece) => piece.to_ms > from_ms);
      const end = all.findIndex((piece) => piece.from_ms >= to_ms);
      return first < 0 ? [] : all.slice(first, end < 0 ? all.length : end);
    };
  };
  return { observed: cutting((known) => observed(known)), forecasts: cutting((known) => forecasts(known)) };
}

interface View {
  readonly known: Known;
  readonly observed: readonly Piece[];
  readonly forecasts: readonly Piece[];
}

function ofQuality(view: View, quality: Exclude<Quality, 'annual'>, span: Span): readonly Piece[] {
  if (quality === 'forecast') return view.forecasts;
  if (quality === 'climatology') return climatology(view.observed, span);
  return view.observed.filter((piece) => piece.quality === quality);
}

const near = (pieces: readonly Piece[], { from_ms, to_ms }: Span): Piece[] =>
  pieces.filter((piece) => piece.to_ms > from_ms && piece.from_ms < to_ms);

function bestScope(views: readonly View[], span: Span): Scope | null {
  const knownOf = (scope: Scope) =>
    coveredMs(
      views.filter(({ known }) => known.scope === scope).flatMap((view) => [...view.observed, ...view.forecasts]),
      span,
    );
  const [lifecycle, direct] = [knownOf('lifecycle'), knownOf('direct')];
  return lifecycle === 0 && direct === 0 ? null : lifecycle >= direct ? 'lifecycle' : 'direct';
}

/** How much of a span pieces cover that may overlap, ms. */
function coveredMs(pieces: readonly Piece[], { from_ms, to_ms }: Span): number {
  let [ms, reached] = [0, from_ms];
  for (const piece of [...pieces].sort((a, b) => a.from_ms - b.from_ms)) {
    const until = Math.min(piece.to_ms, to_ms);
    ms += Math.max(0, until - Math.max(reached, piece.from_ms));
    reached = Math.max(reached, until);
  }
  return ms;
}

function notesOf(
  { kind, providers, qualities }: ChainSpec,
  facts: {
    readonly scope: Scope;
    readonly known: readonly Known[];
    readonly fitting: readonly Known[];
    readonly annual: IntensitySeries | null;
  },
): string[] {
  const { scope, known, fitting, annual } = facts;
  const notes: string[] = [];
  const others = known.filter(
    (one) => !fitting.includes(one) && (providers?.includes(one.provider) ?? true) && one.entries.some(isAnswer),
  );
  for (const one of others)
    notes.push(
      `${one.provider} is left out: it tells ${one.kind} ${one.scope} intensity, this account is ${kind} ${scope}`,
    );
  if (annual !== null && qualities.includes('annual') && (annual.kind !== kind || annual.scope !== scope))
    notes.push(
      `the annual mean (${annual.source}) is left out: it is ${annual.kind} ${annual.scope}, this account is ${kind} ${scope}`,
    );
  for (const { provider, damaged } of fitting)
    if (damaged > 0)
      notes.push(
        `${damaged} damaged ${damaged === 1 ? 'line' : 'lines'} of ${provider}'s answers ${damaged === 1 ? 'is' : 'are'} left out`,
      );
  return notes;
}
