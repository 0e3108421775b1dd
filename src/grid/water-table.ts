// Fresh water that a zone's electricity consumes, L/kWh: published, or its generation's mix × technologies.
//
// Consumed is what evaporates; what is taken and given back warmer (withdrawn) is an order of magnitude more and not here.

import table from '../../data/water.json' with { type: 'json' };
import type { Fuel } from './mix.ts';
import { countryOf } from './zones.ts';

export interface ElectricityWater {
  /** L/kWh generated, with its 90 % interval. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Whose it is: the zone's own key, the state's that the zone serves, or the country's. */
  readonly area: string;
  readonly by: 'published' | 'mix';
  /** Of the mix. */
  readonly year: number | null;
  readonly source: string;
}

/** Another method's factor over that of the WRI, 49 countries, 5th and 95th percentile (docs/methodology.md#water). */
const OTHER_METHOD = { low: 0.24, high: 2.38 };

interface Technology {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}
const TECHNOLOGIES: Readonly<Record<Fuel, Technology>> = table.technologies;
const SOURCES: Readonly<Record<string, { title: string; url: string }>> = table.sources;
const AREAS: Readonly<Record<string, string>> = table.areas;
interface Published {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly from: string;
}
const PUBLISHED: Readonly<Record<string, Published>> = table.published;
interface Mix {
  readonly year: number;
  readonly from: string;
  readonly of?: string;
  readonly percent: Readonly<Partial<Record<Fuel, number>>>;
}
const MIXES: Readonly<Record<string, Mix>> = table.mixes;

/** Of a known zone; null where neither it nor its country has a factor or a mix. */
export function electricityWater(zone: string): ElectricityWater | null {
  const own = AREAS[zone] ?? zone;
  return publishedOf(own) ?? mixOf(own) ?? publishedOf(countryOf(zone)) ?? mixOf(countryOf(zone));
}

/**
 * L/kWh of a mix (shares or energies of one unit by fuel), with its 90 % interval: a technology's least and most are its
 * 5th and 95th percentile, all its plants err alike, technologies differ independently. Throws RangeError where nothing is generated.
 */
export function waterOfMix(mix: Readonly<Partial<Record<Fuel, number>>>): Technology {
  const parts = Object.entries(mix).map(([fuel, amount]) => ({ amount, of: TECHNOLOGIES[fuel as Fuel] }));
  const all = parts.reduce((s, { amount }) => s + amount, 0);
  if (!(all > 0)) throw new RangeError('a mix of no generation');
  const sum = (what: (of: Technology) => number) => parts.reduce((s, { amount, of }) => s + amount * what(of), 0) / all;
  const root = (what: (of: Technology) => number) =>
    Math.sqrt(parts.reduce((s, { amount, of }) => s + (amount * what(of)) ** 2, 0)) / all;
  const value = sum((of) => of.value);
  const [down, up] = [root((of) => of.value - of.low), root((of) => of.high - of.value)];
  return { value, low: Math.max(0, value - down), high: value + up };
}

function publishedOf(area: string): ElectricityWater | null {
  if (!Object.hasOwn(PUBLISHED, area)) return null;
  const { value, low = value * OTHER_METHOD.low, high = value * OTHER_METHOD.high, from } = PUBLISHED[area]!;
  return { value, low, high, area, by: 'published', year: null, source: sourceOf(from) };
}

function mixOf(area: string): ElectricityWater | null {
  if (!Object.hasOwn(MIXES, area)) return null;
  const { year, from, of, percent } = MIXES[area]!;
  const mix = `the mix of ${of === undefined ? year : `${of} in ${year}`} (${sourceOf(from)})`;
  return { ...waterOfMix(percent), area, by: 'mix', year, source: `${mix} × technologies (${sourceOf('macknick')})` };
}

const sourceOf = (id: string): string => `${SOURCES[id]!.title}, ${SOURCES[id]!.url}`;
