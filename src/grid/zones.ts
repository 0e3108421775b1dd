// The zones that can be named: countries, bidding zones, states and balancing authorities, as Electricity Maps keys them.
//
// A zone may be legal and have no annual mean of its own (SE-SE3): that of its country stands in (src/grid/annual.ts).

import annual from '../../data/grid-annual.json' with { type: 'json' };
import table from '../../data/zones.json' with { type: 'json' };

const NAMES: Readonly<Record<string, string>> = table.zones;
const MEANS: Readonly<Record<string, { readonly name: string }>> = annual.zones;

/** All of them, sorted. */
export const allZones = (): string[] =>
  [...new Set([...Object.keys(annual.zones), ...Object.keys(table.zones)])].sort();

/** The country that people call so besides: USA, DEU, Czechia. */
export const countryCalled = (name: string): string | undefined =>
  Object.entries(table.aliases).find(([alias]) => alias.toUpperCase() === name.toUpperCase())?.[1];

export const zoneKey = (text: string): string => text.trim().toUpperCase();
export const isZone = (key: string): boolean => Object.hasOwn(NAMES, key) || Object.hasOwn(MEANS, key);
export const countryOf = (key: string): string => key.split('-')[0]!;

/** Its name, with its country's where it is a part: "Sweden, South central Sweden (Stockholm)"; null for an unknown zone. */
export function zoneName(key: string): string | null {
  if (!isZone(key)) return null;
  const country = countryOf(key);
  const name = NAMES[key] ?? MEANS[key]!.name;
  return country === key || !isZone(country) ? name : `${name}, ${NAMES[country]}`;
}
