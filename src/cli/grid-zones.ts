// joulebook grid zones: which zones and places there are, and what is known of each.

import colors from 'picocolors';
import { type ZoneJson, zonesMatching } from '../app/zones.ts';
import { fault } from '../core/fault.ts';
import { nearest } from '../grid/nearest.ts';
import type { Fact, Place } from '../grid/place-table.ts';
import { three } from '../report/format.ts';
import { colorOn } from './color.ts';
import { print } from './say.ts';

/** Prints what holds all the words. Throws Fault usage where nothing does. */
export function gridZones(words: readonly string[], { json }: { json?: boolean }): void {
  const found = zonesMatching(words);
  if (json === true) {
    print(JSON.stringify(found, null, 2));
    return;
  }
  const { zones, places } = found;
  if (zones.length + places.length === 0) {
    const problem = `no zone or place holds "${words.join(' ')}"`;
    throw fault('usage', { facts: { problem, hint: `did you mean ${nearest(words.join(' ')).join(', ')}?` } });
  }
  const { bold, dim } = colors.createColors(colorOn(process.stdout));
  const table = (title: string, rows: readonly (readonly string[])[]) => {
    if (rows.length === 0) return;
    print(bold(title));
    const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
    for (const row of rows) {
      const cells = row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i]!) : dim(cell)));
      print(`  ${cells.join('  ').trimEnd()}`);
    }
  };
  table('zones', zones.map(zoneRow));
  table('places', places.map(placeRow));
}

const zoneRow = ({ zone, name, annual, providers }: ZoneJson): string[] => [
  ...[zone, name],
  annual === null
    ? 'no annual mean'
    : `${three(annual.g_per_kwh)} g/kWh ${annual.year} ${annual.scope}${annual.of === zone ? '' : ` of ${annual.of}`}`,
  providers.join(', '),
];

const placeRow = ({ name, city, zone, pue, wue }: Place): string[] => [
  ...[name, city, zone],
  pue === null ? 'PUE unknown' : `PUE ${pue.value} ${told(pue)}`,
  wue === null ? '' : `${wue.value} l/kWh ${told(wue)}`,
];

const told = ({ scope, year }: Fact): string => (scope === 'region' ? `${year}` : `${year} (${scope})`);
