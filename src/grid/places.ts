// From what people call a place to its grid zone: cloud regions by provider and name.

import { unknownZone } from './nearest.ts';
import { isNumbered, type Place, placeAt } from './place-table.ts';
import { zoneKey } from './zones.ts';

export type { Fact, Place } from './place-table.ts';

/** Other names of providers. */
const PROVIDERS: Readonly<Record<string, string>> = {
  ...{ amazon: 'aws', google: 'gcp', microsoft: 'azure', oracle: 'oci', ovhcloud: 'ovh' },
};

/**
 * The place that is named: aws:eu-central-1, aws/eu-central-1, a zone within it (aws:us-east-1a, ovh:GRA11); null where
 * none of that name is known.
 */
export function placeNamed(text: string): Place | null {
  const match = /^\s*(\w+)[:/]([\w-]+)\s*$/.exec(text.toLowerCase());
  if (match === null) return null;
  const provider = PROVIDERS[match[1]!] ?? match[1]!;
  const region = match[2]!;
  const within = region.replace(/(\d)-?[a-z]$/, '$1');
  const unnumbered = isNumbered(provider) ? region.replace(/-?\d+$/, '') : region;
  for (const name of [region, within, unnumbered]) {
    const place = placeAt(`${provider}:${name}`);
    if (place !== null) return place;
  }
  return null;
}

/** The key of a zone, or of the zone that a place is in. */
export const zoneNamed = (text: string): string => placeNamed(text)?.zone ?? zoneKey(text);

/** As placeNamed. Throws Fault zone-unknown with the nearest names. */
export function placeOf(text: string): Place {
  const place = placeNamed(text);
  if (place === null) throw unknownZone(text);
  return place;
}
