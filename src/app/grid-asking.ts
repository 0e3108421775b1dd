// Asks the providers of a zone for what is due, side by side: what they refuse is told in words and holds nothing up.

import type { ChainSpec } from '../grid/chain.ts';
import type { Topic } from '../grid/knowledge.ts';
import type { Span } from '../grid/provider.ts';
import { type Synced, syncTopic, syncWithUsual, topicsFor } from './grid-sync.ts';
import { missingOf, PROVIDERS } from './providers.ts';

export interface ZoneQuestion {
  readonly ledger: string;
  readonly zone: string;
  readonly spec: ChainSpec | null;
  /** These alone; none: as configured, else who has answered about the zone before. */
  readonly named: readonly string[];
  /** Of what was; what is settled or was asked for lately is not asked again. */
  readonly spans: readonly Span[];
  readonly forecast: boolean;
  /** Asks for earlier weeks too, where hours of `spans` are not known yet: they get the usual course. */
  readonly usual?: boolean;
}

export interface ZoneAnswers {
  readonly synced: readonly Synced[];
  /** Sentences for people: who refused and why, and whose key is missing. */
  readonly refusals: readonly string[];
}

/** Rejects with what `signal` says, Fault ledger-unwritable, and Fault usage where a provider is named without its key. */
export async function askZone(
  { ledger, zone, spec, named, spans, forecast, usual = false }: ZoneQuestion,
  options: { readonly signal: AbortSignal; told?(topic: Topic, part: Span): unknown; refused?(cause: Error): void },
): Promise<ZoneAnswers> {
  const configured = spec?.providers?.filter((name) => PROVIDERS.includes(name)) ?? null;
  const ready = configured?.filter((name) => missingOf(name).length === 0) ?? [];
  const lacking = named.length > 0 ? [] : (configured ?? []).filter((name) => !ready.includes(name));
  const nobody = named.length === 0 && configured !== null && ready.length === 0;
  const topics = nobody ? [] : topicsFor(ledger, zone, { spec, named: named.length > 0 ? named : ready });
  const all = topics.map(async (one): Promise<Synced[]> => {
    const how = { ...options, now_ms: Date.now, again: false, forecast };
    if (!usual) return [await syncTopic(ledger, { ...one, spans }, how)];
    const answers: Synced[] = [];
    for await (const answer of syncWithUsual(ledger, { ...one, spans, spec }, how)) answers.push(answer);
    return answers;
  });
  const synced = (await Promise.all(all)).flat();
  return {
    synced,
    refusals: [
      ...synced.flatMap(({ refusal }) => refusal ?? []),
      ...lacking.map((name) => `${name} is not asked: it needs ${missingOf(name).join(' and ')}`),
    ],
  };
}
