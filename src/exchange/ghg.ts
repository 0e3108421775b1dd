// Energy and emissions by month (UTC) and project, as a table that an inventory of greenhouse gases takes in.
//
// Source: GHG Protocol, Scope 2 Guidance (2015), location-based and market-based method. The project is the run's tag
// `project`; a run over several months shares its market-based figure by energy. What runs counted twice on shared devices
// is taken off in a row of its own, so that the sum over the rows is right.

import type { FigureJson } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import type { Account } from './account.ts';
import { csvText, type FlatRow } from './rows.ts';

/** A run's use of one hour; null where it is not known. */
export interface HourRow {
  readonly from_ms: number | null;
  readonly energy_j: number | null;
  readonly emissions_g: number | null;
}

export interface GhgRun {
  readonly account: Account;
  readonly hours: readonly HourRow[];
}

/** So many J were counted too often over a stretch that begins then. */
export interface Twice {
  readonly from_ms: number;
  readonly energy_j: number;
}

interface Sum {
  readonly month: string;
  readonly project: string;
  readonly runs: Set<string>;
  readonly zones: Set<string>;
  readonly sources: Set<string>;
  readonly instruments: Set<string>;
  readonly missing: Set<string>;
  it_j: number;
  facility_j: number | null;
  g: Grams | null;
  /** Market-based. */
  market_g: Grams | null;
}

/** Value, low, high. */
type Grams = readonly [number, number, number];

/** A CSV of one line a month and project, in kWh and kgCO2e; what is not known stays empty. */
export function ghgText(runs: readonly GhgRun[], twice: readonly Twice[]): string {
  const sums = new Map<string, Sum>();
  const sumOf = (at_ms: number, project: string): Sum => {
    const month = new Date(at_ms).toISOString().slice(0, 7);
    const key = `${month} ${project}`;
    const known = sums.get(key);
    if (known !== undefined) return known;
    const made: Sum = {
      ...{ month, project, runs: new Set(), zones: new Set(), sources: new Set(), missing: new Set() },
      ...{ instruments: new Set(), it_j: 0, facility_j: 0, g: [0, 0, 0], market_g: [0, 0, 0] },
    };
    sums.set(key, made);
    return made;
  };
  for (const run of runs) addRun(run, sumOf);
  const of = [...sums.values()];
  for (const { from_ms, energy_j } of twice) takeOff(sumOf(from_ms, SHARED), energy_j, of);
  const rows = [...sums.values()]
    .sort((a, b) => (`${a.month} ${a.project}` < `${b.month} ${b.project}` ? -1 : 1))
    .map(rowOf);
  return csvText(rows, COLUMNS);
}

const SHARED = '(counted in several runs)';
const COLUMNS = [
  ...['month', 'project', 'runs', 'it_energy_kwh', 'facility_energy_kwh', 'scope2_location_based_kgco2e'],
  ...['scope2_location_based_kgco2e_low', 'scope2_location_based_kgco2e_high', 'zones', 'intensity_sources'],
  ...['not_known', 'scope2_market_based_kgco2e', 'scope2_market_based_kgco2e_low'],
  ...['scope2_market_based_kgco2e_high', 'market_instruments'],
];

function addRun({ account, hours }: GhgRun, sumOf: (at_ms: number, project: string) => Sum): void {
  const { run, energy, emissions } = account;
  const pue = energy.pue.value;
  const { operational_g, market_g } = emissions;
  const project = run.tags.project ?? run.tags['codecarbon.project_name'] ?? '(no project)';
  const told = hours.filter((row): row is HourRow & { from_ms: number } => row.from_ms !== null);
  for (const { from_ms, energy_j, emissions_g } of told.length > 0
    ? told
    : [{ from_ms: run.started_at_ms, energy_j: null, emissions_g: null }]) {
    const sum = sumOf(from_ms, project);
    sum.runs.add(run.id);
    if (run.zone !== null) sum.zones.add(run.zone);
    for (const { zone, source, year, kind, scope } of emissions.intensity.parts) {
      if (zone !== '') sum.zones.add(zone);
      sum.sources.add(`${source}${year === null ? '' : ` ${year}`} (${kind} ${scope})`);
    }
    if (energy.it_j.value === null) sum.missing.add(`energy of ${run.id} (${energy.it_j.why})`);
    if (energy_j === null) continue;
    sum.it_j += energy_j;
    if (pue === null) sum.missing.add(`PUE of ${run.id}`);
    sum.facility_j = pue === null || sum.facility_j === null ? null : sum.facility_j + energy_j * pue;
    if (operational_g.value === null) sum.missing.add(`emissions of ${run.id} (${operational_g.why})`);
    if (market_g.value === null) sum.missing.add(`market-based emissions of ${run.id} (${market_g.why})`);
    for (const { instrument, source } of emissions.market.parts) sum.instruments.add(`${instrument} (${source})`);
    const whole = operational_g.value === 0 ? 1 : operational_g.value;
    sum.g = added(sum.g, operational_g, emissions_g === null || whole === null ? null : emissions_g / whole);
    sum.market_g = added(sum.market_g, market_g, energy.it_j.value === null ? null : energy_j / energy.it_j.value);
  }
}

/** So much of a figure more; null where either is not known. */
function added(sum: Grams | null, figure: FigureJson, part: number | null): Grams | null {
  if (sum === null || figure.value === null || part === null) return null;
  return [sum[0] + figure.value * part, sum[1] + figure.low * part, sum[2] + figure.high * part];
}

/** At the mean of the month's runs. */
function takeOff(sum: Sum, energy_j: number, all: readonly Sum[]): void {
  const own = all.filter(({ month }) => month === sum.month);
  const it_j = own.reduce((s, one) => s + one.it_j, 0);
  const share = it_j === 0 ? 0 : energy_j / it_j;
  sum.it_j -= energy_j;
  for (const one of own) {
    sum.facility_j =
      sum.facility_j === null || one.facility_j === null ? null : sum.facility_j - one.facility_j * share;
    sum.g = less(sum.g, one.g, share);
    sum.market_g = less(sum.market_g, one.market_g, share);
  }
}

const less = (sum: Grams | null, one: Grams | null, share: number): Grams | null =>
  sum === null || one === null ? null : [sum[0] - one[0] * share, sum[1] - one[1] * share, sum[2] - one[2] * share];

function rowOf({ month, project, it_j, facility_j, g, market_g, ...told }: Sum): FlatRow {
  const kg = (grams: Grams | null, i: 0 | 1 | 2) => (grams === null ? null : grams[i] / 1000);
  const sorted = (words: ReadonlySet<string>) => [...words].sort().join('; ') || null;
  return {
    ...{ month, project, runs: told.runs.size, it_energy_kwh: it_j / JOULES_PER_KWH },
    facility_energy_kwh: facility_j === null ? null : facility_j / JOULES_PER_KWH,
    ...{ scope2_location_based_kgco2e: kg(g, 0), scope2_location_based_kgco2e_low: kg(g, 1) },
    ...{ scope2_location_based_kgco2e_high: kg(g, 2), scope2_market_based_kgco2e: kg(market_g, 0) },
    ...{ scope2_market_based_kgco2e_low: kg(market_g, 1), scope2_market_based_kgco2e_high: kg(market_g, 2) },
    ...{ zones: sorted(told.zones), intensity_sources: sorted(told.sources), not_known: sorted(told.missing) },
    market_instruments: sorted(told.instruments),
  };
}
