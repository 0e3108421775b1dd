// Software Carbon Intensity of runs: SCI = (E × I + M) per R.
//
// Source: ISO/IEC 21031:2024 (sci.greensoftware.foundation). E holds the PUE where it is known; I is location-based: what was
// bought on a market is left out. With M unknown the score is unknown: what E × I alone comes to stands beside it. The parts
// share causes of error (the sensor is in E and in E × I), so sums and ratios are of figures, not of the ends of intervals.

import { type Figure, type FigureJson, isKnown, over, plus, scaled, toJson, unknown } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Account } from './account.ts';
import { type Count, type FunctionalUnit, perUnit, type RJson } from './functional-unit.ts';

/** What R counts in every run; others are of `work.units`. */
export const COUNTED = ['run', 'tokens', 'samples', 'steps'];

export const METHOD = { i_method: 'location-based', market_instruments: 'excluded' } as const;

export interface SciJson {
  readonly schema: 'joulebook/sci/v1';
  readonly standard: 'ISO/IEC 21031:2024';
  readonly i_method: 'location-based';
  readonly market_instruments: 'excluded';
  readonly runs: readonly SciRun[];
}

/** E, I and M. */
export interface Terms {
  /** kWh; facility: with the PUE, it: without, as it is not known, mixed: of some runs. */
  readonly e_kwh: FigureJson;
  readonly e_boundary: 'facility' | 'it' | 'mixed';
  readonly i_g_per_kwh: FigureJson;
  readonly m_g: FigureJson;
}

export interface SciRun extends Terms {
  readonly run: string;
  readonly name: string | null;
  readonly i_kind: readonly string[];
  readonly r: RJson;
  /** (E × I + M) ÷ R, gCO2e for each unit. */
  readonly sci_g: FigureJson;
  /** E × I ÷ R. */
  readonly operational_g: FigureJson;
}

export type Figures = Readonly<Record<'it_j' | 'facility_j' | 'operational_g' | 'embodied_g', Figure>>;

type Carbon = Pick<Figures, 'operational_g' | 'embodied_g'>;

export interface Energy {
  readonly e_j: Figure;
  readonly e_boundary: Terms['e_boundary'];
}

export interface Accounted {
  readonly report: Pick<Account, 'run' | 'emissions' | 'work'>;
  readonly figures: Figures;
}

/** SCI = (E × I + M) per R of each run (ISO/IEC 21031:2024): E in kWh, I in g/kWh; unknown where M is. */
export function sciOf(runs: readonly Accounted[], unit: FunctionalUnit): SciJson {
  const scores = runs.map((one) => sciRun(one, unit));
  return { schema: 'joulebook/sci/v1', standard: 'ISO/IEC 21031:2024', ...METHOD, runs: scores };
}

function sciRun({ report, figures }: Accounted, unit: FunctionalUnit): SciRun {
  const { run, emissions } = report;
  const counted = countOf(report, unit.of);
  const { r, g } = perUnit(carbonOf(figures), counted, unit);
  return {
    ...{ run: run.id, name: run.name, ...termsOf({ ...energyOf(figures), ...figures }) },
    i_kind: [...new Set(emissions.intensity.parts.map(({ kind, scope, quality }) => `${kind} ${scope} ${quality}`))],
    ...{ r, sci_g: toJson(g), operational_g: toJson(perUnit(figures.operational_g, counted, unit).g) },
  };
}

function countOf({ work }: Pick<Account, 'work'>, of: string): Count {
  const count = of === 'run' ? 1 : (work[of as 'tokens'] ?? work.units[of] ?? null);
  return count === null ? { of, count, why: `no ${of} were told by the run's log` } : { of, count };
}

/** J with the PUE, or of IT energy alone where the PUE is not known. */
export function energyOf({ it_j, facility_j }: Pick<Figures, 'it_j' | 'facility_j'>): Energy {
  const it = isKnown(it_j) && !isKnown(facility_j);
  return { e_j: it ? it_j : facility_j, e_boundary: it ? 'it' : 'facility' };
}

/** E, I and M of what the figures are of. */
export function termsOf({ e_j, e_boundary, operational_g, embodied_g }: Energy & Carbon): Terms {
  const e_kwh = scaled(e_j, 1 / JOULES_PER_KWH);
  const i_g_per_kwh = toJson(over(operational_g, e_kwh));
  return { e_kwh: toJson(e_kwh), e_boundary, i_g_per_kwh, m_g: toJson(embodied_g) };
}

/** C = E × I + M, gCO2e. */
export function carbonOf({ operational_g, embodied_g }: Carbon): Figure {
  if (isKnown(operational_g) && !isKnown(embodied_g)) return unknown(`M is not known: ${embodied_g.why}`);
  return plus(operational_g, embodied_g);
}
