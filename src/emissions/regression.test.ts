import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { energyNoise } from '../../test/helpers/energy-noise.ts';
import { randomFrom } from '../core/resample.ts';
import { ALARM_LEVEL, changeOf, leastRepeats } from './regression.ts';

const BEFORE = [98, 99, 100, 101, 102];

describe('the verdict', () => {
  test('ten more of a hundred is a regression: of 252 deals the one that is seen is the most extreme', () => {
    const found = changeOf(BEFORE, [108, 109, 110, 111, 112], 0.05);
    expect(found).toMatchObject({ verdict: 'regression', more_repeats: 0, more_baseline: 0 });
    expect(found.p).toBeCloseTo(1 / 252, 12);
    // Worked out with Python's math and statistics; the standard error of the logarithms' difference is 0.0095574 with
    // 7.928 degrees of freedom, and t(0.95; 7.9) is 1.86.
    expect(found.baseline).toBeCloseTo(99.989999, 5);
    expect(found.candidate).toBeCloseTo(109.990908, 5);
    expect(found.increase!.value).toBeCloseTo(0.100019097, 8);
    expect(found.increase!.low).toBeCloseTo(1.100019097 * Math.exp(-1.861 * 0.0095574) - 1, 4);
    expect(found.increase!.high).toBeCloseTo(1.100019097 * Math.exp(1.861 * 0.0095574) - 1, 4);
  });

  test('what is allowed is no regression, however surely it is there', () => {
    const more = BEFORE.map((value) => value * 1.03);
    expect(changeOf(BEFORE, more, 0.05).verdict).toBe('ok');
    expect(changeOf(BEFORE, more, 0.01).verdict).toBe('cannot-tell'); // 3 % more, but 2 in 252 deals
    expect(
      changeOf(
        BEFORE,
        BEFORE.map((value) => value * 1.05),
        0,
      ).verdict,
    ).toBe('regression');
  });

  test('the same again is ok, less is better, and the same without any noise is ok', () => {
    expect(changeOf(BEFORE, BEFORE, 0.05)).toMatchObject({ verdict: 'ok', p: 1 });
    expect(changeOf(BEFORE, [88, 89, 90, 91, 92], 0.05).verdict).toBe('better');
    expect(changeOf([5, 5, 5, 5, 5], [5, 5, 5, 5, 5], 0)).toMatchObject({ verdict: 'ok', p: 1 });
    expect(changeOf([5, 5, 5, 5, 5], [6, 6, 6, 6, 6], 0.05).verdict).toBe('regression');
  });

  test('two humps that happened to fall apart are not told from a change by three repeats of each', () => {
    expect(changeOf([277, 277, 277], [336, 336, 336], 0.05)).toMatchObject({
      ...{ verdict: 'cannot-tell', more_repeats: 3, more_baseline: 1 },
    });
  });

  test('of nothing, or of one value, it says how many it takes', () => {
    expect(changeOf([], [1], 0.05)).toMatchObject({
      verdict: 'cannot-tell',
      increase: null,
      more_repeats: 5,
      more_baseline: 4,
    });
    const one = changeOf([100], [120], 0.05);
    expect(one).toMatchObject({ verdict: 'cannot-tell', more_repeats: 5, more_baseline: 3 });
    expect(one.increase).toEqual({ value: expect.closeTo(0.2, 12), low: null, high: null });
  });

  test('the noisier, the more repeats; more of the candidate alone where that is enough, else of both', () => {
    const around = (spread: number, n: number) =>
      Array.from({ length: n }, (_, i) => 100 * Math.exp(spread * ((2 * i) / (n - 1) - 1)));
    // 20 values of a baseline with a standard deviation of 9.3 %, 5 of a candidate: (1.7 + 0.86) · √(0.093²/20 + 0.12²/n)
    // never comes to ln 1.05 = 0.0488; with as many more of both it does where 2.5² · (0.093² + 0.12²) / n is 0.0488²: about 60.
    expect(changeOf(around(0.15, 20), around(0.15, 5), 0.05)).toMatchObject({ verdict: 'cannot-tell' });
    const both = changeOf(around(0.15, 20), around(0.15, 5), 0.05);
    expect(both.more_baseline).toBe(both.more_repeats);
    expect(both.more_repeats).toBeGreaterThan(35);
    expect(both.more_repeats).toBeLessThan(75);
    const alone = changeOf(around(0.08, 20), around(0.08, 5), 0.05);
    expect(alone).toMatchObject({ verdict: 'cannot-tell', more_baseline: 0 });
    expect(alone.more_repeats).toBeLessThan(20);
    expect(changeOf(around(1, 5), around(1, 5), 0.05)).toMatchObject({ verdict: 'cannot-tell', more_repeats: null });
  });
});

test('the fewest repeats that can tell: 1 of C(m + n, n) deals', () => {
  expect(leastRepeats(5, 5)).toEqual({ more_repeats: 0, more_baseline: 0 }); // C(10, 5) = 252
  expect(leastRepeats(5, 4)).toEqual({ more_repeats: 1, more_baseline: 0 }); // C(9, 4) = 126
  expect(leastRepeats(10, 0)).toEqual({ more_repeats: 3, more_baseline: 0 }); // C(12, 2) = 66, C(13, 3) = 286
  expect(leastRepeats(20, 0)).toEqual({ more_repeats: 2, more_baseline: 0 }); // C(22, 2) = 231
  expect(leastRepeats(199, 0)).toEqual({ more_repeats: 2, more_baseline: 0 }); // C(200, 1) = 200, but an interval takes two
});

test('whatever ten values: of all ways to deal them to two groups no more than the level are alarms', () => {
  const value = fc.double({ min: 1, max: 1000, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 10, maxLength: 10 }), (values) => {
      let alarms = 0;
      for (let deal = 0; deal < 1024; deal++) {
        const side = (bit: number) => values.filter((_, i) => ((deal >> i) & 1) === bit);
        const [a, b] = [side(0), side(1)];
        if (a.length === 5 && changeOf(a, b, 0).verdict === 'regression') alarms++;
      }
      expect(alarms).toBeLessThanOrEqual(252 * ALARM_LEVEL);
    }),
    { numRuns: 8 },
  );
});

test('on noise of real repeats: an unchanged job is no regression, 10 % more is one (bench/gate-noise.mjs has more)', () => {
  const groups = energyNoise('mlperf/', 'mean_w');
  const random = randomFrom(1);
  const any = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const all = groups.flatMap((values) => values.map(() => values));
  const pairs = 300;
  let [alarms, caught] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    const values = any(all);
    const five = () => Array.from({ length: 5 }, () => any(values));
    const [a, b] = [five(), five()];
    if (changeOf(a, b, 0.05).verdict === 'regression') alarms++;
    if (
      changeOf(
        a,
        b.map((value) => 1.1 * value),
        0.05,
      ).verdict === 'regression'
    )
      caught++;
  }
  expect(alarms).toBeLessThanOrEqual(0.01 * pairs);
  expect(caught).toBeGreaterThanOrEqual(0.95 * pairs);
});
