// The line by hand arithmetic, and its intervals by what they promise: 90 % of repetitions.

import { describe, expect, test } from 'vitest';
import { fitLine, type Line, lineAt, slopeReach } from './line.ts';

describe('by hand', () => {
  test('four points: slope 0.8, level 2.5, R² 0.8', () => {
    // x̄ 1.5, ȳ 2.5; Sxy 4, Sxx 5; residuals −0.3, 0.9, −0.9, 0.3: SSE 1.8 of Syy 5.
    const line = fitLine([0, 1, 2, 3], [1, 3, 2, 4])!;
    expect(line).toMatchObject({ n: 4, mean_x: 1.5, mean_y: 2.5, slope: expect.closeTo(0.8, 12) });
    expect(line.r2).toBeCloseTo(1 - 1.8 / 5, 12);
    expect(line.residual ** 2).toBeCloseTo(0.9, 12);
    expect(lineAt(line, 0).value).toBeCloseTo(1.3, 12);
    // Truncation 1.3 √4 = 2.6: lags 1 and 2 weigh 8/13 and 3/13.
    // Level: 1.8 + 2 × 8/13 × (−0.27 − 0.81 − 0.27) + 2 × 3/13 × (0.27 + 0.27) = 0.3876923, over 16.
    expect(line.var_level).toBeCloseTo(0.3876923 / 16, 7);
    // Slope: e·dx is 0.45, −0.45, −0.45, 0.45: 0.81 + 2 × 8/13 × (−0.2025) + 2 × 3/13 × (−0.405) = 0.3738462, over 25.
    expect(line.var_slope).toBeCloseTo(0.3738462 / 25, 7);
    // b = 0.65: 1.6449 + 1.420835 + 0.1327495 − 0.0941140 = 3.1043705.
    expect(line.critical).toBeCloseTo(3.1043705, 6);
  });

  test('a line without noise is found exactly, its intervals are nothing', () => {
    const x = Array.from({ length: 50 }, (_, i) => 300 + 8 * i);
    const line = fitLine(
      x,
      x.map((value) => 90 + 1.1 * value),
    )!;
    expect(lineAt(line, 0).value).toBeCloseTo(90, 6);
    expect([slopeReach(line), lineAt(line, 500).point].every((reach) => reach < 1e-6)).toBe(true);
  });

  test('no line through two points, or where x stands still', () => {
    expect(fitLine([1, 2], [1, 2])).toBeNull();
    expect(fitLine([5, 5, 5, 5], [1, 2, 3, 4])).toBeNull();
  });
});

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
/** Standard normal (Box and Muller). */
const normal = (uniform: () => number) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** A node of 150 W + 1.12 × devices, with noise of 10 W whose neighbours correlate by rho. */
function synthetic(seed: number, rho: number): { line: Line; next: number; at: number } {
  const uniform = random(seed);
  const noise = (before: number) => rho * before + Math.sqrt(1 - rho ** 2) * normal(uniform);
  const [x, y]: [number[], number[]] = [[], []];
  let load = 0;
  let e = normal(uniform);
  const draw = () => {
    load = 0.8 * load + 0.6 * normal(uniform);
    e = noise(e);
    const devices = 600 + 150 * load;
    return [devices, 150 + 1.12 * devices + 10 * e] as const;
  };
  for (let i = 0; i < 150; i++) {
    const [devices, node] = draw();
    x.push(devices);
    y.push(node);
  }
  e = normal(uniform); // a later run: another moment of the noise
  const [at, next] = draw();
  return { line: fitLine(x, y)!, at, next };
}

describe('90 % intervals hold in 90 % of repetitions', () => {
  const RUNS = 400;
  // Binomial: ±3 standard deviations are 0.9 ± 0.045. With correlated noise published simulations lose a few points.
  test.each([
    [0, 0.855],
    [0.5, 0.84],
    [0.8, 0.8],
  ])('noise that correlates by %d', (rho, least) => {
    const held = { a: 0, b: 0, point: 0 };
    for (let seed = 1; seed <= RUNS; seed++) {
      const { line, at, next } = synthetic(seed, rho);
      const a = lineAt(line, 0);
      if (Math.abs(a.value - 150) <= a.line) held.a++;
      if (Math.abs(line.slope - 1.12) <= slopeReach(line)) held.b++;
      const there = lineAt(line, at);
      if (Math.abs(there.value - next) <= there.point) held.point++;
    }
    for (const [what, count] of Object.entries(held)) {
      expect([what, count / RUNS >= least], `${count / RUNS}`).toEqual([what, true]);
      expect([what, count / RUNS < 0.975], `${count / RUNS}`).toEqual([what, true]);
    }
  });

  test('plain standard errors would not: the same noise, taken as independent, holds in far fewer', () => {
    let held = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const { line } = synthetic(seed, 0.8);
      if (Math.abs(line.mean_y - 150 - 1.12 * line.mean_x) <= (1.645 * line.residual) / Math.sqrt(line.n)) held++;
    }
    expect(held / RUNS).toBeLessThan(0.7);
  });
});
