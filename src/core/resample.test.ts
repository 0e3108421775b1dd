import { describe, expect, test } from 'vitest';
import { bootstrap, percentile, permutationTest, randomFrom, signTest } from './resample.ts';

// Days that mice survived (B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, table 2.1).
const TREATED = [94, 197, 16, 38, 99, 141, 23];
const CONTROL = [52, 104, 146, 10, 51, 30, 40, 27, 46];
const mean = (values: readonly number[]) => values.reduce((s, x) => s + x, 0) / values.length;

describe('bootstrap', () => {
  test('the standard error of a mean is near that of endless draws, 23.36 and 13.35 (their table 2.2)', () => {
    // √(Σ(x - mean)²)/n, by hand: 23.3635 and 13.3489; of 20,000 draws it is sure to about half a per cent.
    const [treated, control] = [TREATED, CONTROL].map((one) => bootstrap([one], (x) => mean(x!), { draws: 20_000 })!);
    expect(Math.abs(treated!.standard_error / 23.3635 - 1)).toBeLessThan(0.02);
    expect(Math.abs(control!.standard_error / 13.3489 - 1)).toBeLessThan(0.02);
    expect(treated!.value).toBeCloseTo(608 / 7, 12);
    expect(treated!.low).toBeLessThan(treated!.value);
    expect(treated!.high).toBeGreaterThan(treated!.value);
  });

  test('the same for the same seed, and another for another', () => {
    const of = (seed: number) => bootstrap([TREATED, CONTROL], (a, b) => mean(a!) - mean(b!), { seed, draws: 500 });
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  test('of equal values it has no width, and of one value there is none', () => {
    expect(bootstrap([[3, 3, 3]], (x) => mean(x!))).toMatchObject({ value: 3, low: 3, high: 3 });
    expect(bootstrap([[3]], (x) => mean(x!))).toBeNull();
  });
});

describe('permutations', () => {
  test('the mice: 1,613 of 11,440 arrangements on this side, 3,184 on both (gone through by Python)', () => {
    expect(permutationTest(CONTROL, TREATED)).toEqual({ p: 3184 / 11440, p_one_sided: 1613 / 11440, exact: true });
    expect(permutationTest(TREATED, CONTROL)?.p).toBe(3184 / 11440);
  });

  test('too many to go through are drawn: near to all of them', () => {
    const spread = (values: readonly number[]) => values.flatMap((x) => [x, x + 0.5, x - 0.5]);
    const drawn = permutationTest(spread(CONTROL), spread(TREATED))!;
    expect(drawn.exact).toBe(false);
    expect(drawn).toEqual(permutationTest(spread(CONTROL), spread(TREATED)));
    const none = permutationTest(
      Array.from({ length: 15 }, (_, i) => i),
      Array.from({ length: 15 }, (_, i) => i + 100),
    )!;
    expect(none.p).toBe(1 / 10_001);
  });

  test("Darwin's maize: 863 of 32,768 signs (R. A. Fisher, The Design of Experiments, §21)", () => {
    const eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signTest(eighths)).toEqual({ p: 1726 / 32768, p_one_sided: 863 / 32768, exact: true });
  });

  test('what differs by rounding alone is the same', () => {
    expect(permutationTest([0.1, 0.2], [0.3, 0.1 + 0.2])?.p).toBe(2 / 6);
    expect(permutationTest([5, 5], [5, 5])?.p).toBe(1);
    expect([permutationTest([], [1]), signTest([])]).toEqual([null, null]);
  });
});

test('percentiles lie between their neighbours', () => {
  expect([0, 0.25, 0.5, 1].map((share) => percentile([1, 2, 4, 8], share))).toEqual([1, 1.75, 3, 8]);
});

test('numbers of a seed are even: a tenth of them in each tenth', () => {
  const random = randomFrom(42);
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) tenths[Math.floor(random() * 10)]!++;
  // Of 100,000 the standard deviation of one tenth is 95.
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
});
