// Energy of steps by hand: usual size, trend, those that stand out, and what the sensors' jumps leave open.

import { expect, test } from 'vitest';
import { exactly, unknown, withRelative } from '../core/figure.ts';
import { jump_s, quantumOf, reachOf, type StepPart, stepEnergyOf } from './step-energy.ts';

const part = (i: number, own_j: number, more: Partial<StepPart> = {}): StepPart => ({
  ...{ step: 10 * (i + 1), steps: 10, from_ms: 1000 * i, to_ms: 1000 * (i + 1), own_j, other_j: 0, quantum_j: 0 },
  ...more,
});

test('the usual step, and one of four times as much', () => {
  // Rows of ten steps: 100 to 119 J in a scrambled order, and one of 440.
  const joules = Array.from({ length: 20 }, (_, i) => 100 + ((i * 7) % 20));
  joules[13] = 440;
  const found = stepEnergyOf(joules.map((joule, i) => part(i, joule)))!;
  // (13·7) mod 20 = 11 is missing: the tenth and eleventh of the rest and 440 are 109 and 110.
  expect(found.median_j).toBeCloseTo(10.95, 9);
  expect([found.rows, found.outlying]).toEqual([20, 1]);
  expect(found.outliers).toEqual([
    { step: 140, from_ms: 13_000, to_ms: 14_000, energy_j: 440, times: expect.closeTo(44 / 10.95, 9) },
  ]);
});

test('a trend: 1 J a step at first, one hundredth more every ten steps', () => {
  const found = stepEnergyOf(Array.from({ length: 100 }, (_, i) => part(i, 10 * (1 + 0.01 * i) + (i % 2) * 0.001)))!;
  // 0.001 J a step and step: of the median of 1.495 J, 0.669 in a thousand steps.
  expect(found.change_per_1000_steps.value).toBeCloseTo(1 / 1.495, 3);
  expect((found.change_per_1000_steps as { low: number }).low).toBeGreaterThan(0.6);
});

test('what the jumps of a sensor explain does not stand out', () => {
  const parts = Array.from({ length: 20 }, (_, i) => part(i, i === 5 ? 130 : 100, { quantum_j: 40 }));
  expect(stepEnergyOf(parts)!.outlying).toBe(0);
  expect(stepEnergyOf(parts.map((one) => ({ ...one, quantum_j: 20 })))!.outlying).toBe(1);
  expect(stepEnergyOf(parts)!.quantum_j).toBe(4);
});

test('seven rows tell nothing; a trend of nothing is unknown', () => {
  expect(stepEnergyOf(Array.from({ length: 7 }, (_, i) => part(i, 1)))).toBeNull();
  expect(stepEnergyOf(Array.from({ length: 8 }, (_, i) => part(i, 0)))!.change_per_1000_steps.value).toBeNull();
});

test('a part is as sure as the run, and half a jump at either edge: 200 W for 0.5 s, a jump of 0.1 s', () => {
  expect(quantumOf(100, 0.5, 0.1)).toBeCloseTo(20, 9);
  // Of a part shorter than a jump nothing is sure.
  expect(quantumOf(3, 0.01, 0.1)).toBe(3);
  const of = reachOf(withRelative(1000, { gain: { down: 0.05, up: 0.1 } }), 0.1)(100, 0.5);
  expect(of.low_j).toBeCloseTo(100 - Math.hypot(5, 20), 9);
  expect(of.high_j).toBeCloseTo(100 + Math.hypot(10, 20), 9);
  expect(reachOf(exactly(1000), 0)(100, 0.5)).toEqual({ low_j: 100, high_j: 100 });
  expect(reachOf(unknown('x'), 0.1)(100, 0.5)).toEqual({ low_j: null, high_j: null });
});

test('jumps of several sensors, by energy', () => {
  const use = (source: string, energy_j: number, more: object) => ({
    ...{ energy_j, device: { source, charged: true, update_s: null, ...more } },
  });
  const devices = [
    use('counter', 300, { update_s: 0.02 }),
    use('polled', 100, { update_s: 0.9 }), // a reading is of its moment: the looks count
    use('counter', 5000, { update_s: 9, charged: false }),
  ];
  const input = { energy: { devices }, writers: [{ record: { sampling_s: 0.1 } }] };
  expect(jump_s(input as never)).toBeCloseTo((300 * 0.02 + 100 * 0.1) / 400, 12);
});
