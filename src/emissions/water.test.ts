// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: 3.142 is litres, not pi
import fc from 'fast-check';
import { expect, test } from 'vitest';
import places from '../../data/places.json' with { type: 'json' };
import { exactly, type Figure, isKnown, over, toJson, unknown, withRelative } from '../core/figure.ts';
import { type WaterInput, waterOf } from './water.ts';

const KWH = 3.6e6;
const told = (value: number) => ({ value, source: 'the operator' });
const input = (given: Partial<WaterInput>): WaterInput => ({
  ...{ it: exactly(100 * KWH), facility: exactly(120 * KWH), zones: [{ zone: 'DE', energy_j: 100 * KWH }] },
  ...{ wue: told(0.2), electricity: told(3.14) },
  ...given,
});
const value = (figure: Figure) => figure.value;

test('100 kWh of IT energy, PUE 1.2, WUE 0.2, 3.14 L/kWh: 20 + 376.8 = 396.8 L, the PUE counted once', () => {
  const water = waterOf(input({}));
  expect(value(water.onsite)).toBeCloseTo(20, 9);
  expect(value(water.electricity)).toBeCloseTo(376.8, 9);
  expect(value(water.figure)).toBeCloseTo(396.8, 9);
  expect(water).toMatchObject({
    notes: [],
    causes: [],
    sources: { onsite: 'the operator', electricity: 'the operator' },
  });
});

test('training GPT-3 as Li et al. account it: 0.708 and 4.731, together 5.439 million litres', () => {
  // arXiv:2304.03271v5, table 1 and section 4: 1,287 MWh of servers, PUE 1.17, WUE 0.55, 3.142 L/kWh (US average).
  const it = exactly(1_287_000 * KWH);
  const facility = exactly(1_287_000 * 1.17 * KWH);
  const water = waterOf(
    input({ it, facility, wue: told(0.55), electricity: null, zones: [{ zone: 'US', energy_j: 1 }] }),
  );
  expect(value(water.onsite)! / 1e6).toBeCloseTo(0.708, 3);
  expect(value(water.electricity)! / 1e6).toBeCloseTo(4.731, 3);
  expect(value(water.figure)! / 1e6).toBeCloseTo(5.439, 3);
});

test.each([
  ['US average', 1.17, 0.55, 3.142, 16.904],
  ['Arizona', 1.18, 1.63, 4.959, 29.926],
  ['Texas', 1.28, 0.25, 1.287, 7.59],
  ['Virginia', 1.14, 0.14, 2.385, 11.435],
  ['Washington', 1.15, 0.95, 9.501, 47.506],
  ['Iowa', 1.16, 0.14, 3.104, 14.963],
  ['Ireland', 1.19, 0.02, 1.476, 7.107],
])('a request of 4 Wh in Li et al., table 1: %s', (_, pue, wue, factor, ml) => {
  const [it, facility] = [exactly(0.004 * KWH), exactly(0.004 * pue * KWH)];
  const water = waterOf(input({ it, facility, wue: told(wue), electricity: told(factor) }));
  expect(Math.abs(value(water.figure)! * 1000 - ml)).toBeLessThan(0.005);
});

test('without a PUE the electricity is that of IT energy', () => {
  const water = waterOf(input({ facility: unknown('no PUE is known') }));
  expect(value(water.electricity)).toBeCloseTo(314, 9);
  expect(value(water.figure)).toBeCloseTo(334, 9);
});

test('a part that is not known makes the sum unknown with its reason; the other stands', () => {
  const dry = waterOf(input({ wue: null }));
  expect(dry.figure).toEqual(dry.onsite);
  expect(dry.onsite).toMatchObject({ value: null, why: expect.stringContaining('no WUE is known') });
  expect(value(dry.electricity)).toBeCloseTo(376.8, 9);
  const nowhere = waterOf(input({ electricity: null, zones: 'no zone is known' }));
  expect(nowhere.figure).toMatchObject({ value: null, why: 'no zone is known' });
  expect(value(nowhere.onsite)).toBeCloseTo(20, 9);
  const south = waterOf(input({ electricity: null, zones: [{ zone: 'AQ', energy_j: 1 }] }));
  expect(south.electricity).toMatchObject({ value: null, why: expect.stringContaining('Antarctica') });
  expect(value(waterOf(input({ it: unknown('gone') })).figure)).toBeNull();
});

test("zones count by the energy used in each: three quarters Iowa's 3.104, one quarter Texas' 1.287", () => {
  const zones = [
    { zone: 'US-IA', energy_j: 75 * KWH },
    { zone: 'US-TX', energy_j: 25 * KWH },
  ];
  const water = waterOf(input({ electricity: null, zones }));
  expect(value(water.electricity_l_per_kwh)).toBeCloseTo(0.75 * 3.104 + 0.25 * 1.287, 9);
  expect(water.causes.map(({ id }) => id)).toEqual(['water:electricity:US-IA', 'water:electricity:US-TX']);
  expect(water.sources.electricity).toContain('Reig et al. 2020');
});

test("a part of a country has the country's factor with a wider interval, and that is said", () => {
  const at = (zone: string) => waterOf(input({ electricity: null, zones: [{ zone, energy_j: 1 }] }));
  const [country, part] = [at('SE'), at('SE-SE3')];
  expect(value(part.electricity)).toBe(value(country.electricity));
  const [wide, narrow] = [toJson(part.electricity), toJson(country.electricity)];
  expect('high' in wide && 'high' in narrow && wide.high > narrow.high).toBe(true);
  expect(part.notes[0]).toContain('that of SE stands in');
  expect(country.notes).toEqual([]);
});

test("a place's WUE is its zone's alone, and a mean over more than the region is less sure", () => {
  const wue = { place: 'aws:eu-central-1', zone: 'DE', l_per_kwh: 0.17, scope: 'region', source: 'AWS' };
  const own = waterOf(input({ wue }));
  expect(toJson(own.onsite)).toEqual({ value: 17, low: 0, high: expect.closeTo(51, 9) });
  expect(own.causes.map(({ id }) => id)).toEqual(['water:wue:aws:eu-central-1']);
  expect(toJson(waterOf(input({ wue: { ...wue, scope: 'fleet' } })).onsite)).toMatchObject({
    high: expect.closeTo(258.4, 9),
  });
  const moved = waterOf(
    input({
      wue,
      zones: [
        { zone: 'DE', energy_j: 1 },
        { zone: 'FR', energy_j: 1 },
      ],
    }),
  );
  expect(moved.onsite).toMatchObject({ value: null, why: expect.stringContaining('FR') });
});

test('linear in energy, parts add up, and what two runs share cancels in their ratio', () => {
  const joules = fc.double({ min: 1, max: 1e12, noNaN: true });
  const factor = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(joules, factor, factor, fc.double({ min: 1, max: 3, noNaN: true }), (it_j, wue, grid, pue) => {
      const at = (times: number) =>
        waterOf(
          input({
            ...{ it: exactly(it_j * times), facility: exactly(it_j * times * pue) },
            ...{ wue: told(wue), electricity: { value: grid, low: grid / 2, high: grid * 2, source: 'them' } },
          }),
        );
      const [one, two] = [at(1), at(2)];
      expect(value(two.figure)! / 2).toBeCloseTo(value(one.figure)!, 6);
      expect(value(one.onsite)! + value(one.electricity)!).toBeCloseTo(value(one.figure)!, 6);
      const ratio = toJson(over(two.electricity, one.electricity));
      if (isKnown(one.electricity) && one.electricity.value > 1e-9 && 'low' in ratio) {
        expect(ratio.low).toBeCloseTo(2, 6);
        expect(ratio.high).toBeCloseTo(2, 6);
      }
    }),
  );
});

test("the sensor's error of the energy goes on into both parts, once", () => {
  const sensor = { 'sensor:gpu:counter': { down: 0.05, up: 0.05 } };
  const water = waterOf(input({ it: withRelative(100 * KWH, sensor), facility: withRelative(120 * KWH, sensor) }));
  expect(toJson(water.figure)).toMatchObject({
    low: expect.closeTo(0.95 * 396.8, 6),
    high: expect.closeTo(1.05 * 396.8, 6),
  });
});

test('how far a region lies from the mean of its continent or fleet is that of AWS in data/places.json', () => {
  const rows = Object.entries(places.places).flatMap(([name, { wue }]) =>
    name.startsWith('aws:') && wue?.scope === 'region' ? [{ continent: name.slice(4, 6), value: wue.value }] : [],
  );
  const means: Record<string, number> = { eu: 0.05, ap: 1.1 }; // AWS, 2025: Europe, Asia Pacific; all: 0.12
  const percentiles = (ratios: number[]) => {
    const sorted = ratios.sort((a, b) => a - b);
    return [0.05, 0.95].map((p) => {
      const at = p * (sorted.length - 1);
      const i = Math.floor(at);
      return sorted[i]! + (at - i) * ((sorted[i + 1] ?? sorted[i]!) - sorted[i]!);
    });
  };
  const fleet = percentiles(rows.map((row) => row.value / 0.12));
  const continent = percentiles(
    rows.flatMap((row) => (row.continent in means ? [row.value / means[row.continent]!] : [])),
  );
  const reach = (scope: string) => {
    const wue = { place: 'p', zone: 'DE', l_per_kwh: 1, scope, source: 's' };
    const json = toJson(waterOf(input({ it: exactly(KWH), wue })).onsite);
    return 'low' in json ? [json.low, json.high] : [];
  };
  expect(reach('fleet').map((r, i) => Math.abs(r - fleet[i]!) < 0.05)).toEqual([true, true]);
  expect(reach('continent').map((r, i) => Math.abs(r - continent[i]!) < 0.05)).toEqual([true, true]);
});
