import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, type Known, unknown, withRelative } from '../core/figure.ts';
import { randomFrom } from '../core/resample.ts';
import { contrastOf, ownCause } from './contrast.ts';

const sensor = (value: number, id = 'sensor') => withRelative(value, { [id]: { down: 0.05, up: 0.05 } });
const own = (value: number, run: string, reach: number): Known =>
  withRelative(value, { [ownCause('edges', run)]: { down: reach, up: reach } });

describe('one run each', () => {
  test('a run against itself: no difference, without width', () => {
    const one = withRelative(413.7, {
      sensor: { down: 0.05, up: 0.07 },
      [ownCause('gaps', 'r')]: { down: 0.2, up: 0.1 },
    });
    const found = contrastOf([one], [one]);
    expect(found.difference).toEqual({ value: 0, low: 0, high: 0 });
    expect(found.ratio).toEqual({ value: 1, low: 1, high: 1 });
    expect(found.verdict).toBe('same');
  });

  test('what differs by rounding alone is the same', () => {
    expect(contrastOf([sensor(0.1 + 0.2)], [sensor(0.3)]).verdict).toBe('same');
    expect(contrastOf([sensor(1)], [sensor(1 + 1e-6)]).verdict).toBe('worse');
  });

  test('what both share cancels: 100 and 90 by one sensor of ±5 % is 10 % less, for sure', () => {
    const found = contrastOf([sensor(100)], [sensor(90)]);
    expect(found.ratio).toEqual({ value: 0.9, low: expect.closeTo(0.9, 12), high: expect.closeTo(0.9, 12) });
    expect(found.difference).toEqual({ value: -10, low: -10.5, high: -9.5 });
    expect([found.verdict, found.spread]).toEqual(['better', 'none']);
  });

  test('by two sensors it is not: ln 0.9 = -0.105 against √2 · 0.05', () => {
    const far = contrastOf([sensor(100, 'x')], [sensor(90, 'y')]);
    expect(far.verdict).toBe('better');
    const near = contrastOf([sensor(100, 'x')], [sensor(96, 'y')]);
    expect(near.verdict).toBe('cannot-tell');
    expect(near.repeats).toEqual({ each: null, why: expect.stringMatching(/no repeats settle/) });
    // Downwards x sits high and y low: ln(0.95 ÷ 1) and ln(1 ÷ 1.05) in quadrature.
    const down = Math.hypot(Math.log(0.95), Math.log(1.05));
    expect(near.ratio).toMatchObject({ low: expect.closeTo(0.96 * Math.exp(-down), 9) });
  });

  test('what a run’s own readings leave open may be settled by repeats, of which one tells nothing', () => {
    const found = contrastOf([own(100, 'p', 0.1)], [own(101, 'q', 0.1)]);
    expect(found.verdict).toBe('cannot-tell');
    expect(found.repeats.why).toMatch(/3 of each would/);
  });

  test('unknown stays unknown, with its reason; nothing has no ratio', () => {
    const found = contrastOf([unknown('no zone')], [exactly(1)]);
    expect([found.verdict, found.difference, found.ratio]).toEqual([
      null,
      { value: null, why: 'no zone' },
      { value: null, why: 'no zone' },
    ]);
    const zero = contrastOf([exactly(0)], [exactly(1)]);
    expect([zero.verdict, zero.difference.value, zero.ratio.value]).toEqual(['worse', 1, null]);
    expect(contrastOf([exactly(0)], [exactly(0)]).verdict).toBe('same');
  });

  test('of what is wanted more is better', () => {
    expect(contrastOf([exactly(0.8)], [exactly(0.9)], 'higher').verdict).toBe('better');
    expect(contrastOf([exactly(0.9)], [exactly(0.8)], 'higher').verdict).toBe('worse');
  });
});

describe('repeats', () => {
  const runs = (values: readonly number[], gain = 'sensor') => values.map((value) => sensor(value, gain));

  test('three each, by hand: means 100 and 90, standard deviation 2, t = 2.132 of 4 degrees', () => {
    const found = contrastOf(runs([98, 100, 102]), runs([88, 90, 92]));
    // Of the difference: the shared gain moves 10 by 0.5, and 2.1318 · √(4/3 + 4/3) = 3.4813.
    const reach = Math.hypot(0.5, 2.131847 * Math.sqrt(8 / 3));
    expect(found.difference).toMatchObject({ value: -10, low: expect.closeTo(-10 - reach, 4) });
    // Of the ratio the gain cancels; relative variances 0.0004 and 0.000494, of 3.957 degrees by Satterthwaite.
    const [va, vb] = [0.02 ** 2 / 3, (2 / 90) ** 2 / 3];
    expect((va + vb) ** 2 / (va ** 2 / 2 + vb ** 2 / 2)).toBeCloseTo(3.956, 3);
    expect(found.own).toBeCloseTo(2.1398 * Math.sqrt(va + vb), 3);
    expect([found.verdict, found.spread, found.shared]).toEqual(['better', 'both', expect.closeTo(0, 12)]);
  });

  test('cannot tell yet, and how many would', () => {
    const found = contrastOf(runs([90, 100, 110]), runs([88, 98, 108]));
    expect(found.verdict).toBe('cannot-tell');
    // 2 % of difference, spreads of 10 %: 2 · (1.645 + 0.842)² · (0.1 ÷ 0.0202)² is about 303 to 310.
    expect(found.repeats.each).toBeGreaterThan(300);
    expect(found.repeats.each).toBeLessThan(318);
  });

  test('one against several: their spread stands in for its own', () => {
    const found = contrastOf(runs([98, 100, 102]), runs([90]));
    expect([found.spread, found.verdict]).toEqual(['one', 'better']);
    const reach = Math.hypot(0.5, 2.919986 * Math.sqrt(4 * (1 / 3 + 1)));
    expect(found.difference).toMatchObject({ low: expect.closeTo(-10 - reach, 4) });
  });

  test('repeats that are equal by luck are no surer than their readings', () => {
    const found = contrastOf([own(100, 'p', 0.1), own(100, 'q', 0.1)], [own(101, 'r', 0.1), own(101, 's', 0.1)]);
    expect(found.verdict).toBe('cannot-tell');
    expect(found.own).toBeGreaterThan(0.09);
  });

  test('as many as there are already are never said to be enough', () => {
    // One side does not vary, so one degree of freedom is left: 6.3138 · √(8/2) = 12.6 against a difference of 9.
    const found = contrastOf(runs([100, 100]), runs([89, 93]));
    // Of three: t = 2.919986 + 1.060660 of two degrees, √(2.8284²/3)/91 = 1.7945 %, 7.14 % in all against ln(100/91) = 9.43 %.
    expect([found.verdict, found.repeats.each]).toEqual(['cannot-tell', 3]);
  });

  test('repeats that are equal by luck do not make the number of repeats small', () => {
    const equal = contrastOf([own(100, 'p', 0.1), own(100, 'q', 0.1)], [own(101, 'r', 0.1), own(101, 's', 0.1)]);
    // 10 % at the 95th percentile is a deviation of 6.08 %: 2 · (1.645 + 0.842)² · (6.08 ÷ 0.995)² is about 462.
    expect(equal.repeats.each).toBeGreaterThan(455);
    expect(equal.repeats.each).toBeLessThan(470);
  });

  test('other sensors’ gains do not average out', () => {
    const found = contrastOf(runs([99.9, 100, 100.1], 'x'), runs([97.9, 98, 98.1], 'y'));
    expect([found.verdict, found.repeats.each]).toEqual(['cannot-tell', null]);
    expect(found.shared).toBeCloseTo(Math.SQRT2 * 0.05, 3);
  });
});

const side = fc.array(fc.double({ min: 10, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 6 });
test('b against a mirrors a against b, and values lie within their intervals', () => {
  fc.assert(
    fc.property(side, side, (a, b) => {
      const figures = (values: readonly number[], id: string) =>
        values.map((value, i) =>
          withRelative(value, { all: { down: 0.1, up: 0.1 }, [ownCause(id, String(i))]: { down: 0.02, up: 0.02 } }),
        );
      const there = contrastOf(figures(a, 'a'), figures(b, 'b'));
      const back = contrastOf(figures(b, 'b'), figures(a, 'a'));
      if (there.ratio.value === null || back.ratio.value === null) throw new Error('known figures have a ratio');
      expect(there.ratio.value * back.ratio.value).toBeCloseTo(1, 9);
      expect(there.difference.value! + back.difference.value!).toBeCloseTo(0, 6);
      expect(there.ratio.low * back.ratio.high).toBeCloseTo(1, 9);
      expect(there.ratio.low).toBeLessThanOrEqual(there.ratio.value);
      expect(there.ratio.high).toBeGreaterThanOrEqual(there.ratio.value);
      const turned = { better: 'worse', worse: 'better', same: 'same', 'cannot-tell': 'cannot-tell' } as const;
      expect(back.verdict).toBe(turned[there.verdict!]);
      expect(back.repeats.each).toBe(there.repeats.each);
    }),
  );
});

test('of 600 unchanged pairs of groups about one in ten is called different, and a change is mostly told by as many repeats as it says', () => {
  const uniform = randomFrom(7);
  // Sum of twelve: mean 6, variance 1.
  const normal = () => Array.from({ length: 12 }, uniform).reduce((x, y) => x + y, -6);
  const side = (n: number, mean: number) => Array.from({ length: n }, () => sensor(mean * (1 + 0.02 * normal())));
  const share = (n: number, change: number) => {
    const found = Array.from({ length: 600 }, () => contrastOf(side(n, 100), side(n, 100 * change)));
    return found.filter(({ verdict }) => verdict !== 'cannot-tell').length / found.length;
  };
  // The standard deviation of a share of 0.1 in 600 is 0.012; Welch's is a little shy of it for three.
  const [few, many] = [share(3, 1), share(10, 1)];
  expect(few).toBeGreaterThan(0.05);
  expect(few).toBeLessThan(0.135);
  expect(Math.abs(many - 0.1)).toBeLessThan(0.04);
  // For 3 % less at a spread of 2 % it takes 2 · (1.645 + 0.842)² · (2 ÷ 3)² = 5.5 and a little more for t: 7 at most.
  expect(share(7, 0.97)).toBeGreaterThan(0.77);
});
