// joulebook grid sync and import: what providers and people know is kept in the ledger, for every run and every report.

import { chainSpecOf } from '../app/grid-config.ts';
import { keepPoints, type Synced, syncWithUsual, topicsFor } from '../app/grid-sync.ts';
import { PROVIDERS } from '../app/providers.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { dayOf } from '../core/timestamp.ts';
import { annualIntensity } from '../grid/annual.ts';
import { readIntensityFile } from '../grid/file.ts';
import { zoneNamed } from '../grid/places.ts';
import type { Span } from '../grid/provider.ts';
import { isZone } from '../grid/zones.ts';
import { listRuns } from '../ledger/runs.ts';
import { staysOf } from '../ledger/stays.ts';
import { hasLedger } from '../ledger/version.ts';
import { three } from '../report/format.ts';
import { interruption } from './interruption.ts';
import { oneOf, timeOf } from './options.ts';
import { print, progress, warn } from './say.ts';

export interface SyncCommand {
  provider?: string[];
  since?: string;
  again?: boolean;
  forecast: boolean;
  ledger?: string;
  json?: boolean;
}

const DAY_MS = 86_400_000;

/**
 * Asks the providers of each zone for what is due: of the zones named, else of those of the ledger's runs. Resolves to the exit
 * code: 1 where nobody who was asked answered. Rejects with a Fault.
 */
export async function gridSync(zones: readonly string[], options: SyncCommand): Promise<number> {
  const settings = await settingsOf(options);
  const since_ms = timeOf('--since', options.since);
  if (since_ms !== null && since_ms > Date.now()) throw usage('--since lies ahead', 'give a time that was');
  const wanted = wantedSpans(settings.folder, { zones: zones.map(zoneNamed), since_ms });
  if (wanted.size === 0)
    throw usage('no zone is named, and no run of the ledger is in one', 'joulebook grid sync DE --provider entsoe');
  const signal = interruption();
  const results: Synced[] = [];
  for (const [zone, spans] of wanted) {
    const spec = await chainSpecOf(settings.grid, zone);
    const topics = topicsFor(settings.folder, zone, { spec, named: options.provider ?? [] });
    if (topics.length === 0) {
      const hint = `--provider ${PROVIDERS.join(', ')}, or a grid section in joulebook.yaml`;
      if (zones.length > 0) throw usage(`no provider is configured for ${zone}`, hint);
      warn(`no provider is configured for ${zone}: ${hint}`);
    }
    for (const one of topics) {
      const answers = syncWithUsual(
        settings.folder,
        { ...one, spans, spec },
        {
          ...{ signal, now_ms: Date.now, again: options.again === true, forecast: options.forecast },
          told: (_, part) => progress(`${zone} ${one.topic.provider}: ${dayOf(part.from_ms)} to ${dayOf(part.to_ms)}`),
        },
      );
      for await (const synced of answers) {
        progress('');
        results.push(synced);
        if (options.json !== true) tell(synced);
      }
    }
  }
  if (options.json === true) print(JSON.stringify({ schema: 'joulebook/grid-sync/v1', topics: results }, null, 2));
  const refused = results.filter(({ refusal }) => refusal !== null);
  return refused.length > 0 && refused.length === results.length ? 1 : 0;
}

/** Keeps a file's series as what is known of a zone. Rejects with a Fault. */
export async function gridImport(
  file: string,
  options: { zone?: string; kind?: string; scope?: string; ledger?: string; json?: boolean },
): Promise<void> {
  const { zone: named, ...place } = options;
  const { folder: ledger, grid } = await settingsOf(place.ledger === undefined ? {} : { ledger: place.ledger });
  const { series, columns, notes } = await readIntensityFile(file);
  for (const said of [...columns, ...notes]) warn(said);
  const { zone: said, source, licence } = series[0]!;
  const kind = oneOf('--kind', options.kind ?? series[0]!.kind, ['average', 'marginal']);
  const scope = oneOf('--scope', options.scope ?? series[0]!.scope, ['direct', 'lifecycle']);
  const zone = zoneNamed(named ?? said);
  if (zone === '') throw usage(`${file} does not say of which zone it is`, 'say it with --zone');
  if (named !== undefined && said !== '' && said.toUpperCase() !== zone)
    throw usage(`${file} is of ${said}, not of ${zone}`, 'leave out --zone, or take another file');
  if (!isZone(zone)) annualIntensity(zone); // says which are near
  const topic = { provider: 'import', zone, kind, scope };
  const points = series
    .flatMap((one) =>
      [...one.from_ms.keys()].map((i) => ({
        ...{ from_ms: one.from_ms[i]!, to_ms: one.to_ms[i]!, g_per_kwh: one.g_per_kwh[i]! },
        quality: one.quality === 'estimated' || one.quality === 'forecast' ? one.quality : ('measured' as const),
      })),
    )
    .sort((a, b) => a.from_ms - b.from_ms);
  const about = { issued_at_ms: null, region: zone, source, licence, points };
  const { added, revised } = await keepPoints(ledger, topic, { ...about, signal: interruption() });
  const providers = (await chainSpecOf(grid, zone))?.providers;
  if (providers?.includes('import') === false)
    warn(`no run will use it: the providers of ${zone} are configured, and import is not among them`);
  if (options.json === true) {
    const span = { from_ms: points[0]!.from_ms, to_ms: points.at(-1)!.to_ms };
    print(JSON.stringify({ schema: 'joulebook/grid-import/v1', ...topic, ...span, added, revised }, null, 2));
    return;
  }
  const span = `${dayOf(points[0]!.from_ms)} to ${dayOf(points.at(-1)!.to_ms)}`;
  print(
    `  ${zone}: ${added} values new, ${revised} revised, ${span}; ${kind}, ${scope}; kept for every run in ${zone}`,
  );
}

/** By zone, when runs of the ledger were there, a day around it; or the last day, of a zone without a run. */
function wantedSpans(
  ledger: string,
  { zones, since_ms }: { readonly zones: readonly string[]; readonly since_ms: number | null },
): Map<string, Span[]> {
  const now_ms = Date.now();
  const out = new Map<string, Span[]>(zones.map((zone) => [zone, []]));
  for (const { record, writers } of hasLedger(ledger) ? listRuns(ledger) : []) {
    const started_ms = Math.min(...writers.map((one) => one.record.started_at_ms));
    const ended_ms = Math.max(...writers.map(({ end }) => end?.ended_at_ms ?? now_ms));
    for (const { zone, from_ms, to_ms } of staysOf(record, writers)) {
      if (zone === null || (zones.length > 0 && !zones.includes(zone)) || writers.length === 0) continue;
      const span = { from_ms: Math.max(from_ms, started_ms) - DAY_MS, to_ms: Math.min(to_ms, ended_ms) + DAY_MS };
      if (since_ms !== null && span.to_ms < since_ms) continue;
      const spans = out.get(zone) ?? [];
      spans.push(span);
      out.set(zone, spans);
    }
  }
  for (const zone of zones)
    if (since_ms !== null || out.get(zone)!.length === 0)
      out.get(zone)!.push({ from_ms: since_ms ?? now_ms - DAY_MS, to_ms: now_ms });
  return out;
}

function tell({
  zone,
  provider,
  kind,
  scope,
  asked,
  forecast,
  added,
  revised,
  revision,
  refusal,
  notes,
}: Synced): void {
  for (const note of notes) warn(`${provider}: ${note}`);
  if (refusal !== null) warn(refusal);
  const hours = asked.reduce((sum, { from_ms, to_ms }) => sum + (to_ms - from_ms) / 3_600_000, 0);
  const change =
    revision === null ? '' : ` (${three(revision.before_g_per_kwh)} → ${three(revision.after_g_per_kwh)} g/kWh)`;
  const what = [
    ...(hours > 0 ? [`${hours} h asked`, `${added} values new`, `${revised} revised${change}`] : []),
    ...(forecast ? ['a new forecast'] : []),
  ];
  if (what.length === 0 && refusal !== null) return;
  print(`  ${zone}  ${provider} (${kind}, ${scope}): ${what.length > 0 ? what.join(', ') : 'nothing is due'}`);
}
