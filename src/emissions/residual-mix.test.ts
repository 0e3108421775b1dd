// The table of residual mixes: published values, units, years, and where there is none.

import { expect, test } from 'vitest';
import table from '../../data/residual-mix.json' with { type: 'json' };
import { isZone } from '../grid/zones.ts';
import { residualMixOf } from './residual-mix.ts';

const mix = (zone: string, year: number) => {
  const found = residualMixOf(zone, year);
  if ('why' in found) throw new Error(found.why);
  return found;
};
const why = (zone: string, year: number) => {
  const found = residualMixOf(zone, year);
  return 'why' in found ? found.why : `there is one: ${found.g_per_kwh}`;
};

test('a country of Europe has what the AIB printed for the year', () => {
  // AIB European Residual Mixes 2023 (v1.0), Table 2: DE 719,90, FR 40,74, PL 788,24 gCO2/kWh; 2024 (v1.1): IT 441.20.
  expect(mix('DE', 2023)).toMatchObject({ g_per_kwh: 719.9, scope: 'direct', area: 'DE', year: 2023 });
  expect(mix('FR', 2023).g_per_kwh).toBe(40.74);
  expect(mix('pl', 2023).g_per_kwh).toBe(788.24);
  expect(mix('IT', 2024).source).toBe('AIB European Residual Mixes 2024, IT');
  expect(mix('IT', 2024).g_per_kwh).toBe(441.2);
});

test('a bidding zone has its country’s', () => {
  expect(mix('SE-SE3', 2024)).toEqual(mix('SE', 2024));
});

test('a part of the United States has that of its eGRID subregion, in g/kWh', () => {
  // Green-e 2025 (data of 2023): CAMX 434.22 lb/MWh; × 0.45359237 = 196.959 g/kWh.
  expect(mix('US-CAL-CISO', 2023).g_per_kwh).toBeCloseTo(196.959, 3);
  expect(mix('US-TEX-ERCO', 2023)).toMatchObject({ area: 'ERCT', source: 'Green-e Residual Mix 2023, ERCT' });
});

test('where several subregions meet, none is chosen; they are told', () => {
  // RFCE 599.24, RFCW 917.78, SRVC 601.89 lb/MWh.
  expect(why('US-MIDA-PJM', 2024)).toBe(
    'US-MIDA-PJM lies in several eGRID subregions (RFCE 272, RFCW 416, SRVC 273 g/kWh): give that of the site',
  );
  expect(why('US', 2024)).toContain('by eGRID subregion');
});

test('another year takes the nearest, and is less sure by the root of the years', () => {
  const [own, later] = [mix('DE', 2025), mix('DE', 2029)];
  expect(own.reach).toEqual({ down: 0, up: 0 });
  expect(later).toMatchObject({ year: 2025, g_per_kwh: 701.47 });
  expect(later.reach.up).toBeCloseTo(Math.exp(0.37 * 2) - 1, 12);
  expect(later.reach.down).toBeCloseTo(1 - Math.exp(-0.33 * 2), 12);
  expect(mix('DE', 2019).year).toBe(2023);
});

test('where all is disclosed or nothing is published there is none, not 0', () => {
  expect(why('AT', 2024)).toBe('all electricity of AT is disclosed by certificates: it has no residual mix');
  expect(why('NL', 2025)).toContain('disclosed');
  expect(mix('NL', 2023).g_per_kwh).toBe(379.89); // printed in that edition
  expect(why('JP', 2024)).toBe('no residual mix of JP is published');
});

test('how far a year is from the next is that of the table itself', () => {
  const logs = Object.values(table.aib).flatMap((years) => {
    const told = [years[2023], years[2024], years[2025]];
    return [0, 1].flatMap((i) => (told[i] && told[i + 1] ? [Math.log(told[i + 1]! / told[i]!)] : []));
  });
  logs.sort((a, b) => a - b);
  const at = (p: number) => {
    const [i, part] = [Math.floor(p * (logs.length - 1)), (p * (logs.length - 1)) % 1];
    return logs[i]! + (logs[i + 1]! - logs[i]!) * part;
  };
  expect(logs.length).toBe(50);
  expect(-at(0.05)).toBeCloseTo(table.year_reach.down, 2);
  expect(at(0.95)).toBeCloseTo(table.year_reach.up, 2);
});

test('values are those of a grid, and zones are known ones', () => {
  for (const years of Object.values(table.aib))
    for (const value of Object.values(years)) if (value !== null) expect(value).toBeGreaterThan(10);
  for (const zone of [...Object.keys(table.aib), ...Object.keys(table.egrid_subregions)])
    expect(isZone(zone), zone).toBe(true);
  for (const areas of Object.values(table.egrid_subregions))
    for (const area of areas) expect(table['green-e']).toHaveProperty(area);
});
