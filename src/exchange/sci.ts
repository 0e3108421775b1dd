// Software Carbon Intensity of runs: SCI = (E × I + M) per R.
//
// Source: ISO/IEC 21031:2024 (sci.greensoftware.foundation). E holds the PUE where it is known; I is location-based. With
// M unknown the score is unknown: what E × I alone comes to stands beside it, under a name of its own.

import type { FigureJson } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Account } from './account.ts';

export const UNITS = ['run', 'tokens', 'samples', 'steps'] as const;
export type Unit = (typeof UNITS)[number];

export interface SciJson {
  readonly schema: 'joulebook/sci/v1';
  readonly standard: 'ISO/IEC 21031:2024';
  readonly runs: readonly SciRun[];
}

export interface SciRun {
  readonly run: string;
  readonly name: string | null;
  /** kWh; facility: with the PUE, it: without, as it is not known. */
  readonly e_kwh: FigureJson;
  readonly e_boundary: 'facility' | 'it';
  readonly i_g_per_kwh: FigureJson;
  readonly i_kind: readonly string[];
  readonly m_g: FigureJson;
  readonly r: { readonly unit: Unit; readonly count: number | null };
  /** (E × I + M) ÷ R, gCO2e for each unit. */
  readonly sci_g: FigureJson;
  /** E × I ÷ R. */
  readonly operational_g: FigureJson;
}

/** SCI = (E × I + M) per R of runs together (ISO/IEC 21031:2024): E in kWh, I in g/kWh; unknown where M is. */
export function sciOf(accounts: readonly Account[], unit: Unit): SciJson {
  return { schema: 'joulebook/sci/v1', standard: 'ISO/IEC 21031:2024', runs: accounts.map((one) => sciRun(one, unit)) };
}

function sciRun({ run, energy, emissions, work }: Account, unit: Unit): SciRun {
  const facility = energy.pue.value !== null;
  const count = unit === 'run' ? 1 : work[unit];
  const { mean_g_per_kwh, parts } = emissions.intensity;
  const { operational_g, embodied_g: m_g } = emissions;
  const per = (figure: FigureJson): FigureJson => {
    if (figure.value === null) return figure;
    if (count === null || count <= 0) return { value: null, why: `no ${unit} were told by the run's log` };
    return by(figure, 1 / count);
  };
  return {
    ...{ run: run.id, name: run.name, e_kwh: by(facility ? energy.facility_j : energy.it_j, 1 / JOULES_PER_KWH) },
    ...{ e_boundary: facility ? 'facility' : 'it', i_g_per_kwh: intensity(operational_g, mean_g_per_kwh) },
    ...{ i_kind: [...new Set(parts.map(({ kind, scope, quality }) => `${kind} ${scope} ${quality}`))], m_g },
    ...{ r: { unit, count }, sci_g: per(together(operational_g, m_g)), operational_g: per(operational_g) },
  };
}

/** Its interval is that of operational_g, which holds the sensors' error too; so the mean stands without one. */
function intensity(operational_g: FigureJson, mean: number | null): FigureJson {
  if (operational_g.value === null) return operational_g;
  return mean === null ? { value: null, why: 'no energy to weigh it with' } : { value: mean, low: mean, high: mean };
}

function together(operational_g: FigureJson, m_g: FigureJson): FigureJson {
  if (operational_g.value === null) return operational_g;
  if (m_g.value === null) return { value: null, why: `M is not known: ${m_g.why}` };
  const [value, low, high] = (['value', 'low', 'high'] as const).map((end) => operational_g[end] + m_g[end]);
  return { value: value!, low: low!, high: high! };
}

const by = (figure: FigureJson, factor: number): FigureJson =>
  figure.value === null
    ? figure
    : { value: figure.value * factor, low: figure.low * factor, high: figure.high * factor };
