// Market-based accounts by hand: the order of instruments, what is left, how sure, and what is unknown.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, type Known, toJson, unknown, withRelative } from '../core/figure.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { type Load, marketOf, type Supply } from './market.ts';

const KWH = 3.6e6;
const HOUR = 3_600_000;
const T0 = Date.UTC(2024, 5, 1);
/** 10 kWh in each of so many hours. */
const load = (hours: number, figure: Load['figure'] = exactly(hours * 10 * KWH)): Load => ({
  figure,
  course: {
    from_ms: [...Array(hours).keys()].map((h) => T0 + h * HOUR),
    to_ms: [...Array(hours).keys()].map((h) => T0 + (h + 1) * HOUR),
    energy_j: Array<number>(hours).fill(10 * KWH),
  },
  ...{ from_ms: T0, to_ms: T0 + hours * HOUR },
});
const hourly = (kwh: readonly number[], g_per_kwh = 0) => ({
  source: 'certificates.csv',
  rows: kwh.map((amount, h) => ({ from_ms: T0 + h * HOUR, to_ms: T0 + (h + 1) * HOUR, kwh: amount, g_per_kwh })),
});
const average = (g: readonly number[], kind: IntensitySeries['kind'] = 'average') => ({
  chain: [
    {
      ...({
        zone: 'JP',
        provider: 'test',
        scope: 'lifecycle',
        quality: 'measured',
        licence: '',
        year: null,
        kind,
      } as const),
      from_ms: Float64Array.from(g, (_, h) => T0 + h * HOUR),
      to_ms: Float64Array.from(g, (_, h) => T0 + (h + 1) * HOUR),
      g_per_kwh: Float64Array.from(g),
      source: 'hourly.csv',
    },
  ],
  mean: withRelative(g.reduce((s, v) => s + v, 0) / g.length, { grid: { down: 0.1, up: 0.1 } }),
});
/** A second series that nothing needs. */
const withSpare = ({ chain, mean }: ReturnType<typeof average>) => ({
  chain: [...chain, { ...chain[0]!, source: 'spare.csv' }],
  mean,
});
const NOBODY: Supply = { zone: null, average: { chain: [], mean: unknown('no zone is known') } };
const contract = { value: 100, source: 'said in the test' };

describe('the order', () => {
  test('certificates, then the contract; the residual mix and the average are not asked', () => {
    // 4 hours of 10 kWh; 5, 20, 0 and 10 kWh of certificates cover 5 + 10 + 0 + 10 = 25; 15 kWh × 100 g.
    const told = marketOf(load(4), { ...NOBODY, zone: 'DE', certificates: hourly([5, 20, 0, 10]), contract });
    expect(toJson(told.figure)).toEqual({ value: 1500, low: 1500, high: 1500 });
    expect(told.parts).toEqual([
      { instrument: 'certificates', share: 0.625, g_per_kwh: 0, scope: null, source: 'certificates.csv' },
      { instrument: 'contract', share: 0.375, g_per_kwh: 100, scope: null, source: 'said in the test' },
    ]);
    expect(told.matched_share).toBe(0.625);
    expect(told.unused_kwh).toBe(10);
  });

  test('certificates have an intensity of their own', () => {
    // 20 kWh × 12 g + 20 kWh × 100 g.
    expect(marketOf(load(4), { ...NOBODY, certificates: hourly([5, 5, 5, 5], 12), contract }).figure.value).toBe(2240);
  });

  test('without a contract the residual mix: that of the user, else that of the zone', () => {
    const mine = marketOf(load(2), { ...NOBODY, zone: 'DE', residual: { value: 500, source: 'mine' } });
    expect(mine.figure.value).toBe(10_000);
    // AIB 2024: DE 724.56 gCO2/kWh, and the load is of 2024.
    const told = marketOf(load(2), { ...NOBODY, zone: 'DE' });
    expect(told.figure.value).toBeCloseTo(14_491.2, 9);
    expect(told.parts).toEqual([
      {
        ...{ instrument: 'residual-mix', share: 1, g_per_kwh: 724.56, scope: 'direct' },
        source: 'AIB European Residual Mixes 2024, DE',
      },
    ]);
    expect(told).toMatchObject({ causes: [], notes: [], matched_share: null, unused_kwh: null });
  });

  test('where no residual mix is published the average of the hours that are left, with a note', () => {
    // Hours of 100 and 500 g; the first is covered: 10 kWh × 500 g, at the mean's ± 10 %.
    const told = marketOf(load(2), { zone: 'JP', certificates: hourly([10]), average: withSpare(average([100, 500])) });
    expect(toJson(told.figure)).toEqual({ value: 5000, low: 4500, high: 5500 });
    expect(told.parts[1]).toMatchObject({
      instrument: 'grid-average',
      g_per_kwh: 500,
      scope: 'lifecycle',
      source: 'hourly.csv',
    });
    expect(told.notes).toEqual([
      "no residual mix of JP is published: the grid's average stands in, and what others have claimed of it counts here too",
    ]);
  });
});

describe('unknown', () => {
  test('what nothing tells is unknown, and the parts say how much', () => {
    const told = marketOf(load(4), { ...NOBODY, certificates: hourly([10, 10, 10]) });
    expect(told.figure).toEqual(
      unknown('no single zone is known for a residual mix, and no average stands in: no zone is known'),
    );
    expect(told.parts.map(({ instrument, share, g_per_kwh }) => [instrument, share, g_per_kwh])).toEqual([
      ['certificates', 0.75, 0],
      ['unknown', 0.25, null],
    ]);
  });

  test('what is covered whole needs nothing else', () => {
    const told = marketOf(load(2), { ...NOBODY, certificates: hourly([10, 10]) });
    expect(told).toMatchObject({ matched_share: 1, unused_kwh: 0, notes: [] });
    expect(toJson(told.figure)).toEqual({ value: 0, low: 0, high: 0 });
  });

  test('energy that is not known, or none', () => {
    expect(marketOf(load(2, unknown('no sensor')), { ...NOBODY, contract }).figure).toEqual(unknown('no sensor'));
    expect(marketOf(load(2, exactly(0)), { ...NOBODY, contract }).figure).toEqual(unknown('no energy to account for'));
    const nowhere = { ...load(2), course: { from_ms: [], to_ms: [], energy_j: [] } };
    expect(marketOf(nowhere, { ...NOBODY, contract }).figure).toEqual(unknown('no energy to account for'));
  });

  test('a marginal intensity never stands in', () => {
    const told = marketOf(load(2), { zone: 'JP', average: average([100, 500], 'marginal') });
    expect(told.figure).toEqual(
      unknown('no residual mix of JP is published, and the intensity of this account is marginal'),
    );
  });
});

describe('how sure', () => {
  const sensor = (hours: number) => withRelative(hours * 10 * KWH, { sensor: { down: 0.05, up: 0.05 } });

  test('the error of the energy counts at what one more kWh costs', () => {
    // 40 kWh ± 2; certificates of 20 kWh are used up, so all of the error is at 100 g: ± 200 g of 2000.
    const told = marketOf(load(4, sensor(4)), { ...NOBODY, certificates: hourly([5, 5, 5, 5]), contract });
    const { value, low, high } = toJson(told.figure) as { value: number; low: number; high: number };
    expect(value).toBeCloseTo(2000, 9);
    expect([low, high].map((g) => Math.round(g * 1e6) / 1e6)).toEqual([1800, 2200]);
  });

  test('certificates that are not used up cover the error too', () => {
    const told = marketOf(load(4, sensor(4)), { ...NOBODY, certificates: hourly([99, 99, 99, 99]), contract });
    expect(toJson(told.figure)).toEqual({ value: 0, low: 0, high: 0 });
  });

  test('an interval of the contract is a cause of its own, with a name and a hint', () => {
    // 20 kWh left × 80…130 g.
    const told = marketOf(load(2), { ...NOBODY, contract: { ...contract, low: 80, high: 130 } });
    expect(toJson(told.figure)).toEqual({ value: 2000, low: 1600, high: 2600 });
    expect(told.causes.map(({ id }) => id)).toEqual([...(told.figure as Known).terms.keys()]);
  });

  test('a residual mix of another year is a cause', () => {
    const later = { ...load(1), from_ms: Date.UTC(2026, 5, 1), to_ms: Date.UTC(2026, 5, 1) + HOUR };
    const told = marketOf(
      { ...later, course: { from_ms: [later.from_ms], to_ms: [later.to_ms], energy_j: [1] } },
      { ...NOBODY, zone: 'DE' },
    );
    expect(told.figure.value).toBeCloseTo(7014.7, 9);
    expect(told.causes.map(({ id }) => id)).toEqual([...(told.figure as Known).terms.keys()]);
    expect(told.notes).toEqual(['the residual mix is of 2025: none of DE for 2026 is in the table']);
  });
});

test('any load and certificates: parts add up, grams are those of the parts, more certificates never mean more grams', () => {
  const amounts = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(amounts, amounts, (some, more) => {
      const told = marketOf(load(4), { ...NOBODY, certificates: hourly(some, 12), contract });
      expect(told.parts.reduce((s, { share }) => s + share, 0)).toBeCloseTo(1, 9);
      const grams = told.parts.reduce((s, { share, g_per_kwh }) => s + share * 40 * g_per_kwh!, 0);
      expect(told.figure.value!).toBeCloseTo(grams, 6);
      const both = { ...hourly(some, 12), rows: [...hourly(some, 12).rows, ...hourly(more, 12).rows] };
      expect(marketOf(load(4), { ...NOBODY, certificates: both, contract }).figure.value!).toBeLessThanOrEqual(
        told.figure.value! + 1e-6,
      );
    }),
  );
});
