// Which intensity series a run is accounted with: the user's own, then the fallback chain of its zone as far as kind and
// scope agree, from what the ledger knows of the zone and the annual tables. Asks nobody.

import { createHash } from 'node:crypto';
import { Fault } from '../core/fault.ts';
import { annualIntensity } from '../grid/annual.ts';
import { type ChainSpec, chainFrom, DEFAULT_CHAIN } from '../grid/chain.ts';
import { withOwn } from '../grid/evidence.ts';
import { readIntensityFile } from '../grid/file.ts';
import { asOf, type Known } from '../grid/knowledge.ts';
import type { Span } from '../grid/provider.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { isZone, zoneKey } from '../grid/zones.ts';
import { knownOfZone } from '../ledger/grid-store.ts';

export interface Chain {
  /** The zone said by --zone or by the series itself; null where neither names one. */
  readonly zone: string | null;
  readonly series: readonly IntensitySeries[];
  /** Why there is none. */
  readonly none: string | null;
  /** Sentences for people: what was left out, and why. */
  readonly notes: readonly string[];
  /** The user's series as stored, with its hash; null where none was given. */
  readonly stored: { readonly file: string; readonly hash: string; readonly text: string } | null;
  /** As configured for the zone; null where nothing is. */
  readonly spec: ChainSpec | null;
}

export interface Wanted {
  readonly zone: string | null;
  /** A series of the user's. */
  readonly own: IntensitySeries | null;
  /** Null: DEFAULT_CHAIN. */
  readonly spec: ChainSpec | null;
  readonly ledger: string;
  readonly span: Span;
  /** Nothing that was retrieved later counts. */
  readonly as_of_ms?: number;
  /** What is kept of a zone, for who reads it already. */
  readonly known?: (zone: string) => readonly Known[];
}

/** The chain for a run that is to be. Throws Fault for a file that cannot be used, or for an unknown zone without a file. */
export async function chainOf(wanted: Omit<Wanted, 'own'> & { readonly file: string | null }): Promise<Chain> {
  const { zone, file } = wanted;
  const own = file === null ? null : await readIntensityFile(file);
  const chain = zoneChain({ ...wanted, own });
  if (own === null) return chain;
  const text = serialise(zone === null ? own : { ...own, zone });
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { ...chain, stored: { file: own.source, hash, text } };
}

/** A series as kept by the ledger under its hash. */
export function revive(stored: unknown): IntensitySeries {
  const series = stored as Stored;
  const { from_ms, to_ms, g_per_kwh } = series;
  return {
    ...series,
    from_ms: Float64Array.from(from_ms),
    to_ms: Float64Array.from(to_ms),
    g_per_kwh: Float64Array.from(g_per_kwh),
  };
}

/** The chain of a zone over a span. Throws Fault zone-unknown where neither tables, ledger nor a series of the user's know it. */
export function zoneChain(wanted: Wanted): Chain {
  const { zone, own, spec, span } = wanted;
  const rest = { stored: null, spec };
  const named = zone ?? (own?.zone || null);
  if (named === null) {
    if (own === null) return { ...rest, zone: null, series: [], none: NO_ZONE, notes: [] };
    return { ...rest, zone: null, series: [own], none: null, notes: [] };
  }
  const { annual, known } = factsOf(wanted, named);
  const key = annual?.zone ?? (isZone(zoneKey(named)) ? zoneKey(named) : named);
  const asked = spec ?? DEFAULT_CHAIN;
  const fitting = own === null ? asked : { ...asked, kind: own.kind, scope: own.scope };
  const { series, notes } = chainFrom(fitting, { known, annual }, { span });
  if (own !== null) return { ...rest, zone: key, series: withOwn({ ...own, zone: key }, series), none: null, notes };
  const none = series.length > 0 ? null : `no intensity of ${key} is known for that time${refusals(known)}: ${HOW}`;
  return { ...rest, zone: key, series, none, notes };
}

const NO_ZONE = 'no zone is known: say where this ran with --zone (or JOULEBOOK_ZONE), or give --intensity FILE';
const HOW = 'ask a provider (joulebook grid sync), or give --intensity FILE';

/** What providers said when they were asked last, where that was no answer. */
function refusals(known: readonly Known[]): string {
  const told = known.map(({ entries }) => entries.at(-1)).filter((last) => last?.what === 'refusal');
  return told.length === 0 ? '' : ` (${[...new Set(told.map(({ why }) => why))].join('; ')})`;
}

/**
 * What tables and ledger tell of a zone. Throws Fault zone-unknown where nobody knows it: neither they nor a series of its own;
 * of a zone that is known and has no published mean that is nothing.
 */
function factsOf(
  { ledger, own, as_of_ms, known: kept = (zone) => knownOfZone(ledger, zone) }: Wanted,
  zone: string,
): { annual: IntensitySeries | null; known: readonly Known[] } {
  // A topic of which nothing had come by then was not there.
  const heard = (key: string): readonly Known[] =>
    kept(key)
      .map((known) => asOf(known, as_of_ms ?? Number.POSITIVE_INFINITY))
      .filter(({ entries, damaged }) => entries.length + damaged > 0);
  try {
    const annual = annualIntensity(zone);
    return { annual, known: heard(annual.zone) };
  } catch (error) {
    const key = zoneKey(zone);
    const known = heard(isZone(key) ? key : zone);
    if (error instanceof Fault && (own !== null || known.length > 0 || isZone(key))) return { annual: null, known };
    throw error;
  }
}

type Stored = Omit<IntensitySeries, 'from_ms' | 'to_ms' | 'g_per_kwh'> &
  Record<'from_ms' | 'to_ms' | 'g_per_kwh', number[]>;

function serialise(series: IntensitySeries): string {
  const { from_ms, to_ms, g_per_kwh, ...rest } = series;
  return `${JSON.stringify({ ...rest, from_ms: [...from_ms], to_ms: [...to_ms], g_per_kwh: [...g_per_kwh] })}\n`;
}
