// The lines of what was bought and of what the run caused on the margin: beside operational emissions, never added to them.

import { type Figure, isKnown, over, scaled, times, unknown } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { facilityCourse } from '../emissions/facility.ts';
import { type Load, type MarketAccount, marketOf } from '../emissions/market.ts';
import { addCells, spread } from '../emissions/operational.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { ReportInput } from './build.ts';
import { intensityFigure, partsOf } from './intensity.ts';
import type { Basis, Told } from './lines.ts';
import type { MarginalJson, MarketJson } from './model.ts';
import { NO_VALUES } from './overheads.ts';
import type { Span } from './rows.ts';
import { staysIn } from './water.ts';

/** A chain of series of kind marginal; empty, with the reason, where none is known. */
export interface Marginal {
  readonly chain: readonly IntensitySeries[];
  readonly none: string | null;
}

export interface MarketLines {
  /** gCO2e. */
  readonly market: Figure;
  readonly marginal: Figure;
  readonly about_market: MarketJson;
  readonly about_marginal: MarginalJson;
}

/** Facility energy where the PUE is known, else IT energy, as the operational line has it. */
export function marketLines(basis: Basis, told: Told): MarketLines {
  const { input, span, it, facility } = basis;
  const { pue } = input.values ?? NO_VALUES;
  const charged = input.energy.charged;
  const whole = isKnown(facility);
  const load: Load = {
    figure: whole ? facility : it,
    course: whole && pue !== null ? facilityCourse(charged, pue) : charged,
    ...{ from_ms: span.from, to_ms: span.to },
  };
  const market = boughtOf(basis, load, told);
  const { figure: marginal, about } = marginalOf(basis, load, told);
  const { parts, matched_share, unused_kwh, notes } = market;
  const about_market = { parts: [...parts], matched_share, unused_kwh, notes: [...notes] };
  return { market: market.figure, marginal, about_market, about_marginal: about };
}

function boughtOf({ input, operational, span }: Basis, load: Load, { causes, warnings }: Told): MarketAccount {
  const { run, chain, values = NO_VALUES, unsure = {} } = input;
  const said = run.account?.market;
  const { certificates: lost } = values.lost;
  if (lost !== undefined) warnings.push({ code: 'market', message: `market-based emissions are not known: ${lost}` });
  const doubt = lost ?? unsure.account ?? unsure.pue;
  if (doubt !== undefined) return { ...NOTHING, figure: unknown(doubt) };
  const mean = scaled(over(operational, load.figure), JOULES_PER_KWH);
  const account = marketOf(load, {
    ...(said?.contract && { contract: said.contract }),
    ...(said?.residual && { residual: said.residual }),
    ...(values.certificates && { certificates: values.certificates }),
    zone: unsure.zone === undefined ? onlyZone(input, span) : null,
    average: { chain, mean },
  });
  for (const cause of account.causes) causes.set(cause.id, cause);
  const notes = [...account.notes, ...certificateNotes(account)];
  if (said !== undefined) for (const message of notes) warnings.push({ code: 'market', message });
  return { ...account, notes };
}

/** Null where it was in several, or in one that is not known. */
function onlyZone(input: ReportInput, span: Span): string | null {
  const told = staysIn(input, span).map(({ zone }) => zone);
  const named = input.chain.flatMap(({ zone }) => zone || []);
  const [zone = null, ...more] = new Set(told.every((one) => one === null) ? named : [...told, ...named]);
  return more.length > 0 ? null : zone;
}

const NOTHING: Omit<MarketAccount, 'figure'> = {
  causes: [],
  parts: [],
  matched_share: null,
  unused_kwh: null,
  notes: [],
};

function certificateNotes({ unused_kwh }: MarketAccount): string[] {
  if (unused_kwh === null) return [];
  const over = `${Number(unused_kwh.toPrecision(3))} kWh of the certificates are more than was used in their periods: they cover nothing else`;
  return [
    ...(unused_kwh > 0 ? [over] : []),
    'certificates are matched for this run alone: of those that several runs share give each its part',
  ];
}

function marginalOf(basis: Basis, load: Load, { causes, warnings }: Told): { figure: Figure; about: MarginalJson } {
  const { input, duration_s } = basis;
  const { chain, none } = input.marginal ?? { chain: [], none: 'it is told by joulebook report alone' };
  const about = { mean_g_per_kwh: null, coverage: 0, parts: [] };
  const lost = (why: string) => {
    if (input.marginal !== undefined && input.run.account?.marginal !== undefined)
      warnings.push({ code: 'market', message: `marginal emissions are not known: ${why}` });
  };
  if (chain.length === 0) {
    lost(none ?? '');
    return { figure: unknown(none ?? 'no marginal intensity is known'), about };
  }
  const all = addCells(spread(load.course, [load.from_ms, load.to_ms], chain));
  const mean = intensityFigure(all, { chain, no_intensity: none, duration_s }, causes);
  if (!isKnown(mean)) lost(mean.why);
  return {
    figure: times(load.figure, scaled(mean, 1 / JOULES_PER_KWH)),
    about: {
      mean_g_per_kwh: all.known_j > 0 ? (all.emissions_g / all.known_j) * JOULES_PER_KWH : null,
      coverage: all.energy_j > 0 ? all.known_j / all.energy_j : 0,
      parts: partsOf(all, chain),
    },
  };
}
