// Asks providers for what is due and keeps what they answer: one process a topic at a time, in parts that are kept as they
// come, and a refusal is kept too, so that nobody asks again before it is worth it.

import { Fault } from '../core/fault.ts';
import { minuteOf } from '../core/timestamp.ts';
import { type ChainSpec, DEFAULT_CHAIN } from '../grid/chain.ts';
import { backedOffUntil, dueForecast, dueHistory, nextTry, weeksBefore } from '../grid/due.ts';
import { type Entry, isAnswer, type Known, news, observed, type Retrieval, type Topic } from '../grid/knowledge.ts';
import { type Answer, type IntensityProvider, partsOf, type Span } from '../grid/provider.ts';
import { knownOf, topicsOf, withTopic } from '../ledger/grid-store.ts';
import { missingOf, PROVIDERS, providerOf } from './providers.ts';

/** What was asked about one topic, and what came of it. */
export interface Synced extends Topic {
  readonly asked: readonly Span[];
  /** Whether there is a new forecast. */
  readonly forecast: boolean;
  /** Values that are new, and values that are others than before. */
  readonly added: number;
  readonly revised: number;
  /** Of the revised, by time: g/kWh as it was and as it is. */
  readonly revision: { readonly before_g_per_kwh: number; readonly after_g_per_kwh: number } | null;
  /** Why nothing or not all was answered. */
  readonly refusal: string | null;
  /** What the provider says of its answers. */
  readonly notes: readonly string[];
}

export interface SyncOptions {
  readonly signal: AbortSignal;
  readonly now_ms: () => number;
  /** Asks for everything anew, and those that refused. */
  readonly again: boolean;
  readonly forecast: boolean;
  /** Called after each answer. */
  told?(topic: Topic, part: Span): unknown;
  /** Called with what a provider that was asked refuses by. */
  refused?(fault: Fault): void;
}

/** The topics that a zone's chain asks about; `named` providers alone where some are. Throws Fault usage for one without its key. */
export function topicsFor(
  ledger: string,
  zone: string,
  { spec, named }: { readonly spec: ChainSpec | null; readonly named: readonly string[] },
): { provider: IntensityProvider; topic: Topic }[] {
  const kept = topicsOf(ledger).filter((topic) => topic.zone === zone);
  const stored = PROVIDERS.filter(
    (name) => kept.some((topic) => topic.provider === name) && missingOf(name).length === 0,
  );
  const names = named.length > 0 ? named : (spec?.providers?.filter((name) => name !== 'import') ?? stored);
  return names.flatMap((name) => {
    const provider = providerOf(name);
    const { kind, scopes } = provider.offer;
    const scope = spec?.scope ?? kept.find((topic) => topic.provider === name)?.scope ?? scopes[0]!;
    return [{ provider, topic: { provider: name, zone, kind, scope } }];
  });
}

/** Rejects with what `signal` says, and with Fault ledger-unwritable; what a provider refuses is in the answer. */
export async function syncTopic(
  ledger: string,
  asked: { readonly provider: IntensityProvider; readonly topic: Topic; readonly spans: readonly Span[] },
  options: SyncOptions,
): Promise<Synced> {
  const { provider, topic, spans } = asked;
  const { offer } = provider;
  const due = (known: Known) => {
    const now_ms = options.now_ms();
    const heard = options.again ? { entries: [] } : known;
    if (backedOffUntil(heard, now_ms) !== null) return { history: [], forecast: null };
    return {
      history: dueHistory(heard, offer, { spans, now_ms }),
      forecast: options.forecast ? dueForecast(heard, offer, now_ms) : null,
    };
  };
  const before = knownOf(ledger, topic);
  const idle = (known: Known): Synced => ({
    ...{ ...topic, asked: [], forecast: false, added: 0, revised: 0, revision: null, notes: [] },
    refusal: waitingFor(known, options),
  });
  const first = due(before);
  if (first.history.length === 0 && first.forecast === null) return idle(before);

  return withTopic(ledger, topic, {
    signal: options.signal,
    async work(known, add) {
      // Another process may have asked while we waited.
      const { history, forecast } = due(known);
      const entries: Entry[] = [...known.entries];
      const keep = (entry: Entry) => {
        add(entry);
        entries.push(entry);
      };
      const out = { ...idle(known), asked: [] as Span[], notes: [] as string[] };
      let foretold = false;
      const ask = async (what: 'history' | 'forecast', part: Span): Promise<boolean> => {
        const answer = await provider[what]({ zone: topic.zone, scope: topic.scope, ...part, signal: options.signal });
        const was = what === 'history' ? observed({ entries }, part) : [];
        const points = what === 'history' ? news(was, answer.points) : answer.points;
        keep({ what, retrieved_at_ms: options.now_ms(), ...part, ...said(answer, provider), points });
        if (what === 'history') count(out, was, points);
        out.notes.push(...answer.notes.filter((note) => !out.notes.includes(note)));
        options.told?.(topic, part);
        return answer.points.length > 0;
      };
      try {
        for (const part of history.flatMap((span) => partsOf(span, offer.longest_ms))) {
          await ask('history', part);
          out.asked.push(part);
        }
        if (forecast !== null) foretold = await ask('forecast', forecast);
      } catch (error) {
        options.signal.throwIfAborted();
        if (!(error instanceof Fault) || error.code === 'ledger-unwritable') throw error;
        const now_ms = options.now_ms();
        const again_at_ms = Math.max(
          nextTry(entries, now_ms, Math.random()),
          now_ms + Number(error.facts.after_ms ?? 0),
        );
        keep({ what: 'refusal', retrieved_at_ms: now_ms, again_at_ms, code: error.code, why: error.message });
        options.refused?.(error);
        return { ...out, refusal: error.message };
      }
      return { ...out, forecast: foretold, refusal: null };
    },
  });
}

/**
 * As syncTopic, then for hours of `spans` that are not known yet the same hours of earlier weeks, where the chain has the usual
 * course and the provider did not refuse; each question's answer in turn.
 */
export async function* syncWithUsual(
  ledger: string,
  asked: Parameters<typeof syncTopic>[1] & { readonly spec: ChainSpec | null },
  options: SyncOptions,
): AsyncGenerator<Synced> {
  const { topic, spans, spec } = asked;
  const first = await syncTopic(ledger, asked, options);
  yield first;
  if (first.refusal !== null || !(spec ?? DEFAULT_CHAIN).qualities.includes('climatology')) return;
  const weeks = weeksBefore(knownOf(ledger, topic), { spans, now_ms: options.now_ms() });
  if (weeks.length > 0) yield await syncTopic(ledger, { ...asked, spans: weeks }, { ...options, forecast: false });
}

const said = ({ region, issued_at_ms }: Answer, { offer: { source, licence } }: IntensityProvider) => ({
  ...{ region, issued_at_ms, source, licence },
});

function waitingFor({ entries }: Known, { now_ms, again }: SyncOptions): string | null {
  const until = again ? null : backedOffUntil({ entries }, now_ms());
  const last = entries.findLast(({ what }) => what === 'refusal');
  if (until === null || last === undefined || isAnswer(last)) return null;
  return `${last.why}; it is left alone until ${minuteOf(until)}`;
}

/** Adds up what is new and what was revised. */
function count(
  into: { -readonly [K in keyof Synced]: Synced[K] },
  was: readonly { from_ms: number; to_ms: number; g_per_kwh: number }[],
  points: Answer['points'],
): void {
  const at = new Map(was.map((piece) => [piece.from_ms, piece]));
  const revised = points.filter(({ from_ms, g_per_kwh }) => (at.get(from_ms)?.g_per_kwh ?? g_per_kwh) !== g_per_kwh);
  const fresh = points.filter(({ from_ms }) => !at.has(from_ms));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  into.added += fresh.length;
  if (revised.length === 0) return;
  const weight = into.revised / (into.revised + revised.length);
  const mixed = (old: number | undefined, now: number) => (old ?? 0) * weight + now * (1 - weight);
  into.revision = {
    before_g_per_kwh: mixed(
      into.revision?.before_g_per_kwh,
      mean(revised.map(({ from_ms }) => at.get(from_ms)!.g_per_kwh)),
    ),
    after_g_per_kwh: mixed(into.revision?.after_g_per_kwh, mean(revised.map(({ g_per_kwh }) => g_per_kwh))),
  };
  into.revised += revised.length;
}

/** Keeps what people bring as the answer of a provider, heard when it is kept. Rejects as syncTopic. */
export async function keepPoints(
  ledger: string,
  topic: Topic,
  {
    signal,
    ...brought
  }: Omit<Retrieval, 'what' | 'from_ms' | 'to_ms' | 'retrieved_at_ms'> & { readonly signal: AbortSignal },
): Promise<{ readonly added: number; readonly revised: number }> {
  return withTopic(ledger, topic, {
    signal,
    async work(known, add) {
      const was = observed(known);
      const points = news(was, brought.points);
      const span = { from_ms: brought.points[0]!.from_ms, to_ms: brought.points.at(-1)!.to_ms };
      // Not before: we may have waited, and a report of meanwhile did not know it.
      add({ what: 'history', retrieved_at_ms: Date.now(), ...span, ...brought, points });
      const at = new Set(was.map(({ from_ms }) => from_ms));
      const revised = points.filter(({ from_ms }) => at.has(from_ms)).length;
      return { added: points.length - revised, revised };
    },
  });
}
