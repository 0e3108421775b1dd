// The `grid` section of a configuration file: which providers a zone is accounted with, and what stands in for what.
//
// Zones by their keys, `*` for all others. One account has one kind and one scope: who asks for a mixture is told both.

import { fault } from '../core/fault.ts';
import { annualArea, annualIntensity } from '../grid/annual.ts';
import { type ChainSpec, DEFAULT_CHAIN } from '../grid/chain.ts';
import { zoneNamed } from '../grid/places.ts';
import type { Kind, Scope, Span } from '../grid/provider.ts';
import { type Chain, chainOf } from '../run/intensity.ts';
import type { GridSettings, Settings } from './settings.ts';

const DAY_MS = 86_400_000;

/** The chain that settings ask for over a span, or from now on. Rejects with a Fault. */
export async function chainFor(
  { zone, intensity, grid, folder }: Pick<Settings, 'zone' | 'intensity' | 'grid' | 'folder'>,
  span: Span = { from_ms: Date.now(), to_ms: Date.now() + DAY_MS },
): Promise<Chain> {
  const spec = await chainSpecOf(grid, zone?.text ?? null);
  return chainOf({ zone: zone?.text ?? null, file: intensity?.text ?? null, spec, ledger: folder, span });
}

/** What a zone is accounted with; null where nothing is configured for it. Rejects with Fault config-bad. */
export async function chainSpecOf(settings: GridSettings | null, zone: string | null): Promise<ChainSpec | null> {
  const key = zone === null ? null : zoneNamed(zone);
  const [name, asked] =
    Object.entries(settings?.zones ?? {}).find(([one]) => one !== '*' && zoneNamed(one) === key) ??
    Object.entries(settings?.zones ?? {}).find(([one]) => one === '*') ??
    [];
  if (settings === null || asked === undefined || key === null) return null;
  const bad = (path: string, problem: string, hint: string) =>
    fault('config-bad', { facts: { file: settings.file, path: `grid.${name}.${path}`, problem, hint } });
  const { offerOf, PROVIDERS } = await import('./providers.ts');
  const named = (asked.providers ?? []).filter((one) => one !== 'import');
  for (const one of named)
    if (!PROVIDERS.includes(one))
      throw bad('providers', `there is no provider "${one}"`, `any of import, ${PROVIDERS.join(', ')}, in order`);
  const offers = named.map(offerOf);
  const kind: Kind = asked.kind ?? offers[0]?.kind ?? 'average';
  const scope: Scope | null = asked.scope ?? offers[0]?.scopes[0] ?? null;
  for (const offer of offers) {
    if (offer.kind === kind && (scope === null || offer.scopes.includes(scope))) continue;
    const other = `${offer.name} tells ${offer.kind} ${offer.scopes.join(' or ')} intensity`;
    throw bad(
      'providers',
      `${other}, the account is ${kind} ${scope ?? ''}`.trimEnd(),
      'one account has one kind and one scope: name providers that tell the same, or another kind or scope',
    );
  }
  if (asked.chain?.includes('annual')) refuseAnnual(key, { kind, scope }, bad);
  const qualities = asked.chain ?? DEFAULT_CHAIN.qualities;
  return { kind, scope, providers: asked.providers ?? null, qualities };
}

/** Whoever names the annual mean wants it in the account: one of another kind or scope cannot be. */
function refuseAnnual(
  zone: string,
  { kind, scope }: Pick<ChainSpec, 'kind' | 'scope'>,
  bad: (path: string, problem: string, hint: string) => Error,
): void {
  if (scope === null || annualArea(zone) === null) return;
  const annual = annualIntensity(zone);
  if (annual.kind === kind && annual.scope === scope) return;
  const other = `the annual mean of ${zone} (${annual.source}) is ${annual.kind} ${annual.scope} intensity`;
  throw bad('chain', `${other}, the account is ${kind} ${scope}`, `leave annual out, or set scope: ${annual.scope}`);
}
