import { describe, expect, test } from 'vitest';
import type { Limit, Measure } from './budget.ts';
import { type Foresight, foresee, restOf, type Standing } from './foresight.ts';
import type { Projection } from './projection.ts';
import { NOTHING } from './spent.ts';

// 400 J used after 40 % of the work; 600 J (−60, +120) and 100 s to come.
const projection: Projection = {
  left_s: { value: 100, down: 10, up: 20, least: 0 },
  end_j: { value: 1000, down: 60, up: 120, least: 400 },
  ...{ used_j: 400, share: 0.4, own_share: 0.4 },
};
const standing: Standing = {
  ...{ now_ms: 50_000, own: 400, tokens: null, others: NOTHING, until_ms: null, grid: null },
};
const limit = (measure: Measure, value: number): Pick<Limit, 'measure' | 'value'> => ({ measure, value });
const see = (of: Measure, value: number, known: Partial<Standing> = {}): Foresight =>
  foresee(limit(of, value), projection, { ...standing, ...known });

describe('energy', () => {
  test('the end and its interval; a limit half way is passed for sure, after half of the time', () => {
    const { end, overrun, crosses_ms, why } = see('energy', 700);
    expect([end, why]).toEqual([{ value: 1000, low: 940, high: 1120 }, null]);
    expect(overrun).toBeGreaterThan(0.9999);
    expect(crosses_ms).toBe(100_000);
  });

  test('a limit at the upper end is passed by 5 of 100, and not expected to be', () => {
    const { overrun, crosses_ms } = see('energy', 1120);
    expect(overrun).toBeCloseTo(0.05, 4);
    expect(crosses_ms).toBeNull();
  });

  test('what is spent already is passed now', () =>
    expect(see('energy', 399)).toMatchObject({ overrun: 1, crosses_ms: 50_000 }));

  test('of a project this run is a part: others have used 4600 J (−100, +100)', () =>
    expect(see('energy', 9999, { others: { ...NOTHING, value: 4600, low: 4500, high: 4700 } }).end).toEqual({
      ...{ value: 5600, low: 5440, high: 5820 },
    }));

  test('of a period that ends in 25 s a quarter of the rest counts', () => {
    expect(see('energy', 9999, { until_ms: 75_000 }).end).toEqual({ value: 550, low: 535, high: 580 });
    expect(restOf(projection, { now_ms: 50_000, until_ms: 75_000 })).toEqual({
      ...{ from_ms: 50_000, to_ms: 75_000, energy_j: 150 },
    });
  });
});

describe('emissions', () => {
  // 6 g in the first half of the time that is left, 2 g in the second.
  const course = [0, 6, 8].map((emissions_g, i) => ({ at_ms: 50_000 + 50_000 * i, emissions_g }));
  const grid = { emissions_g: 8, down_g: 0.6, up_g: 1.2, course };

  test('energy and intensity add in quadrature: 600 J (−10 %, +20 %) are 8 g (−0.8, +1.6)', () => {
    const { end, overrun } = see('emissions', 13, { own: 5, grid });
    expect(end!.value).toBe(13);
    expect(end!.low).toBeCloseTo(13 - Math.hypot(0.8, 0.6), 12);
    expect(end!.high).toBeCloseTo(13 + Math.hypot(1.6, 1.2), 12);
    expect(overrun).toBeCloseTo(0.5, 6);
  });

  test('it crosses where the course does: 8 g after 3 of the first 6 g', () =>
    expect(see('emissions', 8, { own: 5, grid }).crosses_ms).toBe(75_000));

  test('without an intensity nothing is told, and why', () =>
    expect(see('emissions', 8, { own: 5 })).toEqual({
      ...{ end: null, overrun: null, crosses_ms: null },
      why: 'no intensity is known for all of the time that is left',
    }));

  test('per token: 13 g over 1 Mtoken ÷ 40 %, and over as many more of others that took 3 g', () => {
    const of = { own: 5, tokens: 1e6, grid };
    expect(see('g_per_million_tokens', 9, of).end!.value).toBeCloseTo(13 / 2.5, 12);
    const others = { ...NOTHING, value: 3, low: 3, high: 3, tokens: 2.5e6 };
    expect(see('g_per_million_tokens', 9, { ...of, others }).end!.value).toBeCloseTo(16 / 5, 12);
  });
});

test('water and money go on per joule as they did: 2 l for 400 J are 5 l for 1000 J', () => {
  for (const measure of ['water', 'money'] as const) {
    const { end, crosses_ms } = see(measure, 3.5, { own: 2 });
    expect(end!.value).toBeCloseTo(5, 12);
    expect(end!.high).toBeCloseTo(5.6, 12);
    expect(crosses_ms).toBeCloseTo(100_000, 6);
  }
});

test('J/token: 1000 J over 800 tokens ÷ 40 %; it may fall, and never crosses for good', () => {
  const { end, overrun, crosses_ms } = see('j_per_token', 0.5, { tokens: 800 });
  expect(end!.value).toBeCloseTo(0.5, 12);
  expect(end!.low).toBeCloseTo(0.47, 12);
  expect(overrun).toBeCloseTo(0.5, 6);
  expect(crosses_ms).toBeNull();
  expect(see('j_per_token', 0.5).why).toBe('no tokens are told yet');
});

test('no projection, no energy, nothing known to be spent: each is said', () => {
  expect(foresee(limit('energy', 1), null, standing).why).toContain('the log has not told enough yet');
  expect(foresee(limit('energy', 1), { ...projection, end_j: null }, standing).why).toContain('energy of its steps');
  expect(see('energy', 1, { own: null }).why).toBe('what is spent is not known');
});
