// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: 3.142 is litres, not pi
import { expect, test } from 'vitest';
import table from '../../data/water.json' with { type: 'json' };
import type { Fuel } from './mix.ts';
import { electricityWater, waterOfMix } from './water-table.ts';
import { allZones, isZone } from './zones.ts';

test('a mix is the sum of its shares: half coal, half wind is half of 2.6 L/kWh', () => {
  const half = waterOfMix({ coal: 1, wind: 1 });
  expect(half.value).toBeCloseTo(1.3, 12);
  expect(half.low).toBeCloseTo(0, 12);
  expect(half.high).toBeCloseTo(1.3 + Math.hypot(0.5 * 1.6, 0.5 * 0.004), 12);
  expect(waterOfMix({ coal: 500, wind: 500 })).toEqual(half);
  expect(() => waterOfMix({})).toThrow(RangeError);
});

test('Germany 2023 by hand: shares of Ember × medians of Macknick', () => {
  // 26.8 % coal, 15.1 % gas, 4.0 % oil, 1.7 % nuclear, 3.9 % hydro, 9.1 % biomass, 12.2 % solar; wind needs none.
  const by_hand = 0.268 * 2.6 + 0.151 * 0.78 + 0.04 * 3.1 + 0.017 * 2.54 + 0.039 * 17 + 0.091 * 2.09 + 0.122 * 0.004;
  const DE = electricityWater('DE')!;
  expect(DE).toMatchObject({ area: 'DE', by: 'mix', year: 2023 });
  expect(DE.value).toBeCloseTo(by_hand, 2);
  expect(DE.source).toContain('Macknick');
});

test('what is published comes before the mix, a state for the area it serves, and a country for its parts', () => {
  expect(electricityWater('US')).toMatchObject({ value: 3.142, low: 2.49, high: 4.35, by: 'published', year: null });
  expect(electricityWater('US-TEX-ERCO')).toMatchObject({ value: 1.287, area: 'US-TX', by: 'published' });
  expect(electricityWater('US-CAL-CISO')).toMatchObject({ area: 'US-CAL-CISO', by: 'mix' });
  expect(electricityWater('US-FLA-FPL')).toMatchObject({ value: 3.142, area: 'US' });
  expect(electricityWater('SE-SE3')).toMatchObject({ area: 'SE', by: 'mix' });
  expect(electricityWater('AQ')).toBeNull();
});

test('hydropower spreads most: Norway far wider than Poland', () => {
  const spread = (zone: string) => {
    const { low, high, value } = electricityWater(zone)!;
    return (high - low) / value;
  };
  expect(spread('NO')).toBeGreaterThan(2 * spread('PL'));
});

test('the table: zones that exist, shares of a whole, values within their bounds, sources that stand there', () => {
  for (const [zone, mix] of Object.entries(table.mixes)) {
    expect(isZone(zone), zone).toBe(true);
    const all = Object.values(mix.percent as Partial<Record<Fuel, number>>).reduce((s, share) => s + share, 0);
    expect(Math.abs(all - 100), zone).toBeLessThan(0.6);
  }
  for (const [fuel, { low, value, high }] of Object.entries(table.technologies))
    expect(low <= value && value <= high, fuel).toBe(true);
  for (const key of allZones()) {
    const found = electricityWater(key);
    if (found !== null) expect(found.low <= found.value && found.value <= found.high, key).toBe(true);
  }
  const used = [...Object.values(table.published), ...Object.values(table.mixes), ...Object.values(table.technologies)];
  expect(used.every(({ from }) => Object.hasOwn(table.sources, from))).toBe(true);
});

test('nine of ten countries of the WRI lie within the interval that their mix gives', () => {
  // As EcoLogits hands them on (electricity_mixes.csv), L/kWh.
  const wri: Record<string, number> = {
    ...{ DE: 1.95, FR: 3.67, NO: 6.66, SE: 6.03, PL: 2.51, BR: 18.6, CN: 6.01, IN: 3.44, JP: 2.31, NL: 3.43 },
  };
  const held = Object.entries(wri).filter(([zone, value]) => {
    const { low, high } = electricityWater(zone)!;
    return value >= low && value <= high;
  });
  expect(held).toHaveLength(9); // the Netherlands lie above: 3.43 against 0.84 (0.2 to 3.0)
});
