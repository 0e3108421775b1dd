// What is known of a zone's intensity over a span: what is due is asked first, then the fallback chain is laid over the span,
// each piece with its provider and quality. A provider that refuses is a warning, and what is known is shown all the same.

import { Fault } from '../core/fault.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import { isAnswer, type Quality, type Retrieval, type Topic } from '../grid/knowledge.ts';
import type { Kind, Scope, Span } from '../grid/provider.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { holesIn, type Mean, meanOver, type Stretch, stretchesOf } from '../grid/stretches.ts';
import { knownOfZone } from '../ledger/grid-store.ts';
import { zoneChain } from '../run/intensity.ts';
import { askZone, type ZoneAnswers, type ZoneQuestion } from './grid-asking.ts';
import { offerOf, PROVIDERS } from './providers.ts';

export interface Known extends Span, Mean {
  readonly zone: string;
  /** Null where several have told, or none. */
  readonly provider: string | null;
  /** The provider's own name of the zone; null as `provider`, and where nobody says. */
  readonly region: string | null;
  readonly basis: string | null;
  /** When the provider made its last forecast, where it says so. */
  readonly issued_at_ms: number | null;
  readonly kind: Kind;
  readonly scope: Scope;
  readonly points: readonly KnownPoint[];
  readonly holes: readonly Span[];
  readonly sources: readonly Source[];
  /** Sentences for people. */
  readonly warnings: readonly string[];
}

export interface KnownPoint extends Span {
  readonly g_per_kwh: number;
  readonly quality: Quality;
  readonly provider: string;
  /** When it was heard, ms; null for tables. */
  readonly retrieved_at_ms: number | null;
}

export interface Source {
  readonly provider: string;
  readonly source: string;
  readonly licence: string;
  /** The year of an annual mean. */
  readonly year: number | null;
}

/** As a document. */
export interface GridJson extends Known {
  readonly schema: 'joulebook/grid/v1';
  /** Those of all sources, joined. */
  readonly source: string;
  readonly licence: string;
}

export interface KnownQuestion extends ZoneQuestion {
  /** What is shown. */
  readonly span: Span;
  /** Asks nobody. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
  told?(topic: Topic, part: Span): unknown;
}

/**
 * Rejects with Fault zone-unknown where nobody knows the zone, usage where a provider is named without its key, and, where
 * providers are named and nothing is known by them, with what the first of them refused by.
 */
export async function knownGrid(question: KnownQuestion): Promise<Known> {
  const { ledger, zone, spec, named, span } = question;
  const refused: Error[] = [];
  const { synced, refusals } = question.offline ? SILENT : await asked(question, refused);
  const chain = chainOver(question, synced.length > 0);
  const course = stretchesOf(chain.series, span);
  if (course.length === 0 && named.length > 0 && refused[0] !== undefined) throw refused[0];
  const asksNobody = named.length === 0 && (spec?.providers ?? null) === null && synced.length === 0;
  const warnings = [
    ...refusals,
    ...synced.flatMap(({ provider, notes }) => notes.map((note) => `${provider}: ${note}`)),
    ...(meanOver(course, span).coverage < 1 ? chain.notes : []),
    ...borrowed(course),
    ...(asksNobody && !question.offline
      ? [
          `no provider is configured for ${zone}: --provider ${PROVIDERS.join(', ')}, or a grid section in joulebook.yaml`,
        ]
      : []),
  ];
  const first = chain.series[0] ?? null;
  const kind = first?.kind ?? spec?.kind ?? DEFAULT_CHAIN.kind;
  const scope = first?.scope ?? spec?.scope ?? 'lifecycle';
  return {
    ...{ zone: chain.zone ?? zone, kind, scope, ...span },
    ...about(ledger, { zone: chain.zone ?? zone, kind, scope }, { course, named }),
    ...meanOver(course, span),
    points: course.map(pointOf),
    holes: holesIn(course, span),
    sources: sourcesOf(course),
    warnings: [...new Set(warnings)],
  };
}

const SILENT: ZoneAnswers = { synced: [], refusals: [] };

/** A ledger that cannot be written cannot keep answers: nobody is asked then, and that is said. */
async function asked(question: KnownQuestion, refused: Error[]): Promise<ZoneAnswers> {
  const { signal, told } = question;
  try {
    return await askZone(question, {
      signal,
      refused: (cause) => void refused.push(cause),
      ...(told === undefined ? {} : { told }),
    });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ledger-unwritable') throw error;
    refused.push(error);
    return { synced: [], refusals: [`${error.message}: nobody is asked`] };
  }
}

function chainOver(
  { ledger, zone, spec, span, named }: KnownQuestion,
  answered: boolean,
): { readonly zone: string | null; readonly series: readonly IntensitySeries[]; readonly notes: readonly string[] } {
  try {
    return zoneChain({ zone, own: null, spec, ledger, span });
  } catch (error) {
    // A region that no table has: what its provider tells is all there is, be it nothing.
    if (error instanceof Fault && error.code === 'zone-unknown' && (named.length > 0 || answered))
      return { zone, series: [], notes: [] };
    throw error;
  }
}

/** What can be said of one provider alone. */
function about(
  ledger: string,
  of: Omit<Topic, 'provider'>,
  { course, named }: { readonly course: readonly Stretch[]; readonly named: readonly string[] },
): Pick<Known, 'provider' | 'region' | 'basis' | 'issued_at_ms'> {
  const told = [...new Set(course.map(({ provider }) => provider))];
  const provider = told.length === 1 ? told[0]! : told.length === 0 && named.length === 1 ? named[0]! : null;
  if (provider === null) return { provider, region: null, basis: null, issued_at_ms: null };
  const topic = knownOfZone(ledger, of.zone).find(
    (one) => one.provider === provider && one.kind === of.kind && one.scope === of.scope,
  );
  const answers: readonly Retrieval[] = topic?.entries.filter(isAnswer) ?? [];
  const forecast = course.some(({ quality }) => quality === 'forecast')
    ? answers.findLast(({ what }) => what === 'forecast')
    : undefined;
  return {
    ...{ provider, region: answers.at(-1)?.region ?? null, issued_at_ms: forecast?.issued_at_ms ?? null },
    basis: PROVIDERS.includes(provider) ? offerOf(provider).basis : null,
  };
}

const pointOf = ({ from_ms, to_ms, g_per_kwh, quality, provider, of }: Stretch): KnownPoint => ({
  ...{ from_ms, to_ms, g_per_kwh, quality, provider, retrieved_at_ms: of.retrieved_at_ms ?? null },
});

/** A country's mean in place of that of its part. */
const borrowed = (course: readonly Stretch[]): string[] =>
  course.flatMap(({ of: { zone, mean_of } }) =>
    mean_of === undefined ? [] : [`no annual mean of ${zone} is published: that of ${mean_of} stands in`],
  );

function sourcesOf(course: readonly Stretch[]): Source[] {
  const found = course.map(({ of: { provider, source, licence, year } }) => ({ provider, source, licence, year }));
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

export function gridJson(known: Known): GridJson {
  const { points, holes, warnings, sources, mean_g_per_kwh, coverage, issued_at_ms } = known;
  const { zone, provider, region, kind, scope, basis, from_ms, to_ms } = known;
  const joined = (texts: readonly string[]) => [...new Set(texts)].filter((text) => text !== '').join('; ');
  return {
    ...{ schema: 'joulebook/grid/v1', zone, provider, region, kind, scope, basis, from_ms, to_ms },
    ...{ mean_g_per_kwh, coverage, points, holes, issued_at_ms },
    source: joined(sources.map(({ source }) => source)),
    licence: joined(sources.map(({ licence }) => licence)),
    ...{ sources, warnings },
  };
}
