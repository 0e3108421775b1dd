// How much of a zone's electricity comes from wind and sun, 0..1: it tells how uneven its hours are where no hour is known.

import table from '../../data/water.json' with { type: 'json' };
import { countryOf } from './zones.ts';

const MIXES: Readonly<Record<string, { readonly percent: Readonly<Record<string, number>> }>> = table.mixes;
const AREAS: Readonly<Record<string, string>> = table.areas;

/**
 * Parts of countries that differ much from the whole. South Australia 2021/22: OpenNEM by the state's Department for Energy and
 * Mining (via psnews.com.au/state-making-most-of-renewable-energies/88235). Ontario 2020: Ontario Energy Board (via
 * wnhydro.com/en/our-company/electricity-supply-mix.asp).
 */
const PARTS: Readonly<Record<string, number>> = { 'AU-SA': 0.683, 'CA-ON': 0.111 };

/** Of the zone, else of the state that it serves, else of its country (docs/formats/places.md); null where none is told. */
export function windAndSun(zone: string): number | null {
  const part = PARTS[zone];
  if (part !== undefined) return part;
  const mix = [zone, AREAS[zone] ?? zone, countryOf(zone)].map((area) => MIXES[area]).find((one) => one !== undefined);
  return mix === undefined ? null : ((mix.percent.wind ?? 0) + (mix.percent.solar ?? 0)) / 100;
}
