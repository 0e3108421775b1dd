// The PUE of a run with its causes of error: as its user said it, or as a provider publishes it of a place.
//
// What a place publishes is a mean: of its year, where the run had a season; of a continent or fleet, where the run had a
// region. A number that the user gave is taken as said, with the interval that came with it.

import table from '../../data/pue-spread.json' with { type: 'json' };
import { exactly, type Known, total, withBounds } from '../core/figure.ts';
import type { Cause } from './errors.ts';

/** What a run keeps of its PUE. */
export interface SaidPue {
  readonly pue: number;
  /** 90 % interval, where the user gave one. */
  readonly pue_low?: number;
  readonly pue_high?: number;
  readonly zone: string | null;
  readonly place?: { readonly name: string; readonly pue_scope: string | null; readonly pue_year: number | null };
}

/** Natural logarithms of true ÷ stated overhead (PUE − 1), 5th and 95th percentile (docs/methodology.md#pue). */
const { fleet, continent, year, season } = table;
const MEANS: Readonly<Record<string, { readonly down: number; readonly up: number }>> = { fleet, continent };

/** The PUE at a time, epoch ms. Two runs at one place share what it is a mean of, and the season within a quarter. */
export function accountedPue(said: SaidPue, at_ms: number): { figure: Known; causes: readonly Cause[] } {
  const { pue, pue_low = pue, pue_high = pue, zone, place } = said;
  const at = `pue:${place?.name ?? zone ?? ''}`;
  if (pue_low < pue || pue_high > pue) {
    const given = { ...GIVEN, id: `${at}:${pue}` };
    return { figure: withBounds(exactly(pue), given.id, pue_low - pue, pue_high - pue), causes: [given] };
  }
  // Where the place's own PUE is not the run's, its scope is null.
  const { pue_scope = null, pue_year = null } = place ?? {};
  if (pue_scope === null) return { figure: exactly(pue), causes: [] };
  const when = new Date(at_ms);
  const years = pue_year === null ? 1 : Math.abs(when.getUTCFullYear() - pue_year);
  const drift = year * Math.sqrt(years);
  const factors = [
    { cause: { ...OF_A_MEAN, id: `${at}:${pue_scope}` }, ...(MEANS[pue_scope] ?? NONE) },
    { cause: { ...OF_A_YEAR, id: `${at}:year:${pue_year}` }, down: drift, up: drift },
    { cause: { ...OF_A_SEASON, id: `${at}:${quarterOf(when)}` }, down: season, up: season },
  ].filter(({ down, up }) => down > 0 || up > 0);
  const terms = factors.map(({ cause, down, up }) =>
    withBounds(exactly(0), cause.id, (pue - 1) * Math.expm1(-down), (pue - 1) * Math.expm1(up)),
  );
  return { figure: total([exactly(pue), ...terms]), causes: factors.map(({ cause }) => cause) };
}

const NONE = { down: 0, up: 0 };
const quarterOf = (when: Date) => `${when.getUTCFullYear()}-Q${Math.floor(when.getUTCMonth() / 3) + 1}`;

const OWN = "give the hall's own: --pue 1.2, or with its 90 % interval --pue 1.2:1.15-1.3";
const GIVEN = { label: 'PUE as given', hint: 'a PUE metered at the hall over the time of the run is surer' };
const OF_A_MEAN = { label: 'PUE, a mean over more than the region', hint: OWN };
const OF_A_YEAR = { label: 'PUE of another year', hint: OWN };
const OF_A_SEASON = { label: 'PUE, by season', hint: OWN };
