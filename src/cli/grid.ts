// joulebook grid history, forecast and providers: what is known of a zone's intensity, or, asked directly, what one provider
// says of it.

import { chainSpecOf } from '../app/grid-config.ts';
import { type Known, type KnownQuestion, knownGrid } from '../app/grid-known.ts';
import { missingOf, PROVIDERS, providerOf, replayedProvider } from '../app/providers.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { dayOf } from '../core/timestamp.ts';
import { type ChainSpec, DEFAULT_CHAIN } from '../grid/chain.ts';
import type { Quality } from '../grid/knowledge.ts';
import { zoneNamed } from '../grid/places.ts';
import type { IntensityProvider, Offer, Scope, Span } from '../grid/provider.ts';
import { readRecording, replayOf } from '../grid/recording.ts';
import { holesIn, meanOver } from '../grid/stretches.ts';
import { show } from './grid-show.ts';
import { interruption } from './interruption.ts';
import { oneOf, positive, timeOf } from './options.ts';
import { print, progress } from './say.ts';

export interface GridOptions {
  provider?: string;
  scope?: string;
  from?: string;
  to?: string;
  hours?: string;
  offline?: boolean;
  direct?: boolean;
  replay?: string;
  json?: boolean;
  csv?: boolean;
  ledger?: string;
}

const HOUR_MS = 3_600_000;
const DAY_H = 24;

/** What was, in [--from, --to): by default the last day. Rejects with a Fault. */
export async function gridHistory(zone: string, options: GridOptions): Promise<void> {
  if (options.replay !== undefined) return replayed(zone, options, 'history');
  const span = pastOf(options);
  const { to_ms } = span;
  if (options.direct === true) return show(await directly(zone, options, { what: 'history', span }), options);
  const told: readonly Quality[] = ['measured', 'estimated', 'forecast'];
  const question = await questionOf(zone, options, told);
  show(await knownSoFar({ ...question, span, spans: [span], forecast: to_ms > Date.now() }), options);
}

/** What is expected for the next --hours. Rejects with a Fault. */
export async function gridForecast(zone: string, options: GridOptions): Promise<void> {
  if (options.replay !== undefined) return replayed(zone, options, 'forecast');
  const span = aheadOf(options);
  if (options.direct === true) return show(await directly(zone, options, { what: 'forecast', span }), options);
  const question = await questionOf(zone, options, ['forecast']);
  show(await knownSoFar({ ...question, span, spans: [], forecast: true }), options);
}

/** The span of --from and --to; `usual` stands where they are not given. Throws Fault usage. */
export function pastOf(options: Pick<GridOptions, 'from' | 'to'>, usual?: Span): Span {
  const to_ms = timeOf('--to', options.to) ?? usual?.to_ms ?? Date.now();
  const from_ms = timeOf('--from', options.from) ?? usual?.from_ms ?? to_ms - DAY_H * HOUR_MS;
  if (to_ms <= from_ms) throw usage('--to is not after --from', 'give a span of time');
  return { from_ms, to_ms };
}

/** The next --hours. Throws Fault usage. */
export function aheadOf({ hours }: Pick<GridOptions, 'hours'>, usual?: Span): Span {
  const from_ms = usual?.from_ms ?? Date.now();
  if (hours === undefined && usual !== undefined) return usual;
  return { from_ms, to_ms: from_ms + (hours === undefined ? DAY_H : positive('--hours', hours)) * HOUR_MS };
}

/** What a recording answers. What is not said is as it was recorded: now would be another time. */
async function replayed(zone: string, options: GridOptions, what: 'history' | 'forecast'): Promise<void> {
  const file = options.replay!;
  const recording = await readRecording(file);
  const { provider: name, asked } = recording;
  if (options.provider !== undefined && options.provider !== name)
    throw usage(`${file} is a recording of ${name}, not of ${options.provider}`, 'leave out --provider');
  if (options.offline === true) throw usage('--replay asks nobody as it is', 'leave out --offline');
  const provider = replayedProvider(name, replayOf(recording, file));
  const recorded = { from_ms: asked.from_ms, to_ms: asked.to_ms };
  const span = what === 'history' ? pastOf(options, recorded) : aheadOf(options, recorded);
  const answered = await answerOf(provider, zone, { what, span, scope: options.scope ?? asked.scope });
  show(
    { ...answered, points: answered.points.map((point) => ({ ...point, retrieved_at_ms: recording.recorded_at_ms })) },
    options,
  );
}

/** Who can be asked, and what for. */
export function gridProviders({ json }: GridOptions): void {
  const all = PROVIDERS.map((name) => ({ name, missing: missingOf(name) }));
  const ready = all.map((one) => ({ ...one, offer: one.missing.length === 0 ? providerOf(one.name).offer : null }));
  if (json === true) {
    print(JSON.stringify({ schema: 'joulebook/grid-providers/v1', providers: ready }, null, 2));
    return;
  }
  for (const { name, missing, offer } of ready)
    print(
      offer === null
        ? `  ${name.padEnd(18)} needs ${missing.join(' and ')}`
        : `  ${name.padEnd(18)} ${offer.kind}, ${offer.scopes.join(' or ')}, of ${offer.basis}, every ${offer.step_s / 60} min, ${offer.forecast_h > 0 ? `${offer.forecast_h} h ahead` : 'no forecast'}; ${offer.licence}`,
    );
}

type Asking = Pick<GridOptions, 'provider' | 'scope' | 'offline' | 'direct' | 'ledger'>;

/**
 * Whom to ask about a zone and how it is accounted: as configured, or one provider alone and then of its answers those of
 * `qualities`. Rejects with Fault usage, config-bad.
 */
export async function questionOf(
  zone: string,
  options: Asking,
  qualities: readonly Quality[],
): Promise<Omit<KnownQuestion, 'span' | 'spans' | 'forecast'>> {
  const { provider: name, scope, offline = false } = options;
  const { folder: ledger, grid } = await settingsOf(options.ledger === undefined ? {} : { ledger: options.ledger });
  const key = zoneNamed(zone);
  const rest = { ledger, zone: key, offline, signal: interruption() };
  if (name === undefined) {
    const spec = await chainSpecOf(grid, key);
    const asked = scope === undefined ? null : (oneOf('--scope', scope, ['lifecycle', 'direct']) as Scope);
    if (asked !== null && spec !== null && spec.scope !== null && spec.scope !== asked)
      throw usage(`--scope ${asked}: ${key} is accounted as ${spec.scope}`, 'leave out --scope, or name a --provider');
    const scoped: ChainSpec | null = asked === null ? spec : { ...(spec ?? DEFAULT_CHAIN), scope: asked };
    return { ...rest, spec: scoped, named: [] };
  }
  const { offer } = providerOf(name);
  return {
    ...rest,
    spec: { kind: offer.kind, scope: scopeIn(offer, scope), providers: [name], qualities },
    named: [name],
  };
}

/** What a provider answers at this moment, kept nowhere. Rejects with a Fault. */
async function directly(
  zone: string,
  options: Asking,
  { what, span }: { readonly what: 'history' | 'forecast'; readonly span: Span },
): Promise<Known> {
  if (options.provider === undefined) throw usage('no provider is named', `--provider ${PROVIDERS.join(', ')}`);
  if (options.offline === true) throw usage('--direct asks and --offline does not', 'leave one of them out');
  return answerOf(providerOf(options.provider), zone, { what, span, scope: options.scope });
}

async function answerOf(
  provider: IntensityProvider,
  zone: string,
  { what, span, scope: named }: { what: 'history' | 'forecast'; span: Span; scope: string | undefined },
): Promise<Known> {
  const { name, kind, basis, source, licence } = provider.offer;
  const scope = scopeIn(provider.offer, named);
  const answer = await provider[what]({ zone: zoneNamed(zone), scope, ...span, signal: interruption() });
  const retrieved_at_ms = Date.now();
  return {
    ...{
      zone: zoneNamed(zone),
      provider: name,
      region: answer.region,
      basis,
      issued_at_ms: answer.issued_at_ms,
      kind,
      scope,
      ...span,
    },
    ...meanOver(answer.points, span),
    points: answer.points.map((point) => ({ ...point, provider: name, retrieved_at_ms })),
    ...{ holes: holesIn(answer.points, span), sources: [{ provider: name, source, licence, year: null }] },
    warnings: answer.notes,
  };
}

export const scopeIn = ({ scopes }: Offer, scope: string | undefined): Scope =>
  oneOf('--scope', scope ?? scopes[0]!, scopes) as Scope;

/** As knownGrid, with a line of progress that is drawn over; nothing where nobody looks. */
export async function knownSoFar(question: Omit<KnownQuestion, 'told'>): Promise<Known> {
  if (!question.offline) progress(`asking about ${question.zone}`);
  try {
    return await knownGrid({
      ...question,
      told: ({ zone, provider }, part) =>
        progress(`${zone} ${provider}: ${dayOf(part.from_ms)} to ${dayOf(part.to_ms)}`),
    });
  } finally {
    progress('');
  }
}
