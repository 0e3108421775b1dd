// Makes intensity providers from what the environment tells: keys, and addresses for proxies and tests.

import { usage } from '../core/fault.ts';
import type { Passed, Transport } from '../grid/http.ts';
import type { IntensityProvider, Offer } from '../grid/provider.ts';
import { carbonAwareSdk } from '../grid/providers/carbon-aware-sdk.ts';
import { eia } from '../grid/providers/eia.ts';
import { electricityMaps } from '../grid/providers/electricity-maps.ts';
import { entsoe } from '../grid/providers/entsoe.ts';
import { neso } from '../grid/providers/neso.ts';
import { watttime } from '../grid/providers/watttime.ts';
import { variable } from './settings.ts';

type Make = (value: (name: string) => string, more: Passed & { readonly base?: string }) => IntensityProvider;

/** By name: the variables that hold what it needs, the one of its address, and how it is made. */
const MAKERS: Readonly<
  Record<string, { readonly needs: readonly string[]; readonly url: string; readonly make: Make }>
> = {
  'electricity-maps': {
    ...{ needs: ['ELECTRICITY_MAPS_TOKEN'], url: 'ELECTRICITY_MAPS_URL' },
    make: (value, more) => electricityMaps({ token: value('ELECTRICITY_MAPS_TOKEN'), ...more }),
  },
  watttime: {
    ...{ needs: ['WATTTIME_USER', 'WATTTIME_PASSWORD'], url: 'WATTTIME_URL' },
    make: (value, more) => watttime({ user: value('WATTTIME_USER'), password: value('WATTTIME_PASSWORD'), ...more }),
  },
  neso: { needs: [], url: 'NESO_URL', make: (_, more) => neso(more) },
  eia: { needs: ['EIA_API_KEY'], url: 'EIA_URL', make: (value, more) => eia({ key: value('EIA_API_KEY'), ...more }) },
  entsoe: {
    ...{ needs: ['ENTSOE_TOKEN'], url: 'ENTSOE_URL' },
    make: (value, more) => entsoe({ token: value('ENTSOE_TOKEN'), ...more }),
  },
  // It does not say what stands behind it: this is its usual source, WattTime.
  'carbon-aware-sdk': {
    ...{ needs: ['CARBON_AWARE_SDK_URL'], url: 'CARBON_AWARE_SDK_URL' },
    make: (value, more) =>
      carbonAwareSdk({
        ...more,
        ...{
          base: value('CARBON_AWARE_SDK_URL'),
          kind: 'marginal',
          scope: 'direct',
          basis: 'consumption',
          step_s: 300,
        },
      }),
  },
};

export const PROVIDERS: readonly string[] = Object.keys(MAKERS);

/** The variables that a provider needs and does not have. */
export const missingOf = (name: string): readonly string[] =>
  (MAKERS[name]?.needs ?? []).filter((one) => variable(one) === null);

/** A provider by its name. Throws Fault usage where there is none of that name, or its key is not given. */
export function providerOf(name: string, passed: Passed = {}): IntensityProvider {
  const maker = makerOf(name);
  const missing = missingOf(name);
  if (missing.length > 0) throw usage(`${name} needs ${missing.join(' and ')}`, 'set it in the environment');
  const base = variable(maker.url);
  return maker.make((one) => variable(one)!, { ...passed, ...(base === null ? {} : { base }) });
}

/** A provider that is answered from a record: without keys, at once. Throws Fault usage. */
export const replayedProvider = (name: string, transport: Transport): IntensityProvider =>
  makerOf(name).make(() => 'https://replayed.invalid', { transport, wait: async () => {} });

/** What a provider is told that nobody else should know: keys, user, password. */
export const secretsOf = (name: string): readonly string[] =>
  makerOf(name)
    .needs.filter((one) => !one.endsWith('_URL'))
    .flatMap((one) => variable(one) ?? []);

function makerOf(name: string) {
  if (Object.hasOwn(MAKERS, name)) return MAKERS[name]!;
  throw usage(`there is no provider "${name}"`, `one of ${PROVIDERS.join(', ')}`);
}

/** What a provider offers, whether its key is there or not. Throws Fault usage where there is none of that name. */
export const offerOf = (name: string): Offer => makerOf(name).make(() => 'http://127.0.0.1', {}).offer;
