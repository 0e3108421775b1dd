// Cloud regions as data: the zone that each lies in, and the PUE and WUE that its provider publishes, with their source.

import table from '../../data/places.json' with { type: 'json' };
import { countryOf, zoneName } from './zones.ts';

export interface Place {
  /** provider:region, as their provider writes it: aws:eu-central-1. */
  readonly name: string;
  /** Whose: AWS. */
  readonly provider: string;
  /** With its country: Frankfurt, Germany. */
  readonly city: string;
  readonly zone: string;
  /** Facility energy over IT energy; null where the provider publishes none. */
  readonly pue: Fact | null;
  /** Litres for each kWh of IT energy. */
  readonly wue: Fact | null;
  /** Where its name and city are from. */
  readonly source: string;
}

/** A figure that a provider publishes. */
export interface Fact {
  readonly value: number;
  readonly year: number;
  /** What it is the mean of: the region, the provider's regions of a continent, or all that it has. */
  readonly scope: 'region' | 'continent' | 'fleet';
  /** Title and address. */
  readonly source: string;
}

interface Row {
  readonly city: string;
  readonly zone: string;
  readonly pue: FactRow | null;
  readonly wue: FactRow | null;
}
interface FactRow {
  readonly value: number;
  readonly year: number;
  readonly scope: string;
  readonly from: string;
}
const ROWS: Readonly<Record<string, Row>> = table.places;
const PROVIDERS: Readonly<Record<string, { name: string; numbered: boolean; from: string }>> = table.providers;
const SOURCES: Readonly<Record<string, { title: string; url: string }>> = table.sources;

/** All of them, by provider and region. */
export const allPlaces = (): Place[] => Object.keys(ROWS).map((name) => placeAt(name)!);

/** The place of exactly that name; null where there is none. */
export function placeAt(name: string): Place | null {
  if (!Object.hasOwn(ROWS, name)) return null;
  const { city, zone, pue, wue } = ROWS[name]!;
  const provider = PROVIDERS[name.split(':')[0]!]!;
  const country = zoneName(countryOf(zone))!;
  const where = city === country ? city : `${city}, ${country}`;
  const source = sourceOf(provider.from);
  return { name, provider: provider.name, city: where, zone, pue: factOf(pue), wue: factOf(wue), source };
}

/** Whether its regions are often written with the number of a zone behind: GRA11, fr-par-2. */
export const isNumbered = (provider: string): boolean => PROVIDERS[provider]?.numbered === true;

function factOf(row: FactRow | null): Fact | null {
  if (row === null) return null;
  return { value: row.value, year: row.year, scope: row.scope as Fact['scope'], source: sourceOf(row.from) };
}

function sourceOf(id: string): string {
  const { title, url } = SOURCES[id]!;
  return `${title}, ${url}`;
}
