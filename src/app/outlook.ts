// What is expected of zones from now on: people's files, else what the ledger knows, after asking for a newer forecast.

import { usage } from '../core/fault.ts';
import type { ZoneChain } from '../emissions/compare.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import { readIntensityFile } from '../grid/file.ts';
import { zoneNamed } from '../grid/places.ts';
import type { Span } from '../grid/provider.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { zoneChain } from '../run/intensity.ts';
import { askZone } from './grid-asking.ts';
import { chainSpecOf } from './grid-config.ts';
import { offerOf } from './providers.ts';
import type { Settings } from './settings.ts';

export interface OutlookSources {
  /** As named on the command line, in order. */
  readonly zones: readonly string[];
  /** [ZONE=]FILE. */
  readonly files: readonly string[];
  /** Null: as configured. */
  readonly provider: string | null;
  /** The time that has to be known. */
  readonly span: Span;
  /** Null: now, and providers may be asked; else as it was known then, and nobody is. */
  readonly as_of_ms: number | null;
  readonly signal: AbortSignal;
}

export interface Expected {
  readonly zones: readonly ZoneChain[];
  /** Sentences for people: who refused, and what was left out. */
  readonly notes: readonly string[];
}

/** Rejects with a Fault: for a file that cannot be used, an unknown zone or provider, or where no zone is named at all. */
export async function expectedIn(settings: Settings, sources: OutlookSources): Promise<Expected> {
  const files = await filesOf(sources);
  const named = sources.zones.map(zoneNamed);
  const zones = [...new Set([...named, ...files.keys()])];
  if (zones.length === 0 && settings.zone !== null) zones.push(zoneNamed(settings.zone.text));
  if (zones.length === 0) throw usage('no zone is named', 'joulebook grid when DE --duration 6h, or --intensity FILE');
  const notes: string[] = [];
  const out: ZoneChain[] = [];
  for (const zone of zones) {
    const series = files.get(zone);
    if (series !== undefined) out.push({ zone, chain: series });
    else out.push(await fromLedger(settings, zone, { ...sources, notes }));
  }
  return { zones: out, notes };
}

async function filesOf({ zones, files }: OutlookSources): Promise<Map<string, readonly IntensitySeries[]>> {
  const out = new Map<string, readonly IntensitySeries[]>();
  for (const given of files) {
    const [, named, path] = /^([A-Za-z][\w-]*)=(.+)$/.exec(given) ?? [null, null, given];
    const { series } = await readIntensityFile(path!);
    const only = zones.length === 1 && files.length === 1 ? zones[0] : undefined;
    const zone = zoneNamed(named ?? only ?? series[0]!.zone);
    if (zone === '' && (files.length > 1 || zones.length > 0))
      throw usage(`${path} does not say of which zone it is`, `say it: --intensity ZONE=${path}`);
    if (out.has(zone)) throw usage(`two files are of ${zone || 'one zone'}`, 'give one file for each zone');
    out.set(
      zone,
      series.map((one) => ({ ...one, zone })),
    );
  }
  return out;
}

async function fromLedger(
  { grid, folder }: Settings,
  zone: string,
  { provider, span, as_of_ms, signal, notes }: OutlookSources & { readonly notes: string[] },
): Promise<ZoneChain> {
  const offer = provider === null ? null : offerOf(provider);
  const spec =
    offer === null
      ? await chainSpecOf(grid, zone)
      : { ...DEFAULT_CHAIN, kind: offer.kind, scope: offer.scopes[0]!, providers: [offer.name] };
  if (as_of_ms === null) {
    const named = provider === null ? [] : [provider];
    const question = { ledger: folder, zone, spec, named, spans: [], forecast: true };
    const { synced, refusals } = await askZone(question, { signal });
    notes.push(...synced.flatMap((one) => one.notes), ...refusals);
  }
  const asked = { zone, own: null, spec, ledger: folder, span, ...(as_of_ms === null ? {} : { as_of_ms }) };
  const { series, none, notes: left } = zoneChain(asked);
  if (none === null) return { zone, chain: series };
  return { zone, chain: series, none: left.join('; ') || none };
}
