// A zone or place that nobody knows: which ones may have been meant, by key, by name and by a few wrong letters.

import { type Fault, fault } from '../core/fault.ts';
import { byDistance } from '../core/nearest.ts';
import { allPlaces } from './place-table.ts';
import { allZones, countryCalled, countryOf, isZone, zoneKey, zoneName } from './zones.ts';

const MOST = 8;
/** Letters that are looked at: no name is longer. */
const LONGEST = 64;

/** Fault zone-unknown; its hint names the nearest. */
export function unknownZone(text: string): Fault {
  const near = nearest(text);
  const hint = `did you mean ${near.join(', ')}? joulebook grid zones lists them; or give a series with --intensity FILE`;
  return fault('zone-unknown', { facts: { zone: text.trim(), hint } });
}

/** Zones and places that a text may have meant, the nearest first; at least one. */
export function nearest(text: string): string[] {
  const key = zoneKey(text.slice(0, LONGEST));
  const words = key.toLowerCase();
  if (/[:/]/.test(text)) return placesLike(words.replace('/', ':'));
  for (const named of [zonesEnding(key), zonesNamed(words), placesIn(words), zonesInside(key)])
    if (named.length > 0) return [...new Set(named)].slice(0, MOST);
  return closest(words);
}

/** Parts by the end of their key: SE3, CISO, NSW. */
const zonesEnding = (key: string): string[] =>
  key.length < 3 ? [] : allZones().filter((zone) => zone.split('-').at(-1) === key);

/** Countries and parts of that name; whole names before names that hold it. */
function zonesNamed(words: string): string[] {
  const alias = countryCalled(words);
  const exact = allZones().filter((zone) => nameOf(zone) === words);
  const holds = words.length < 4 ? [] : allZones().filter((zone) => nameOf(zone).includes(words));
  return [...(alias === undefined ? [] : [alias]), ...exact, ...holds];
}

/** Cloud regions in a city of that name, or of that name without its provider. */
const placesIn = (words: string): string[] =>
  allPlaces()
    .filter(
      ({ name, city }) => name.split(':')[1] === words || (words.length > 3 && city.toLowerCase().includes(words)),
    )
    .map(({ name }) => name);

/** Regions of the provider that is named, by how few letters differ; where none is, of all. */
function placesLike(words: string): string[] {
  const names = allPlaces().map(({ name }) => name);
  const own = names.filter((name) => name.startsWith(words.replace(/:.*/, ':')));
  const region = words.replace(/.*:/, '');
  const exact = names.filter((name) => name.split(':')[1] === region);
  return exact.length > 0 ? exact : wordsBy(own.length > 0 ? own : names, words).slice(0, 3);
}

/** What is known of the country that a key begins with. */
function zonesInside(key: string): string[] {
  const country = countryOf(key);
  return isZone(country) ? allZones().filter((zone) => zone === country || zone.startsWith(`${country}-`)) : [];
}

/** By the letters of keys; of names too, where it is too long for a country's key. */
function closest(words: string): string[] {
  const keys = allZones().map((zone): [string, string] => [zone.toLowerCase(), zone]);
  const names = words.length < 4 ? [] : allZones().map((zone): [string, string] => [nameOf(zone), zone]);
  const all = new Map([...names, ...keys]);
  const near = wordsBy([...all.keys()], words).map((word) => all.get(word)!);
  return [...new Set(near)].slice(0, 3);
}

const nameOf = (zone: string): string => zoneName(zone)!.split(',')[0]!.toLowerCase();

const wordsBy = (words: readonly string[], wanted: string): string[] =>
  byDistance(words, wanted).map(({ word }) => word);
