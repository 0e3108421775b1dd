import { describe, expect, test } from 'vitest';
import { NOTHING } from '../decide/spent.ts';
import { type Known, oddsAbove, priceOfJoule, runSight } from './sight.ts';

const exact = (value: number) => ({ value, low: value, high: value });
/** 60 s of 100 W at 600 gCO2e/kWh and half a token a joule, 3 kJ more to come in 30 s. */
const KNOWN: Known = {
  now_ms: 60_000,
  figures: {
    ...{ energy_j: 6000, emissions_g: 1, partial: false },
    projection: { left_s: exact(30), end_j: { value: 9000, low: 8000, high: 10_000 } },
    end_g: { value: 1.5, low: 1.2, high: 2 },
  },
  ...{ tokens: 3000, price_per_j: priceOfJoule(0.36, 1.25), currency: 'EUR' },
  spread: { energy: { low: 0.95, high: 1.05 }, emissions: { low: 0.5, high: 2 } },
};
const energy = (value: number) => ({ measure: 'energy', value, currency: null }) as const;

describe('what is spent', () => {
  test('in each measure, with the interval of the account', () => {
    const spent = (measure: Parameters<typeof runSight>[0]['measure'], currency: string | null = null) =>
      runSight({ measure, value: 1, currency }, KNOWN).spent;
    expect(spent('energy')).toEqual({ value: 6000, low: 5700, high: 6300 });
    expect(spent('emissions')).toEqual({ value: 1, low: 0.5, high: 2 });
    expect(spent('j_per_token')).toEqual({ value: 2, low: 1.9, high: 2.1 });
    expect(spent('g_per_million_tokens')!.value).toBeCloseTo(333.333, 3);
    // 6 kJ × 1.25 is 7.5 kJ, 1/480 kWh, at 0.36 EUR: 0.00075 EUR.
    expect(spent('money', 'EUR')!.value).toBeCloseTo(0.00075, 12);
  });

  test('what is not known says why, and is not 0', () => {
    const why = (measure: Parameters<typeof runSight>[0]['measure'], more: Partial<Known> = {}, currency = 'EUR') => {
      const { spent, end, overrun, why } = runSight({ measure, value: 1, currency }, { ...KNOWN, ...more });
      expect([spent, end, overrun]).toEqual([null, null, null]);
      return why;
    };
    const without = (figures: Partial<Known['figures']>) => ({ figures: { ...KNOWN.figures, ...figures } });
    expect(why('energy', without({ energy_j: null }))).toBe('no device tells its energy');
    expect(why('emissions', without({ emissions_g: null }))).toContain('intensity');
    expect(why('j_per_token', { tokens: 0 })).toBe('no tokens are told yet');
    expect(why('money', { price_per_j: null })).toBe('no flat price is known');
    expect(why('money', {}, 'USD')).toBe('the price is in EUR, the limit in USD');
    expect(why('water')).toContain('water');
  });

  test('energy that is partly unknown is at least that', () => {
    const figures = { ...KNOWN.figures, partial: true };
    expect(runSight(energy(5000), { ...KNOWN, figures })).toMatchObject({
      ...{ partial: true, spent: { value: 6000 }, overrun: 1, why: 'a device does not tell all of its energy' },
    });
  });
});

describe('where it will end', () => {
  test('the time of crossing is in proportion to what is to come', () => {
    // 1 kJ of the 3 kJ to come, so a third of the 30 s.
    const sight = runSight(energy(7000), KNOWN);
    expect(sight.crosses_ms).toBeCloseTo(70_000, 6);
    expect(sight.end).toEqual({ value: 9000, low: 8000, high: 10_000 });
    expect(runSight(energy(9500), KNOWN).crosses_ms).toBeNull();
    expect(runSight(energy(5000), KNOWN)).toMatchObject({ overrun: 1, crosses_ms: null });
  });

  test('without a projection nothing is foretold, and what is spent is known all the same', () => {
    const figures = { ...KNOWN.figures, projection: null, end_g: null };
    const sight = runSight(energy(7000), { ...KNOWN, figures });
    expect(sight).toMatchObject({ spent: { value: 6000 }, end: null, overrun: null });
    expect(sight.why).toBe('where it will end cannot be told yet');
  });

  test('odds by the table of the normal distribution, each side of its own width', () => {
    const reach = { value: 100, low: 100 - 1.6449, high: 100 + 2 * 1.6449 };
    // Standard deviations are 1 below and 2 above: Φ(1) is 0.8413, Φ(0.5) 0.6915, Φ(1.6449) 0.95.
    expect(oddsAbove(99, reach)).toBeCloseTo(0.8413, 4);
    expect(oddsAbove(101, reach)).toBeCloseTo(1 - 0.6915, 4);
    expect(oddsAbove(reach.low, reach)).toBeCloseTo(0.95, 4);
    expect(oddsAbove(reach.high, reach)).toBeCloseTo(0.05, 4);
    expect(oddsAbove(100, reach)).toBeCloseTo(0.5, 9);
    expect([oddsAbove(99, exact(100)), oddsAbove(100, exact(100)), oddsAbove(101, exact(100))]).toEqual([1, 0, 0]);
  });
});

test('what others have spent of it comes on top, what is not known of them makes it a lower bound', () => {
  const others = { ...NOTHING, value: 1000, low: 900, high: 1200, unknown_runs: 1, why: 'run x tells nothing' };
  const sight = runSight(energy(8000), KNOWN, others);
  expect(sight).toMatchObject({
    spent: { value: 7000, low: 6600, high: 7500 },
    partial: true,
    why: 'run x tells nothing',
  });
  expect(sight.end).toEqual({ value: 10_000, low: 8900, high: 11_200 });
  expect(sight.crosses_ms).toBeCloseTo(70_000, 6);
  // 4 kJ and 2000 tokens of others: 10 kJ over 5000 tokens.
  const ratio = { measure: 'j_per_token', value: 1, currency: null } as const;
  expect(runSight(ratio, KNOWN, { ...NOTHING, value: 4000, tokens: 2000 }).spent!.value).toBe(2);
});
