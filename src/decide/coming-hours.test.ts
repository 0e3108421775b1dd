import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comingHours } from './coming-hours.ts';
import { habitAhead, habitOf, hourAt } from './hourly-habit.ts';

const HOUR = 3_600_000;
const N = Number.NaN;

describe('the hours to come', () => {
  const question = { habit: null, now_ms: 102.5 * HOUR, to_ms: 106 * HOUR };

  test('by hand: a forecast is shifted by its last error, less the further ahead', () => {
    const observed = { from_h: 100, g_per_kwh: [200, 210, 220] };
    const forecast = { from_h: 101, g_per_kwh: [190, 200, 250, 260, 10] };
    // It was 20 too low in hour 102: 18 are left an hour later, 16.2 after two, 14.58 after three.
    const { from_h, g_per_kwh } = comingHours({ ...question, observed, forecast });
    expect(from_h).toBe(100);
    const expected = [200, 210, 220, 268, 276.2, 24.58];
    expect(g_per_kwh).toHaveLength(6);
    for (const [i, g] of expected.entries()) expect(g_per_kwh[i]).toBeCloseTo(g, 9);
  });

  test('an hour that is not observed yet is expected too, and never below 0', () => {
    const observed = { from_h: 101, g_per_kwh: [100] };
    const forecast = { from_h: 101, g_per_kwh: [200, 50, 150] };
    const { g_per_kwh } = comingHours({ ...question, observed, forecast });
    // 100 too high: −90 in hour 102, −81 in 103; from 104 on nothing is told.
    expect(Array.from(g_per_kwh)).toEqual([100, 0, 69, N, N]);
  });

  test('a forecast by itself, without any hour observed of the last day', () => {
    const observed = { from_h: 70, g_per_kwh: [100] };
    const forecast = { from_h: 70, g_per_kwh: new Array(40).fill(300) };
    const { g_per_kwh } = comingHours({ ...question, observed, forecast });
    expect(Array.from(g_per_kwh).slice(31)).toEqual([N, 300, 300, 300, 300]);
  });

  test('nothing known: nothing is told', () => {
    const { g_per_kwh } = comingHours({ ...question, observed: { from_h: 102, g_per_kwh: [] }, forecast: null });
    expect(Array.from(g_per_kwh)).toEqual([N, N, N, N]);
  });
});

describe('what hours usually are', () => {
  const weeks = (count: number, of: (hour: number) => number) => ({
    from_h: 0,
    g_per_kwh: Float64Array.from({ length: count * 168 }, (_, hour) => of(hour)),
  });

  test('a day that is always the same is expected again', () => {
    const observed = weeks(8, (hour) => 200 + 10 * (hour % 24));
    const habit = habitOf(observed, 8 * 168);
    for (let lead = 1; lead <= 24; lead++)
      expect(
        habitAhead(habit, observed, { last_h: 8 * 168 - 1, hour: 8 * 168 - 1 + lead }) / (200 + 10 * ((lead - 1) % 24)),
      ).toBeCloseTo(1, 9);
  });

  test('how fast a grid returns to its usual course is learned', () => {
    // Off its course by something that halves each hour, and by a new shock of ±50 each hour (a fixed pseudo-random row).
    let [off, seed] = [0, 1];
    const observed = weeks(20, () => {
      seed = (seed * 48271) % 2147483647;
      off = off / 2 + (seed % 2 === 0 ? 50 : -50);
      return 300 + off;
    });
    const habit = habitOf(observed, 20 * 168);
    let [error, naive] = [0, 0];
    for (let at = 19 * 168; at < 20 * 168 - 1; at++) {
      const came = hourAt(observed, at + 1);
      error += Math.abs(habitAhead(habit, observed, { last_h: at, hour: at + 1 }) - came);
      naive += Math.abs(300 + (hourAt(observed, at) - 300) / 2 - came);
    }
    // The best that can be known is off by 50 each hour.
    expect(naive / (168 - 1)).toBeCloseTo(50, 6);
    expect(error / (168 - 1)).toBeLessThan(55);
  });

  test('nothing of what comes later is looked at', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), (later) => {
        const past = weeks(4, (hour) => 200 + (hour % 24) + (hour % 7));
        const until = 3 * 168;
        const other = { from_h: 0, g_per_kwh: past.g_per_kwh.map((g, hour) => (hour < until ? g : later)) };
        expect(habitOf(other, until)).toEqual(habitOf(past, until));
      }),
      { numRuns: 5 },
    );
  });

  test('too short a past makes no line: the mean of that hour stands, of recent days more', () => {
    const observed = { from_h: 0, g_per_kwh: Float64Array.from({ length: 48 }, (_, hour) => (hour < 24 ? 100 : 200)) };
    const habit = habitOf(observed, 48);
    expect(habit.lines.every((line) => line === null)).toBe(true);
    // 200 by weight 1, 100 by weight 0.85.
    expect(habitAhead(habit, observed, { last_h: 47, hour: 50 })).toBeCloseTo((200 + 0.85 * 100) / 1.85, 9);
    expect(habitAhead(habit, { from_h: 0, g_per_kwh: [] }, { last_h: 47, hour: 50 })).toBeNaN();
  });

  test('a grid of zeros and one with holes are no trouble', () => {
    const zeros = weeks(4, () => 0);
    expect(habitAhead(habitOf(zeros, 672), zeros, { last_h: 671, hour: 672 })).toBe(0);
    const holes = weeks(4, (hour) => (hour % 5 === 0 ? N : 100));
    expect(habitAhead(habitOf(holes, 672), holes, { last_h: 671, hour: 672 })).toBeCloseTo(100, 6);
  });
});
