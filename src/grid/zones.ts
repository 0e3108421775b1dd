// The zones that can be named: countries, bidding zones, states and balancing authorities, as Electricity Maps keys them.
//
// A zone may be legal and have no annual mean of its own (SE-SE3): that of its country stands in (src/grid/annual.ts).

import annual from '../../data/grid-annual.json' with { type: 'json' };
import table from '../../data/zones.json' with { type: 'json' };

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(annual.zones).map(([zone, { name }]) => [zone, name])),
  ...table.zones,
};

/** All of them, sorted. */
export const ZONES: readonly string[] = Object.keys(NAMES).sort();

/** What people call a country besides, in capitals: USA, DEU, CZECHIA. */
export const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries(table.aliases).map(([name, zone]) => [name.toUpperCase(), zone]),
);

export const zoneKey = (text: string): string => text.trim().toUpperCase();
export const isZone = (key: string): boolean => Object.hasOwn(NAMES, key);
export const countryOf = (key: string): string => key.split('-')[0]!;

/** Its name, with its country's where it is a part: "Sweden, South central Sweden (Stockholm)"; null for an unknown zone. */
export function zoneName(key: string): string | null {
  if (!isZone(key)) return null;
  const country = countryOf(key);
  return country === key || !isZone(country) ? NAMES[key]! : `${NAMES[key]}, ${NAMES[country]}`;
}
