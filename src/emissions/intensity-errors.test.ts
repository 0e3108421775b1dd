import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AccountPart,
  hoursReach,
  intensityFactors,
  producerReach,
  productReach,
  type SpreadModel,
  type Stated,
  yearReach,
} from './intensity-errors.ts';

/** Round numbers, to be followed by hand. */
const MODEL: SpreadModel = {
  ...{ floor: 0, told_floor: 0.1, most: 1, shared: { week: 0.36, day: 0.48 } },
  typical: { swing: 2, load_g_per_kwh: 30, varying_g_per_kwh: 80, most: 0.4, untold: 0.25 },
  annual: { hours: [1, 100], down: [2, 1], up: [1, 0.5] },
  climatology: { hours: [1, 100], down: [1, 0.5], up: [1, 0.5], by_weeks: [1.5, 1.2, 1.1, 1] },
  forecast: { lead_h: [0, 24, 96], reach: [0.2, 0.4, 1], hours: [1, 100], longer: [1, 0.5] },
  estimated: { hours: [1, 100], reach: [0.2, 0.1] },
  producer: 0.3,
  year: { down: 0.1, up: 0.2 },
};
const known = { mean_g_per_kwh: 300, variation: 0.4 };
const stated = (more: Partial<Stated>): Stated => ({
  ...{ quality: 'annual', g_per_kwh: 300, hours: 1, known, wind_and_sun: 0.5, lead_h: null, weeks: null },
  ...more,
});
const ends = (reach: { down: number; up: number }) => [Math.log(1 - reach.down), Math.log1p(reach.up)];

describe('reaches are e to the model, scaled by how uneven the zone is', () => {
  test.each<[string, Partial<Stated>, number, number]>([
    ['annual, an hour: 0.4 × 2 down, 0.4 × 1 up', {}, -0.8, 0.4],
    ['ten hours are halfway between 1 and 100', { hours: 10 }, -0.6, 0.3],
    ['the ends hold beyond the table', { hours: 5000 }, -0.4, 0.2],
    ['known weeks that lie 0.3 away: √(0.4² + 0.3²)', { g_per_kwh: 300 * Math.exp(0.3) }, -1, 0.5],
    ['no hour known, half wind and sun: 2 × √(30² + 40²) ÷ 300 is a third', { known: null }, -2 / 3, 1 / 3],
    [
      'a quarter where it is not told: 2 × √(30² + 20²) ÷ 300',
      { known: null, wind_and_sun: null },
      -0.4807402,
      0.2403701,
    ],
    ['a very clean grid: 2 × 0.4', { known: null, g_per_kwh: 10 }, -1.6, 0.8],
    ['a climatology of four weeks', { quality: 'climatology', weeks: 4 }, -0.4, 0.4],
    ['of two', { quality: 'climatology', weeks: 2 }, -0.48, 0.48],
    ['of nobody knows how many: one', { quality: 'climatology' }, -0.6, 0.6],
    ['a forecast half a day ahead: (0.4 + 0.1) × 0.3', { quality: 'forecast', lead_h: 12 }, -0.15, 0.15],
    ['four days ahead and beyond', { quality: 'forecast', lead_h: 200 }, -0.5, 0.5],
    ['of nobody knows when: a day', { quality: 'forecast' }, -0.2, 0.2],
    ['over a hundred hours', { quality: 'forecast', lead_h: 24, hours: 100 }, -0.1, 0.1],
    ['estimated', { quality: 'estimated' }, -0.1, 0.1],
    ['measured: nothing stands in', { quality: 'measured' }, 0, 0],
    ['a wilder grid than any seen counts as the wildest', { known: { ...known, variation: 9 } }, -2, 1],
  ])('%s', (_, more, down, up) => {
    const [low, high] = ends(hoursReach(stated(more), MODEL));
    expect(low).toBeCloseTo(down, 6);
    expect(high).toBeCloseTo(up, 6);
  });

  test('another producer, and another year: the square root of years', () => {
    expect(ends(producerReach(MODEL))).toEqual([expect.closeTo(-0.3, 9), expect.closeTo(0.3, 9)]);
    expect(ends(yearReach(4, MODEL))).toEqual([expect.closeTo(-0.2, 9), expect.closeTo(0.4, 9)]);
    expect(yearReach(0, MODEL)).toEqual({ down: 0, up: 0 });
  });
});

describe('the numbers that are shipped', () => {
  const QUALITIES = ['estimated', 'forecast', 'climatology', 'annual'] as const;
  const anything = fc.record({
    quality: fc.constantFrom('measured' as const, ...QUALITIES),
    g_per_kwh: fc.double({ min: 0, max: 1500, noNaN: true }),
    hours: fc.double({ min: 0, max: 20_000, noNaN: true }),
    known: fc.option(
      fc.record({
        mean_g_per_kwh: fc.double({ min: 0, max: 1500, noNaN: true }),
        variation: fc.double({ min: 0, max: 5, noNaN: true }),
      }),
    ),
    wind_and_sun: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    lead_h: fc.option(fc.double({ min: 0, max: 200, noNaN: true })),
    weeks: fc.option(fc.double({ min: 1, max: 4, noNaN: true })),
  });
  const wider = (a: Stated, b: Stated) => {
    const [narrow, wide] = [hoursReach(a), hoursReach(b)];
    expect(wide.down).toBeGreaterThanOrEqual(narrow.down - 1e-12);
    expect(wide.up).toBeGreaterThanOrEqual(narrow.up - 1e-12);
  };

  test('a truth is never below nothing, and reaches are never turned round', () => {
    fc.assert(
      fc.property(anything, (one) => {
        const { down, up } = hoursReach(one);
        expect(down).toBeGreaterThanOrEqual(0);
        expect(down).toBeLessThan(1);
        expect(up).toBeGreaterThanOrEqual(0);
        expect(up).toBeLessThan(8);
      }),
    );
  });

  test('longer jobs, nearer forecasts, more weeks and steadier zones are surer', () => {
    fc.assert(
      fc.property(anything, fc.double({ min: 1, max: 50, noNaN: true }), (one, times) => {
        wider({ ...one, hours: one.hours * times }, one);
        wider({ ...one, lead_h: one.lead_h ?? 24 }, { ...one, lead_h: (one.lead_h ?? 24) * times });
        wider({ ...one, weeks: 4 }, one);
        const { known: of } = one;
        if (of !== null) wider(one, { ...one, known: { ...of, variation: of.variation * times } });
        if (of === null && one.quality === 'annual') wider({ ...one, g_per_kwh: one.g_per_kwh + times }, one);
      }),
    );
  });

  test('of one zone: measured is surest, then estimated, forecast tomorrow, the usual course, the annual mean', () => {
    for (const variation of [0.2, 0.3, 0.6])
      for (const hours of [0.25, 1, 24]) {
        const one = stated({ known: { mean_g_per_kwh: 300, variation }, hours, lead_h: 6, weeks: 4 });
        const widths = (['measured', ...QUALITIES] as const).map((quality) => {
          const [low, high] = ends(hoursReach({ ...one, quality }));
          return high! - low!;
        });
        expect(widths.slice(0, 4)).toEqual(widths.slice(0, 4).toSorted((a, b) => a - b));
        expect(widths[4]).toBeGreaterThan(widths[2]!);
      }
  });
});

describe('causes of a part', () => {
  const series: AccountPart['series'] = {
    ...{ zone: 'DE', provider: 'ember', kind: 'average', scope: 'lifecycle', quality: 'annual' },
    ...{ source: 'Ember', licence: '', year: 2024 },
  };
  const june = (year: number) => ({ from_ms: Date.UTC(year, 5, 1, 10, 20), to_ms: Date.UTC(year, 5, 1, 11, 5) });
  const part = { series, g_per_kwh: 330, hours: 0.75 };

  test('an annual mean of the run’s own year: the hours, and the producer; of another, the year too', () => {
    expect([...new Set(intensityFactors(part, june(2024)).map(({ label }) => label))]).toEqual([
      'grid intensity',
      'grid intensity, as another producer has it',
    ]);
    const later = intensityFactors(part, june(2026));
    expect(later.map(({ label }) => label)).toContain('grid intensity, of another year');
    expect(later.at(-1)!.hint).toMatch(/2024/);
  });

  test('a country’s mean in place of its part’s is a cause of its own', () => {
    const lent = intensityFactors({ ...part, series: { ...series, zone: 'DE-X', mean_of: 'DE' } }, june(2024)).at(-1)!;
    expect(lent.label).toMatch(/country/);
    const own = intensityFactors(part, june(2024));
    const width = (factors: typeof own) => Math.hypot(...factors.map(({ up }) => up));
    expect(
      width(intensityFactors({ ...part, series: { ...series, zone: 'DE-X', mean_of: 'DE' } }, june(2024))),
    ).toBeGreaterThan(width(own));
    // An island's mean is never below that of its mainland.
    const island = { ...series, zone: 'ES-IB-MA', mean_of: 'ES' };
    const { down, up } = intensityFactors({ ...part, series: island }, june(2024)).at(-1)!;
    expect([down, up > 3]).toEqual([0, true]);
  });

  test('factors of a product add up to it: of e^±0.3 and e^±0.4 that is e^±0.5', () => {
    const [a, b] = [0.3, 0.4].map((x) => ({ down: -Math.expm1(-x), up: Math.expm1(x) }));
    expect(ends(productReach([a!, b!]))).toEqual([expect.closeTo(-0.5, 9), expect.closeTo(0.5, 9)]);
    const factors = intensityFactors(part, june(2026));
    const up = Math.hypot(...factors.map((f) => f.up));
    const hidden = hoursReach(stated({ known: null, g_per_kwh: 330, hours: 0.75, wind_and_sun: 0.394 }));
    expect(up).toBeCloseTo(productReach([hidden, producerReach(), yearReach(2)]).up, 9);
  });

  test('runs of the same hours share the hours’ cause, runs by one producer the producer’s, other zones none', () => {
    const ids = (zone: string, minute: number) => {
      const at = june(2024).from_ms + minute * 60_000;
      return intensityFactors({ ...part, series: { ...series, zone } }, { from_ms: at, to_ms: at + 600_000 }).map(
        ({ id }) => id,
      );
    };
    expect(ids('DE', 10)).toEqual(ids('DE', 25));
    // Of another hour of the day what the hour hides differs; what its week and day are like, and the producer, do not.
    expect(ids('DE', 10).filter((id) => !ids('DE', 70).includes(id))).toHaveLength(1);
    expect(ids('DE', 10).filter((id) => ids('DE', 10 + 26 * 60).includes(id))).toHaveLength(2);
    expect(ids('DE', 10).filter((id) => ids('DE', 10 + 30 * 24 * 60).includes(id))).toEqual([ids('DE', 10).at(-1)]);
    expect(ids('DE', 10).filter((id) => ids('FR', 10).includes(id))).toEqual([]);
  });

  test('measured hours differ between producers alone, and say what would be nearest', () => {
    const [only, ...rest] = intensityFactors({ ...part, series: { ...series, quality: 'measured' } }, june(2024));
    expect(rest).toEqual([]);
    expect(only).toMatchObject({ label: 'grid intensity', hint: expect.stringMatching(/consumption-based/) });
  });
});
