// Figures are made by hand: 2 kWh at 400 g/kWh, and 200 g to make the hardware.

import { describe, expect, test } from 'vitest';
import { exactly, type Figure, scaled, times, unknown, withBounds } from '../core/figure.ts';
import { unitOf } from './functional-unit.ts';
import { type Accounted, COUNTED, sciOf } from './sci.ts';

const near = (value: number) => expect.closeTo(value, 9);
const report = (units = {}): Accounted['report'] =>
  ({
    run: { id: 'r', name: null },
    emissions: { intensity: { parts: [] } },
    work: { steps: null, samples: 50, epochs: null, tokens: 4e6, units },
  }) as unknown as Accounted['report'];
/** Sensor ±10 %, intensity ±40 g/kWh: 800 g, ±80 g of each. */
const sensed = withBounds(exactly(7.2e6), 'sensor', -7.2e5, 7.2e5);
const operational_g = times(scaled(sensed, 1 / 3.6e6), withBounds(exactly(400), 'grid', -40, 40));
const made = withBounds(exactly(200), 'embodied', -60, 60);
const figures = (embodied_g: Figure = made, facility_j: Figure = sensed) => ({
  ...{ it_j: sensed, facility_j, operational_g, embodied_g },
});
const score = (per: string, one: Partial<Accounted> = {}) =>
  sciOf([{ report: report(), figures: figures(), ...one }], unitOf(per, [...COUNTED, 'images'])!).runs[0]!;

describe('SCI of a run', () => {
  test('is (E × I + M) ÷ R; independent errors add in quadrature', () => {
    const { sci_g, m_g, e_kwh, r } = score('run');
    const reach = Math.hypot(80, 80, 60);
    expect(sci_g).toEqual({ value: near(1000), low: near(1000 - reach), high: near(1000 + reach) });
    expect([m_g, e_kwh.value, r.count]).toEqual([{ value: 200, low: 140, high: 260 }, near(2), 1]);
  });

  test('errors that E × I and M share add up', () => {
    const shared = withBounds(exactly(200), 'sensor', -20, 20); // 80 + 20 of the sensor, 80 of the grid
    const { sci_g } = score('run', { figures: figures(shared) });
    expect(sci_g).toMatchObject({ high: near(1000 + Math.hypot(100, 80)) });
  });

  test("I has the intensity's error alone: that of the sensor is in E", () => {
    expect(score('run').i_g_per_kwh).toEqual({ value: near(400), low: near(360), high: near(440) });
  });

  test.each([
    ['tokens', 1000 / 4e6],
    ['million-tokens', 250],
    ['1000-tokens', 0.25],
    ['samples', 20],
  ])('per %s', (per, expected) => expect(score(per).sci_g.value).toBeCloseTo(expected, 12));

  test('other work counts by its name; what the log does not tell is unknown', () => {
    expect(score('images', { report: report({ images: 500 }) }).sci_g.value).toBeCloseTo(2, 12);
    expect(score('images').sci_g).toEqual({ value: null, why: "no images were told by the run's log" });
    expect(score('steps').sci_g).toMatchObject({ value: null });
  });

  test('without M there is no score, without PUE E is of IT energy; no market instrument is in I', () => {
    const dark = score('run', { figures: figures(unknown('nobody knows'), unknown('no PUE')) });
    expect(dark.sci_g).toEqual({ value: null, why: 'M is not known: nobody knows' });
    expect([dark.operational_g.value, dark.e_boundary, dark.e_kwh.value]).toEqual([near(800), 'it', near(2)]);
    expect(sciOf([], unitOf('run', COUNTED)!)).toMatchObject({
      ...{ i_method: 'location-based', market_instruments: 'excluded' },
    });
  });
});
