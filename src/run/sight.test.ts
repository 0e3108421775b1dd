import { describe, expect, test } from 'vitest';
import { NOTHING } from '../decide/spent.ts';
import { type Known, priceOfJoule, runSight } from './sight.ts';

/** 60 s of 100 W at 600 gCO2e/kWh and half a token a joule, 3 kJ more to come in 30 s. */
const KNOWN: Known = {
  now_ms: 60_000,
  figures: {
    ...{ energy_j: 6000, emissions_g: 1, partial: false },
    projection: {
      left_s: { value: 30, down: 0, up: 0, least: 0 },
      end_j: { value: 9000, down: 1000, up: 1000, least: 6000 },
      ...{ used_j: 6000, share: 0.6, own_share: 0.6 },
    },
    grid: {
      ...{ emissions_g: 0.5, down_g: 0, up_g: 0.25 },
      course: [60_000, 90_000].map((at_ms, i) => ({ at_ms, emissions_g: i / 2 })),
    },
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

  test('a run whose log tells no tokens yet makes no amount for each token worse that others came to', () => {
    const others = { ...NOTHING, value: 3000, low: 3000, high: 3000, tokens: 1000 };
    const limit = { measure: 'j_per_token', value: 4, currency: null } as const;
    const { spent, end, overrun, why } = runSight(limit, { ...KNOWN, tokens: null }, others);
    expect(spent).toEqual({ value: 3, low: 3, high: 3 }); // not (3000 + 6000) ÷ 1000
    expect([end, overrun, why]).toEqual([null, null, 'no tokens are told yet']);
    // As soon as it tells them its energy counts: 9000 J by 4000 tokens.
    expect(runSight(limit, KNOWN, others).spent!.value).toBe(2.25);
  });

  test('tokens since the last line count for what is spent; those of that line tell the tokens at the end', () => {
    const limit = { measure: 'j_per_token', value: 9, currency: null } as const;
    const { spent, end } = runSight(limit, { ...KNOWN, tokens: 4000, tokens_told: 3000 });
    expect([spent!.value, end!.value]).toEqual([1.5, 1.8]); // 6000 J ÷ 4000, 9000 J ÷ (3000 ÷ 60 %)
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
    expect(runSight(energy(5000), KNOWN)).toMatchObject({ overrun: 1, crosses_ms: 60_000 });
  });

  test('without a projection nothing is foretold, and what is spent is known all the same', () => {
    const figures = { ...KNOWN.figures, projection: null, grid: null };
    const sight = runSight(energy(7000), { ...KNOWN, figures });
    expect(sight).toMatchObject({ spent: { value: 6000 }, end: null, overrun: null });
    expect(sight.why).toContain('the log has not told enough yet');
  });

  test('emissions by the grid ahead, energy and intensity in quadrature; ratios over the tokens at the end', () => {
    const end = (measure: Parameters<typeof runSight>[0]['measure']) =>
      runSight({ measure, value: 1, currency: 'EUR' }, KNOWN).end!;
    // 3 kJ (±1) are 0.5 g: ±1/6 g by the energy.
    expect(end('emissions').value).toBeCloseTo(1.5, 12);
    expect(end('emissions').low).toBeCloseTo(1.5 - 1 / 6, 12);
    expect(end('emissions').high).toBeCloseTo(1.5 + Math.hypot(1 / 6, 0.25), 12);
    expect(end('j_per_token').value).toBeCloseTo(9000 / 5000, 12); // 3000 tokens are 60 %
    expect(end('g_per_million_tokens').value).toBeCloseTo(300, 9);
    expect(end('money').value).toBeCloseTo(0.00075 * 1.5, 12);
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
