import { describe, expect, test } from 'vitest';
import { type Look, latencyOf, meanPowerW, paceOf } from './pace.ts';

/** A value that moves every `period` ms, seen by looks of 1 ms that begin at these times. */
const stepped = (period: number, times: readonly number[]): Look[] =>
  times.map((at) => ({ from_ms: at, to_ms: at + 1, value: Math.floor(at / period) }));
const every = (step: number, until: number) => Array.from({ length: Math.floor(until / step) }, (_, i) => i * step);

describe('the time between two changes', () => {
  test('of a counter that moves every 50 ms, looked at every 4 ms', () => {
    const pace = paceOf(stepped(50, every(4, 1000)));
    // Moves at 50, 100, … 950: nineteen. Each lies between looks 4 ms apart, ended 1 ms later: 50 ± (4 + 1) or so.
    expect(pace.changes).toBe(19);
    expect(pace.low_ms).toBeLessThanOrEqual(50);
    expect(pace.high_ms).toBeGreaterThanOrEqual(50);
    expect(pace.high_ms! - pace.low_ms!).toBeLessThanOrEqual(10);
    expect(Math.abs(pace.period_ms! - 50)).toBeLessThanOrEqual(5);
  });

  test('is bounded by the looks on both sides of each change', () => {
    // A move at 30 lies between the look that begins at 20 and the one that ends at 31; the next between 50 and 61.
    // So the time between them is 50 − 31 at least, and 61 − 20 at most.
    expect(paceOf(stepped(30, every(10, 200)))).toEqual({
      ...{ low_ms: 19, period_ms: 30, high_ms: 41, changes: 6, watched_ms: 191 },
    });
  });

  test('with long pauses between some looks, which miss moves', () => {
    const times = every(4, 2000).filter((at) => !(at > 300 && at < 480) && !(at > 1210 && at < 1390));
    const pace = paceOf(stepped(50, times));
    expect(pace.low_ms).toBeLessThanOrEqual(50);
    expect(pace.high_ms).toBeGreaterThanOrEqual(50);
  });

  test('is only bounded above where every look sees a new value', () => {
    expect(paceOf(stepped(1, every(4, 200)))).toMatchObject({ period_ms: null, low_ms: 0, high_ms: 9, changes: 49 });
  });

  test('is not told where nothing, or hardly anything, was seen to change', () => {
    expect(paceOf(stepped(5000, every(4, 1000)))).toMatchObject({ period_ms: null, high_ms: null, changes: 0 });
    expect(paceOf(stepped(400, every(4, 1000)))).toMatchObject({ period_ms: null, high_ms: null, changes: 2 });
    expect(paceOf([])).toEqual({ period_ms: null, low_ms: null, high_ms: null, changes: 0, watched_ms: 0 });
  });

  test('looks that gave nothing are left out', () => {
    const looks = stepped(50, every(4, 1000)).map((look, i) => (i % 3 === 0 ? { ...look, value: null } : look));
    const pace = paceOf(looks);
    expect(pace.low_ms! <= 50 && pace.high_ms! >= 50).toBe(true);
  });
});

test('latency: median and the 95th of a hundred', () => {
  expect(latencyOf(Array.from({ length: 100 }, (_, i) => 100 - i))).toEqual({
    median_ms: 50.5,
    p95_ms: 95,
    reads: 100,
  });
  expect(latencyOf([])).toBeNull();
});

describe('power from a counter', () => {
  const looks = (...values: (number | null)[]): Look[] =>
    values.map((value, i) => ({ from_ms: 500 * i, to_ms: 500 * i, value }));
  test('is what it rose by over the time', () =>
    expect(meanPowerW(looks(10, 40, 110), undefined)).toEqual({ value: 100 }));
  test('over its wrap', () => expect(meanPowerW(looks(990, 1090 - 1000, 190), 1000)).toEqual({ value: 200 }));
  test('is not told where it began again, stood, or was read once', () => {
    expect(meanPowerW(looks(990, 5), undefined)).toMatchObject({
      value: null,
      why: expect.stringMatching(/began again/),
    });
    expect(meanPowerW(looks(7, 7, 7), undefined)).toMatchObject({
      value: null,
      why: expect.stringMatching(/not seen/),
    });
    expect(meanPowerW(looks(7, null), undefined)).toMatchObject({ value: null, why: expect.stringMatching(/once/) });
    expect(meanPowerW([], undefined).value).toBeNull();
  });
});
