// Which intensity series a run is accounted with: the user's own, then the fallback chain of its zone as far as kind and
// scope agree, from what the ledger knows of the zone and the annual tables. Asks nobody.

import { basename } from 'node:path';
import { Fault } from '../core/fault.ts';
import { annualIntensity } from '../grid/annual.ts';
import { type ChainSpec, chainFrom, DEFAULT_CHAIN, type Viewer } from '../grid/chain.ts';
import { withOwn } from '../grid/evidence.ts';
import { readIntensityFile } from '../grid/file.ts';
import { asOf, type Known } from '../grid/knowledge.ts';
import { zoneNamed } from '../grid/places.ts';
import type { Span } from '../grid/provider.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { isZone, zoneKey } from '../grid/zones.ts';
import { knownOfZone } from '../ledger/grid-store.ts';
import { type Kept, keptAs } from '../ledger/kept.ts';

export interface Chain {
  /** The zone said by --zone or by the series itself; null where neither names one. */
  readonly zone: string | null;
  readonly series: readonly IntensitySeries[];
  /** Why there is none. */
  readonly none: string | null;
  /** Sentences for people: what was left out, and why. */
  readonly notes: readonly string[];
  /** The user's series as stored, with its hash, and what was made of the file's columns; null where none was given. */
  readonly stored: (Kept & { readonly columns: readonly string[] }) | null;
  /** As configured for the zone; null where nothing is. */
  readonly spec: ChainSpec | null;
}

/** What a file of the user's gave. */
export interface Own {
  /** Of one zone, kind and scope, the best quality first; never none. */
  readonly series: readonly IntensitySeries[];
  /** Sentences for people: holes, values that look wrong. */
  readonly notes: readonly string[];
}

export interface Wanted {
  readonly zone: string | null;
  readonly own: Own | null;
  /** Null: DEFAULT_CHAIN. */
  readonly spec: ChainSpec | null;
  readonly ledger: string;
  readonly span: Span;
  /** Nothing that was retrieved later counts. */
  readonly as_of_ms?: number | undefined;
  /** What is kept of a zone, for who reads it already. */
  readonly known?: (zone: string) => readonly Known[];
  /** For who asks about many spans. */
  readonly view?: Viewer;
}

/** The chain for a run that is to be. Throws Fault for a file that cannot be used, or for an unknown zone without a file. */
export async function chainOf(wanted: Omit<Wanted, 'own'> & { readonly file: string | null }): Promise<Chain> {
  const { zone, file } = wanted;
  if (file === null) return zoneChain({ ...wanted, own: null });
  const { columns, ...read } = await readIntensityFile(file);
  const own = zone === null ? read : named(read, zone, basename(file));
  const chain = zoneChain({ ...wanted, own });
  return { ...chain, stored: { ...keptAs(own.series[0]!.source, plainIntensity(own)), columns } };
}

/** What to say of a chain before a run begins: what was made of the file's columns, and what looks wrong in it. */
export const aboutFile = ({ stored, notes }: Chain): readonly string[] =>
  stored === null ? [] : [...stored.columns, ...notes];

/** A file in the zone that its user names: whoever names another than it does is told. */
function named({ series, notes }: Own, zone: string, file: string): Own {
  const said = series[0]!.zone;
  const other = said !== '' && zoneKey(said) !== zoneNamed(zone);
  return {
    series: series.map((one) => ({ ...one, zone })),
    notes: other ? [...notes, `${file} is of zone ${said}, and is taken for ${zone}`] : notes,
  };
}

/** A file's series as kept by the ledger under their hash. */
export function revive(stored: unknown): Own {
  const held = stored as Stored;
  const { series, notes } = 'series' in held ? held : { series: [held], notes: [] };
  const revived = series.map((one) => ({
    ...one,
    from_ms: Float64Array.from(one.from_ms),
    to_ms: Float64Array.from(one.to_ms),
    g_per_kwh: Float64Array.from(one.g_per_kwh),
  }));
  return { series: revived, notes };
}

/** The chain of a zone over a span. Throws Fault zone-unknown where neither tables, ledger nor a series of the user's know it. */
export function zoneChain(wanted: Wanted): Chain {
  const { zone, own, spec, span } = wanted;
  const rest = { stored: null, spec };
  const best = own?.series[0] ?? null;
  const place = zone ?? (best?.zone || null);
  if (place === null) {
    if (own === null) return { ...rest, zone: null, series: [], none: NO_ZONE, notes: [] };
    return { ...rest, zone: null, series: own.series, none: null, notes: own.notes };
  }
  const { annual, known } = factsOf(wanted, place);
  const key = annual?.zone ?? (isZone(zoneKey(place)) ? zoneKey(place) : place);
  const asked = spec ?? DEFAULT_CHAIN;
  const fitting = best === null ? asked : { ...asked, kind: best.kind, scope: best.scope };
  const { series, notes } = chainFrom(fitting, { known, annual, ...(wanted.view && { view: wanted.view }) }, span);
  if (own !== null) {
    const mine = own.series.map((one) => ({ ...one, zone: key }));
    return { ...rest, zone: key, series: withOwn(mine, series), none: null, notes: [...own.notes, ...notes] };
  }
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

type Columns = 'from_ms' | 'to_ms' | 'g_per_kwh';
type StoredSeries = Omit<IntensitySeries, Columns> & Record<Columns, number[]>;
/** The second form is of before files had several qualities. */
type Stored = { readonly series: readonly StoredSeries[]; readonly notes: readonly string[] } | StoredSeries;

/** As it is kept; revive() makes series of it again. */
export function plainIntensity({ series, notes }: Own): object {
  const columns = series.map((one) => ({
    ...{ ...one, from_ms: [...one.from_ms], to_ms: [...one.to_ms], g_per_kwh: [...one.g_per_kwh] },
  }));
  return { schema: 'joulebook/intensity/v1', series: columns, notes };
}
