// What is known of zones and places: the annual mean, who can be asked, the places within.

import { Fault } from '../core/fault.ts';
import { annualArea, annualIntensity } from '../grid/annual.ts';
import { allPlaces, type Place } from '../grid/place-table.ts';
import { zoneNamed } from '../grid/places.ts';
import { respondentOf } from '../grid/providers/eia.ts';
import { areaOf } from '../grid/providers/entsoe.ts';
import { regionOf } from '../grid/providers/neso.ts';
import { tableRegion } from '../grid/providers/watttime.ts';
import type { IntensityPart } from '../grid/series.ts';
import { allZones, countryCalled, countryOf, isZone, zoneName } from '../grid/zones.ts';
import { topicsOf } from '../ledger/grid-store.ts';
import { listRuns } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import type { Settings } from './settings.ts';

export interface ZoneJson {
  readonly zone: string;
  readonly name: string;
  /** Null where none is published; `of` is the zone that it is the mean of, which may be the whole country. */
  readonly annual: AnnualJson | null;
  /** Providers that have it by their own documents; some have more, for keys that they know. */
  readonly providers: readonly string[];
  readonly places: readonly string[];
}

export interface AnnualJson extends Pick<IntensityPart, 'scope'> {
  readonly g_per_kwh: number;
  readonly year: number | null;
  readonly of: string;
  readonly source: string;
}

export interface ZonesJson {
  readonly schema: 'joulebook/grid-zones/v1';
  readonly zones: readonly ZoneJson[];
  readonly places: readonly Place[];
}

/**
 * Zones and places that hold every word, in their keys, names, cities or providers; all where there is no word. Where only
 * places do, their zones are told too.
 */
export function zonesMatching(words: readonly string[]): ZonesJson {
  const all = allPlaces();
  const { zone: isMeant, place: isThere } = matcher(words);
  const places = all.filter(isThere);
  const named = allZones().filter(isMeant);
  const zones = named.length > 0 ? named : [...new Set(places.map(({ zone }) => zone))].sort();
  return { schema: 'joulebook/grid-zones/v1', zones: zones.map((zone) => zoneOf(zone, all)), places };
}

/** Those that a ledger knows, by what its runs, its grid store and its settings name. Throws Fault ledger-newer. */
export function zonesOfLedger({ folder, grid }: Pick<Settings, 'folder' | 'grid'>): ZonesJson {
  const named = Object.keys(grid?.zones ?? {}).filter((zone) => zone !== '*');
  const kept = hasLedger(folder) ? [...topicsOf(folder), ...listRuns(folder).map(({ record }) => record)] : [];
  const texts = [...named.map(zoneNamed), ...kept.flatMap(({ zone }) => zone ?? [])];
  const all = allPlaces();
  const zones = [...new Set(texts)].sort();
  return {
    schema: 'joulebook/grid-zones/v1',
    zones: zones.map((zone) => zoneOf(zone, all)),
    places: all.filter(({ zone }) => zones.includes(zone)),
  };
}

interface Matcher {
  readonly zone: (key: string) => boolean;
  readonly place: (place: Place) => boolean;
}

/** One word that is a zone's key means that zone and its parts: AT is Austria, not every name with these letters. */
function matcher(words: readonly string[]): Matcher {
  const [word = ''] = words.length === 1 ? words : [];
  const key = word.toUpperCase();
  if (isZone(key)) {
    const within = (zone: string) => zone === key || zone.startsWith(`${key}-`);
    return { zone: within, place: ({ zone }) => within(zone) };
  }
  const called = countryCalled(word);
  const holds = (text: string) => words.every((one) => text.toLowerCase().includes(one.toLowerCase()));
  return {
    zone: (zone) => zone === called || holds(`${zone} ${zoneName(zone)}`),
    place: ({ name, provider, city, zone }) =>
      countryOf(zone) === called || holds(`${name} ${provider} ${city} ${zone}`),
  };
}

function zoneOf(zone: string, all: readonly Place[]): ZoneJson {
  const places = all.filter((place) => place.zone === zone).map(({ name }) => name);
  return { zone, name: zoneName(zone) ?? zone, annual: annualOf(zone), providers: providersOf(zone), places };
}

function annualOf(zone: string): AnnualJson | null {
  const of = annualArea(zone);
  if (of === null) return null;
  const { g_per_kwh, year, scope, source } = annualIntensity(zone);
  return { g_per_kwh: g_per_kwh[0]!, year, scope, of, source };
}

/** States of the US have eGRID's mean and no provider. */
const STATE = /^US-[A-Z]{2}$/;
const BRITISH_REGION = /^GB-REGION-/;

function providersOf(zone: string): string[] {
  const asked: Readonly<Record<string, boolean>> = {
    'electricity-maps': !STATE.test(zone) && !BRITISH_REGION.test(zone),
    watttime: tableRegion(zone, 'co2_moer') !== null,
    neso: knows(() => regionOf(zone)),
    eia: knows(() => respondentOf(zone)),
    entsoe: knows(() => areaOf(zone)),
  };
  return Object.keys(asked).filter((name) => asked[name]);
}

/** Drivers refuse a zone that they do not know before they ask anybody. */
function knows(regionOf: () => unknown): boolean {
  try {
    regionOf();
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
