// The intensity that a run is accounted with: its mean as a figure, and the parts of the chain that it is made of.

import { type Figure, unknown } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Cause } from '../emissions/errors.ts';
import { accountedIntensity } from '../emissions/intensity-account.ts';
import type { Cell } from '../emissions/operational.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { ReportInput } from './build.ts';
import type { PartJson } from './model.ts';

/** The mean intensity with its reach; the causes of error are added to `causes`. Unknown unless all of the energy is covered. */
export function intensityFigure(
  all: Cell,
  input: Pick<ReportInput, 'chain' | 'no_intensity'> & { readonly duration_s: number },
  causes: Map<string, Cause>,
): Figure {
  if (input.chain.length === 0) return unknown(input.no_intensity ?? 'no zone is known: give --zone');
  if (all.energy_j <= 0) return unknown('no energy to weigh the intensity with');
  const known = all.known_j / all.energy_j;
  if (known < 1 - 1e-9) {
    const share = (known * 100).toFixed(known < 0.1 ? 1 : 0);
    return unknown(
      `the intensity is known for only ${share} % of the energy: the series does not reach over the whole run`,
    );
  }
  const { figure, causes: found } = accountedIntensity(all, input.chain, {
    span: { from_ms: all.from_ms, to_ms: all.to_ms },
    hours: input.duration_s / 3600,
  });
  for (const [id, cause] of found) causes.set(id, cause);
  return figure;
}

/** The parts of the account in which a country's mean stands in for that of its part. */
export function borrowed(all: Cell, chain: readonly IntensitySeries[]): { zone: string; of: string; grams: number }[] {
  return chain.flatMap(({ zone, mean_of: of }, i) => {
    const grams = all.grams_by_series[i]!;
    return of === undefined || grams <= 0 ? [] : [{ zone, of, grams }];
  });
}

/** What the account stands on: its share of the energy adds up to the coverage. */
export function partsOf(all: Cell, chain: readonly IntensitySeries[]): PartJson[] {
  return chain.flatMap(({ zone, provider, kind, scope, quality, year, source, retrieved_at_ms = null }, i) => {
    const energy = all.by_series[i]!;
    if (energy <= 0) return [];
    const mean_g_per_kwh = (all.grams_by_series[i]! / energy) * JOULES_PER_KWH;
    return [
      {
        zone,
        provider,
        kind,
        scope,
        quality,
        share: energy / all.energy_j,
        year,
        source,
        mean_g_per_kwh,
        retrieved_at_ms,
      },
    ];
  });
}
