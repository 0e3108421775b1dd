import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanQuestion, planOf, throughCost } from './green-plan.ts';

const asked = (g_per_kwh: number[], work: number, more: Partial<PlanQuestion> = {}): PlanQuestion => ({
  ...{ g_per_kwh, work, paused: false, resume: 1, idle: 0 },
  ...more,
});

/** The least cost of all courses, by trying each of the 2^slots ways to run or wait; ∞ where none ends in time. */
function triedAll({ g_per_kwh, work, paused, resume, idle }: PlanQuestion): number {
  const slots = g_per_kwh.length;
  const taken = Math.ceil(resume);
  let best = Number.POSITIVE_INFINITY;
  for (let course = 0; course < 2 ** slots; course++) {
    let [cost, left, stands, resuming] = [0, work, paused, 0];
    for (let k = 0; k < slots && left > 0; k++) {
      const g = g_per_kwh[k]!;
      if (resuming === 0 && (course & (1 << k)) === 0) {
        stands = true;
        cost += idle * g;
        continue;
      }
      if (stands && taken > 0) [stands, resuming] = [false, taken];
      stands = false;
      if (resuming > 0) {
        cost += (g * (resume + idle * (taken - resume))) / taken;
        resuming--;
      } else {
        cost += g;
        left--;
      }
    }
    if (left === 0) best = Math.min(best, cost);
  }
  return best;
}

describe('the plan of the least emissions', () => {
  test('by hand: it waits for the clean hours, and pays for one resume', () => {
    // Two slots of work. Through: 5 + 5. From slot 2: resume at 1, then 1 + 1.
    const plan = planOf(asked([5, 5, 1, 1, 1], 2));
    expect(plan).toEqual({ run: 5 + 1 + 1, wait: 3, runs: [false, false, true, true, true] });
    expect(throughCost(asked([5, 5, 1, 1, 1], 2))).toBe(10);
  });

  test('by hand: a pause that costs as much as it saves is not made', () => {
    // Slot 1 is 2 dearer than slot 3; the resume in slot 2 costs 2.
    expect(planOf(asked([2, 4, 2, 2], 2)).runs).toEqual([true, true]);
    expect(planOf(asked([2, 4.1, 2, 2], 2)).runs).toEqual([true, false, true, true]);
  });

  test('by hand: power while paused is counted', () => {
    // Waiting for slot 2: 2 × 5 × 0.5 in pause + 1 + 1 + 1 = 8, through 10; at 0.8 it is 8 + 3 = 11.
    expect(planOf(asked([5, 5, 1, 1, 1], 2, { idle: 0.5 })).wait).toBe(8);
    expect(planOf(asked([5, 5, 1, 1, 1], 2, { idle: 0.8 })).runs).toEqual([true, true]);
  });

  test('by hand: a resume that takes a fifth of a slot is no cheap way to wait', () => {
    // Four slots to wait at 5 × 0.3, the resume in slot 4: 1 × 0.2 and 1 × 0.8 × 0.3 in pause, then 1 + 1. Resumed over and over
    // at 5 × 0.2 each it would be less, were the rest of each such slot for nothing.
    const plan = planOf(asked([5, 5, 5, 5, 1, 1, 1], 2, { resume: 0.2, idle: 0.3 }));
    expect(plan.runs).toEqual([false, false, false, false, true, true, true]);
    expect(plan.wait).toBeCloseTo(6 + 0.44 + 2, 9);
  });

  test('as good as the best of all courses, of any small grid', () => {
    const question = fc.record({
      g_per_kwh: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 9 }),
      work: fc.integer({ min: 1, max: 5 }),
      paused: fc.boolean(),
      resume: fc.constantFrom(0, 0.5, 1, 1.5, 2),
      idle: fc.constantFrom(0, 0.25),
    });
    fc.assert(
      fc.property(question, (one) => {
        const { run, wait } = planOf(one);
        const [least, brute] = [Math.min(run, wait), triedAll(one)];
        if (brute === Number.POSITIVE_INFINITY) expect(least).toBe(brute);
        else expect(least).toBeCloseTo(brute, 9);
        expect(least).toBeLessThanOrEqual(throughCost(one) + 1e-9);
      }),
      { numRuns: 400 },
    );
  });
});
