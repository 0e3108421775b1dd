// The mean intensity of an account with its errors by cause, from the parts of it that each series of the chain told.
//
// Parts count by their share of the emissions; a cause that several parts share adds linearly, others in quadrature.

import { type Known, type Reach, withRelative } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { Cause } from './errors.ts';
import { intensityFactors } from './intensity-errors.ts';
import type { Cell } from './operational.ts';

export interface Accounted {
  /** g/kWh. */
  readonly figure: Known;
  /** The figure's causes, by id. */
  readonly causes: ReadonlyMap<string, Cause>;
}

/** `all` must hold energy of known intensity alone; `hours` is how long the energy flowed within the span. */
export function accountedIntensity(
  all: Cell,
  chain: readonly IntensitySeries[],
  { span, hours }: { readonly span: { readonly from_ms: number; readonly to_ms: number }; readonly hours: number },
): Accounted {
  const reaches: Record<string, Reach> = {};
  const causes = new Map<string, Cause>();
  chain.forEach((series, i) => {
    const [energy, grams] = [all.by_series[i]!, all.grams_by_series[i]!];
    if (!(energy > 0) || !(grams > 0)) return;
    const part = { series, g_per_kwh: (grams / energy) * JOULES_PER_KWH, hours: (hours * energy) / all.energy_j };
    const share = grams / all.emissions_g;
    for (const { id, label, hint, down, up } of intensityFactors(part, span)) {
      const held = reaches[id] ?? { down: 0, up: 0 };
      reaches[id] = { down: held.down + down * share, up: held.up + up * share };
      if (!causes.has(id)) causes.set(id, { id, label, hint });
    }
  });
  return { figure: withRelative((all.emissions_g / all.energy_j) * JOULES_PER_KWH, reaches), causes };
}
