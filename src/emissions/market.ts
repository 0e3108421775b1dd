// Market-based emissions of a load: certificates first, then the contract, the residual mix, the grid's average.
//
// The order is that of the GHG Protocol, Scope 2 Guidance (2015), chapter 6. A part that none of them tells is unknown, and
// so is the whole. It stands beside the location-based figure and is never added to it.

import {
  asGiven,
  exactly,
  type Figure,
  type Given,
  isKnown,
  type Known,
  plus,
  scaled,
  times,
  unknown,
  withRelative,
} from '../core/figure.ts';
import { JOULES_PER_KWH, sum } from '../core/units.ts';
import type { Certificate } from '../grid/certificate-file.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { type Matched, matchCertificates } from './certificates.ts';
import type { Cause } from './errors.ts';
import { type Cell, type EnergyIntervals, spread } from './operational.ts';
import { residualMixOf } from './residual-mix.ts';

/** Facility energy of a run. */
export interface Load {
  /** J, with its causes of error. */
  readonly figure: Figure;
  /** How it lies in time; only its course counts, the sum is that of the figure. */
  readonly course: EnergyIntervals;
  /** At least 1 ms before to_ms. */
  readonly from_ms: number;
  readonly to_ms: number;
}

/** The location-based account of the same load. */
export interface Average {
  readonly chain: readonly IntensitySeries[];
  /** Mean g/kWh. */
  readonly mean: Figure;
}

export interface Supply {
  readonly certificates?: { readonly rows: readonly Certificate[]; readonly source: string };
  /** g/kWh, as is the residual mix. */
  readonly contract?: Given;
  /** Of the user's; else that of the zone is looked up. */
  readonly residual?: Given;
  /** Null: not known, or several. */
  readonly zone: string | null;
  readonly average: Average;
}

export type Instrument = 'certificates' | 'contract' | 'residual-mix' | 'grid-average' | 'unknown';

export interface MarketPart {
  readonly instrument: Instrument;
  /** Of the energy, 0..1. */
  readonly share: number;
  readonly g_per_kwh: number | null;
  /** Of published values; null of what its user says, whose scope nobody knows. */
  readonly scope: 'direct' | 'lifecycle' | null;
  readonly source: string;
}

export interface MarketAccount {
  /** gCO2e. */
  readonly figure: Figure;
  readonly causes: readonly Cause[];
  /** Shares add up to 1; none where there is no energy. */
  readonly parts: readonly MarketPart[];
  /** Of the energy, what certificates of at most an hour cover; null where there is no energy or no certificate. */
  readonly matched_share: number | null;
  /** Of the certificates whose periods the run touches. */
  readonly unused_kwh: number | null;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

const HOUR_MS = 3_600_000;
/** A share of the load beneath which nothing is left: what rounding leaves. */
const NOTHING = 1e-12;

/** Certificates outside the load's time cover nothing of it. Unknown where the load's energy is, or a part of it has no intensity. */
export function marketOf(load: Load, supply: Supply): MarketAccount {
  const { figure: energy } = load;
  if (!isKnown(energy)) return { ...NONE, figure: energy };
  const rows = (supply.certificates?.rows ?? []).filter((row) => row.from_ms < load.to_ms && row.to_ms > load.from_ms);
  const rest = restOf(supply, load);
  const edges_ms = edgesOf(load, rows);
  const cells = spread(load.course, edges_ms, rest.chain);
  const all_j = sum(cells.map((cell) => cell.energy_j));
  if (!(energy.value > 0 && all_j > 0)) return { ...NONE, figure: unknown('no energy to account for') };
  const energy_j = cells.map((cell) => (cell.energy_j / all_j) * energy.value);
  const matched = matchCertificates({ edges_ms, energy_j }, rows);
  const [used_j, left_j] = [sum(matched.used_j), sum(matched.left_j)];
  const some = left_j > NOTHING * energy.value;
  const uncovered = some ? rest.gramsOf(cells, matched.left_j) : exactly(0);
  const rate = isKnown(uncovered) && some ? uncovered.value / left_j : 0; // g/J of what is left
  const gramsOf = (by_row_j: readonly number[]) =>
    sum(rows.map((row, i) => by_row_j[i]! * row.g_per_kwh)) / JOULES_PER_KWH;
  // More load is covered by what is not used up, and by the rest: the error of the energy counts at that rate.
  const slope = gramsOf(matched.used_slope_j) + sum(matched.left_slope_j) * rate;
  const certified: Known = { value: gramsOf(matched.used_j), terms: scaled(energy, slope / energy.value).terms };
  const covered = { share: used_j / energy.value, g_per_kwh: (certified.value / used_j) * JOULES_PER_KWH };
  const left = { share: left_j / energy.value, g_per_kwh: isKnown(uncovered) ? rate * JOULES_PER_KWH : null };
  const parts: MarketPart[] = [
    { instrument: 'certificates', ...covered, scope: null, source: supply.certificates?.source ?? '' },
    { ...(isKnown(uncovered) ? rest.partOf(cells) : NO_INSTRUMENT), ...left },
  ];
  return {
    figure: plus(certified, uncovered),
    causes: some ? rest.causes : [],
    parts: parts.filter(({ share }) => share > NOTHING),
    ...certificateFigures(supply, { rows, matched, energy_j: energy.value }),
    notes: some && isKnown(uncovered) ? rest.notes : [],
  };
}

function certificateFigures(
  { certificates }: Supply,
  { rows, matched, energy_j }: { rows: readonly Certificate[]; matched: Matched; energy_j: number },
): Pick<MarketAccount, 'matched_share' | 'unused_kwh'> {
  if (certificates === undefined) return { matched_share: null, unused_kwh: null };
  const hourly = rows.map(({ from_ms, to_ms }, i) => (to_ms - from_ms <= HOUR_MS ? matched.used_j[i]! : 0));
  const unused = sum(rows.map(({ kwh }, i) => kwh - matched.used_j[i]! / JOULES_PER_KWH));
  return { matched_share: sum(hourly) / energy_j, unused_kwh: Math.max(0, unused) };
}

const NO_INSTRUMENT = { instrument: 'unknown', scope: null, source: '' } as const;
const NONE: Omit<MarketAccount, 'figure'> = { causes: [], parts: [], matched_share: null, unused_kwh: null, notes: [] };

/** What covers the energy that certificates leave. */
interface Rest {
  /** What it is, for energy in these cells. */
  partOf(cells: readonly Cell[]): Pick<MarketPart, 'instrument' | 'scope' | 'source'>;
  readonly chain: readonly IntensitySeries[];
  readonly causes: readonly Cause[];
  readonly notes: readonly string[];
  /** gCO2e of left_j J of each cell. */
  gramsOf(cells: readonly Cell[], left_j: readonly number[]): Figure;
}

function restOf({ contract, residual, zone, average }: Supply, { from_ms, to_ms }: Load): Rest {
  if (contract !== undefined) return offered('contract', contract);
  if (residual !== undefined) return offered('residual-mix', residual);
  const year = new Date((from_ms + to_ms) / 2).getUTCFullYear();
  const mix = zone === null ? { why: 'no single zone is known for a residual mix' } : residualMixOf(zone, year);
  if ('why' in mix) return averaged(average, mix.why);
  const { g_per_kwh, source, reach, scope, area } = mix;
  const id = `market:residual-mix:${area}:${mix.year}`;
  const rate = withRelative(g_per_kwh, { [id]: reach });
  const other =
    mix.year === year ? [] : [`the residual mix is of ${mix.year}: none of ${area} for ${year} is in the table`];
  return {
    ...constant(rate),
    partOf: () => ({ instrument: 'residual-mix', scope, source }),
    causes:
      other.length === 0
        ? []
        : [{ id, label: 'residual mix, of another year', hint: `give the mix of ${year} when it is published` }],
    notes: other,
  };
}

function offered(instrument: 'contract' | 'residual-mix', said: Given): Rest {
  const id = `market:${instrument}:${said.source}`;
  const rate = asGiven(said, id);
  const label = `the ${instrument === 'contract' ? "contract's intensity" : 'residual mix'}`;
  const hint = 'a narrower interval of what was said would narrow this';
  return {
    ...constant(rate),
    partOf: () => ({ instrument, scope: null, source: said.source }),
    causes: rate.terms.size === 0 ? [] : [{ id, label, hint }],
    notes: [],
  };
}

const constant = (g_per_kwh: Known) => ({
  chain: [],
  gramsOf: (_: readonly Cell[], left_j: readonly number[]) => times(g_per_kwh, exactly(sum(left_j) / JOULES_PER_KWH)),
});

/** By the hours that are left: certificates of the day leave the night. */
function averaged({ chain, mean }: Average, why: string): Rest {
  return {
    partOf(cells) {
      const used = chain.filter((_, i) => cells.some(({ by_series }) => by_series[i]! > 0));
      const source = [...new Set(used.map((series) => series.source))].join('; ');
      return { instrument: 'grid-average', scope: chain[0]?.scope ?? null, source };
    },
    ...{ chain, causes: [] },
    notes: [`${why}: the grid's average stands in, and what others have claimed of it counts here too`],
    gramsOf(cells, left_j) {
      if (chain.some(({ kind }) => kind !== 'average'))
        return unknown(`${why}, and the intensity of this account is marginal`);
      if (!isKnown(mean)) return unknown(`${why}, and no average stands in: ${mean.why}`);
      const grams = sum(
        cells.map((cell, i) => (cell.known_j > 0 ? (cell.emissions_g / cell.known_j) * left_j[i]! : 0)),
      );
      return mean.value > 0 ? scaled(mean, grams / mean.value) : exactly(0);
    },
  };
}

/** The load's own ends and all edges of certificates between them. */
function edgesOf({ from_ms, to_ms }: Load, rows: readonly Certificate[]): number[] {
  const inside = rows.flatMap((row) => [row.from_ms, row.to_ms]).filter((at) => at > from_ms && at < to_ms);
  return [...new Set([from_ms, ...inside, to_ms])].sort((a, b) => a - b);
}
