// A zone's mean intensity of its newest published year: Ember by country (lifecycle), eGRID by US region (direct).

import table from '../../data/grid-annual.json' with { type: 'json' };
import { fault } from '../core/fault.ts';
import { unknownZone } from './nearest.ts';
import type { IntensitySeries } from './series.ts';
import { countryOf, isZone, zoneKey, zoneName } from './zones.ts';

interface Entry {
  readonly name: string;
  readonly year: number;
  readonly g_per_kwh: number;
  readonly from: string;
  readonly note?: string;
}
const MEANS: Readonly<Record<string, Entry>> = table.zones;
const SOURCES: Readonly<Record<string, { source: string; scope: string; licence: string }>> = table.sources;

/**
 * One piece without beginning or end. A part of a country without a mean of its own has its country's, and its source says
 * so. Throws Fault zone-unknown: with the nearest zones, or where a zone is known and a mean of it is not.
 */
export function annualIntensity(zone: string): IntensitySeries {
  const made = MADE.get(zone) ?? annualOf(zoneKey(zone), zone);
  MADE.set(zone, made);
  return made;
}
/** Thousands of runs ask for a few. */
const MADE = new Map<string, IntensitySeries>();

function annualOf(key: string, zone: string): IntensitySeries {
  if (!isZone(key)) throw unknownZone(zone);
  const area = annualArea(key);
  if (area === null) throw unpublished(key);
  const found = MEANS[area]!;
  const { source, scope, licence } = SOURCES[found.from]!;
  const note = area !== key ? `the country's mean: none of ${key} is published` : found.note;
  return {
    ...{ zone: key, provider: found.from, kind: 'average', scope: scope as 'direct' | 'lifecycle', quality: 'annual' },
    from_ms: Float64Array.of(Number.NEGATIVE_INFINITY),
    to_ms: Float64Array.of(Number.POSITIVE_INFINITY),
    g_per_kwh: Float64Array.of(found.g_per_kwh),
    source: note === undefined ? source : `${source} (${note})`,
    ...{ licence, year: found.year, ...(area === key ? {} : { mean_of: area }) },
  };
}

/** The zone whose mean is that of a known zone: itself or its country; null where neither has one. */
export function annualArea(key: string): string | null {
  return [key, countryOf(key)].find((area) => Object.hasOwn(MEANS, area)) ?? null;
}

function unpublished(key: string) {
  const hint = `no annual mean of ${zoneName(key)} is published: give a series with --intensity FILE`;
  return fault('zone-unknown', { facts: { zone: key, hint } });
}
