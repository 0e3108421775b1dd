// Courses of energy by hand arithmetic, and that nothing is lost or counted twice whatever they are.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cause, type Course, divided } from './waste.ts';

/** Seconds of `watts` one after the other. */
const seconds = (...watts: number[]): Course['energy'] => ({
  from_ms: watts.map((_, i) => i * 1000),
  to_ms: watts.map((_, i) => (i + 1) * 1000),
  energy_j: watts,
});
const NOTHING: Omit<Course, 'energy'> = { stretches: [], idle: [], plateau_ms: null };

function sums(course: Course): Record<string, number> {
  const out: Record<string, number> = {};
  for (const { cause, energy_j } of divided(course)) out[String(cause)] = (out[String(cause)] ?? 0) + energy_j;
  return out;
}

describe('energy by cause', () => {
  test('phases take all of their time, cut within a second', () => {
    const stretches = [
      { label: 'startup', to: 1000 },
      { label: 'train', to: 2000 },
      { label: 'data', to: 2500 },
      { label: 'train', to: 3000 },
      { label: 'stall', to: 4000 },
      { label: 'startup', to: 5000 },
      { label: 'rework', to: 6000 },
      { label: 'eval', to: 7000 },
    ];
    // The second startup is of a restart; half of the third second's 100 J is the data's.
    expect(sums({ ...NOTHING, energy: seconds(10, 100, 100, 20, 30, 90, 40, 7), stretches })).toEqual({
      null: 10 + 100 + 50 + 40 + 7,
      ...{ data: 50, stall: 20, rework: 30 + 90 },
    });
  });

  test('an idle GPU has its own energy alone, never more than there is, and nothing of a time that has a cause', () => {
    const idle = [
      { from_ms: 0, to_ms: 4000, energy_j: 80 }, // 20 W
      { from_ms: 1000, to_ms: 3000, energy_j: 60 }, // and 30 W
    ];
    const stretches = [
      { label: 'train', to: 3000 },
      { label: 'stall', to: 4000 },
    ];
    expect(sums({ ...NOTHING, energy: seconds(300, 300, 40, 25), stretches, idle })).toEqual({
      idle: 20 + 50 + 40, // of the third second all that there is
      ...{ null: 280 + 250, stall: 25 },
    });
  });

  test('after the plateau all that has no other cause', () => {
    const idle = [{ from_ms: 2000, to_ms: 3000, energy_j: 10 }];
    const parts = divided({ ...NOTHING, energy: seconds(100, 100, 100), idle, plateau_ms: 1500 });
    expect(parts.map(({ cause, energy_j, ms }) => [cause, energy_j, ms])).toEqual([
      [null, 100, 1000],
      [null, 50, 500],
      ['plateau', 50, 500],
      ['idle', 10, 100],
      ['plateau', 90, 900],
    ]);
  });

  test('causes and the rest add up to the energy and the time, whatever they are', () => {
    const time = fc.integer({ min: 0, max: 20_000 });
    const stretch = fc.record({
      label: fc.constantFrom('startup', 'train', 'data', 'stall', 'rework', 'eval', 'paused'),
      to: time,
    });
    const idle = fc.record({ from_ms: time, to_ms: time, energy_j: fc.double({ min: 0, max: 1e6, noNaN: true }) });
    const course = fc.record({
      energy: fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 20 }).map((all) => seconds(...all)),
      stretches: fc.array(stretch).map((all) => all.sort((a, b) => a.to - b.to)),
      idle: fc.array(idle),
      plateau_ms: fc.option(time),
    });
    fc.assert(
      fc.property(course, (one) => {
        const parts = divided(one);
        const all_j = Array.from(one.energy.energy_j).reduce((a, b) => a + b, 0);
        const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((s, part) => s + of(part), 0);
        expect(Math.abs(sum(({ energy_j }) => energy_j) - all_j)).toBeLessThanOrEqual(1e-9 * Math.max(1, all_j));
        expect(sum(({ ms }) => ms)).toBeCloseTo(one.energy.energy_j.length * 1000, 6);
        expect(parts.every(({ energy_j }) => energy_j >= -1e-9)).toBe(true);
        const never: Cause[] = ['failed', 'stopped', 'unreserved'];
        expect(parts.some(({ cause }) => cause !== null && never.includes(cause))).toBe(false);
      }),
    );
  });
});
