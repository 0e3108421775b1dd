// A zone's mean intensity of its newest published year: Ember by country (lifecycle), eGRID by US region (direct).

import table from '../../data/grid-annual.json' with { type: 'json' };
import { fault } from '../core/fault.ts';
import type { IntensitySeries } from './series.ts';

interface Entry {
  readonly name: string;
  readonly year: number;
  readonly g_per_kwh: number;
  readonly from: string;
  readonly note?: string;
}
const ZONES: Readonly<Record<string, Entry>> = table.zones;
const SOURCES: Readonly<Record<string, { source: string; scope: string; licence: string }>> = table.sources;

/** One piece without beginning or end. Throws Fault zone-unknown with the nearest zones. */
export function annualIntensity(zone: string): IntensitySeries {
  const key = zone.trim().toUpperCase();
  const entry = ZONES[key];
  if (entry === undefined) throw fault('zone-unknown', { facts: { zone, hint: hintFor(key) } });
  const { source, scope, licence } = SOURCES[entry.from]!;
  return {
    ...{ zone: key, provider: entry.from, kind: 'average', scope: scope as 'direct' | 'lifecycle', quality: 'annual' },
    from_ms: Float64Array.of(Number.NEGATIVE_INFINITY),
    to_ms: Float64Array.of(Number.POSITIVE_INFINITY),
    g_per_kwh: Float64Array.of(entry.g_per_kwh),
    source: entry.note === undefined ? source : `${source} (${entry.note})`,
    ...{ licence, year: entry.year },
  };
}

function hintFor(key: string): string {
  const country = key.split('-')[0]!;
  const inside = Object.keys(ZONES).filter((zone) => zone === country || zone.startsWith(`${country}-`));
  const named = Object.entries(ZONES)
    .filter(([, { name }]) => name.toUpperCase() === key)
    .map(([zone]) => zone);
  const near = Object.keys(ZONES)
    .map((zone) => ({ zone, off: distance(zone, key) }))
    .sort((a, b) => a.off - b.off);
  const best =
    named.length > 0 ? named : inside.length > 0 ? inside.slice(0, 8) : near.slice(0, 3).map(({ zone }) => zone);
  return `did you mean ${best.join(', ')}? Zones are keyed as Electricity Maps keys them; or give a series with --intensity FILE`;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
