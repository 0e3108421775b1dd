// The residual mix of a zone: the intensity of what is left of its electricity when all certificates are taken out.
//
// Published by country (AIB, Europe) and by eGRID subregion (Green-e, United States), as direct CO2 alone. A country where
// all electricity is disclosed has none, and a zone that several subregions share has no single one: both are said, never guessed.

import table from '../../data/residual-mix.json' with { type: 'json' };
import type { Reach } from '../core/figure.ts';
import { countryOf, zoneKey } from '../grid/zones.ts';

export interface ResidualMix {
  readonly g_per_kwh: number;
  readonly scope: 'direct';
  /** Publisher, area and year of the data. */
  readonly source: string;
  /** The area that it was published for: DE, CAMX. */
  readonly area: string;
  /** Year of the data. */
  readonly year: number;
  /** Relative reach of another year's mix; none of the year itself. */
  readonly reach: Reach;
}

type Publisher = 'aib' | 'green-e';
type Years = Readonly<Record<string, number | null>>;
const TABLES: Readonly<Record<Publisher, Readonly<Record<string, Years>>>> = table;
const SUBREGIONS: Readonly<Record<string, readonly string[]>> = table.egrid_subregions;
/** 1 lb = 0.45359237 kg exactly (international pound, 1959). */
const PER_UNIT = { g_per_kwh: 1, lb_per_mwh: 0.453_592_37 } as const;

/** The mix of the year's own data where published, else of the nearest year; where there is none the reason in words. */
export function residualMixOf(zone: string, year: number): ResidualMix | { readonly why: string } {
  const key = zoneKey(zone);
  const areas = SUBREGIONS[key] ?? [key, countryOf(key)];
  if (SUBREGIONS[key] !== undefined && areas.length > 1) {
    const told = areas.map((area) => `${area} ${mixIn('green-e', area, year)!.g_per_kwh.toFixed(0)}`);
    return { why: `${key} lies in several eGRID subregions (${told.join(', ')} g/kWh): give that of the site` };
  }
  for (const area of areas) {
    for (const publisher of ['aib', 'green-e'] as const) {
      if (Object.hasOwn(TABLES[publisher], area))
        return (
          mixIn(publisher, area, year) ?? {
            why: `all electricity of ${area} is disclosed by certificates: it has no residual mix`,
          }
        );
    }
  }
  if (countryOf(key) === 'US')
    return { why: `residual mixes of the United States are by eGRID subregion: give that of the site` };
  return { why: `no residual mix of ${key || 'an unnamed zone'} is published` };
}

/** Null where the newest publication says that there is none. */
function mixIn(publisher: Publisher, area: string, year: number): ResidualMix | null {
  const years = TABLES[publisher][area]!;
  const nearest = Object.keys(years)
    .map(Number)
    .reduce((a, b) => (Math.abs(b - year) < Math.abs(a - year) ? b : a));
  const value = years[nearest]!;
  if (value === null) return null;
  const { name, unit, scope } = table.sources[publisher];
  const root = Math.sqrt(Math.abs(year - nearest));
  const { down, up } = table.year_reach;
  return {
    g_per_kwh: value * PER_UNIT[unit as keyof typeof PER_UNIT],
    ...{ scope: scope as 'direct', source: `${name} ${nearest}, ${area}`, area, year: nearest },
    reach: { down: 1 - Math.exp(-down * root), up: Math.expm1(up * root) },
  };
}
