import fc from 'fast-check';
import { expect, test } from 'vitest';
import { studentCdf, studentQuantile } from './student.ts';

// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, upper critical values of Student's t; of 0.999 the value that it or
// E. T. Federighi (J. Am. Stat. Assoc. 54, 1959) has where their last digits differ (NIST 318.313, Federighi 10.214).
const NIST = [
  [1, 3.078, 6.314, 12.706, 31.821, 63.657, 318.309],
  [2, 1.886, 2.92, 4.303, 6.965, 9.925, 22.327],
  [3, 1.638, 2.353, 3.182, 4.541, 5.841, 10.215],
  [4, 1.533, 2.132, 2.776, 3.747, 4.604, 7.173],
  [5, 1.476, 2.015, 2.571, 3.365, 4.032, 5.893],
  [8, 1.397, 1.86, 2.306, 2.896, 3.355, 4.501],
  [10, 1.372, 1.812, 2.228, 2.764, 3.169, 4.144],
  [20, 1.325, 1.725, 2.086, 2.528, 2.845, 3.552],
  [30, 1.31, 1.697, 2.042, 2.457, 2.75, 3.385],
  [60, 1.296, 1.671, 2.0, 2.39, 2.66, 3.232],
  [100, 1.29, 1.66, 1.984, 2.364, 2.626, 3.174],
] as const;

test('quantiles of the table of NIST', () => {
  for (const [df, ...row] of NIST) {
    const own = [0.9, 0.95, 0.975, 0.99, 0.995, 0.999].map((p) => Number(studentQuantile(p, df).toFixed(3)));
    expect(own).toEqual(row);
  }
});

test('one and two degrees of freedom have closed forms', () => {
  for (const p of [0.51, 0.6, 0.9, 0.95, 0.999, 0.999999]) {
    expect(studentQuantile(p, 1) / Math.tan(Math.PI * (p - 0.5))).toBeCloseTo(1, 9);
    expect(studentQuantile(p, 2) / ((2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p))))).toBeCloseTo(1, 9);
  }
  for (const t of [-50, -2, -0.1, 0, 0.3, 4, 900]) {
    expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
    expect(studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 12);
  }
});

test('with many degrees of freedom it is the normal distribution', () => {
  expect(studentQuantile(0.95, 1e7)).toBeCloseTo(1.644854, 5);
  expect(studentQuantile(0.975, 1e7)).toBeCloseTo(1.959964, 5);
});

test('a quantile and its share belong together, and both sides are alike', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.double({ min: 0.6, max: 500, noNaN: true }),
      (p, df) => {
        const t = studentQuantile(p, df);
        expect(studentCdf(t, df)).toBeCloseTo(p, 9);
        expect(studentCdf(-t, df)).toBeCloseTo(1 - p, 9);
      },
    ),
  );
});

test('without degrees of freedom nothing is told', () => {
  expect([studentCdf(1, 0), studentQuantile(0.9, -1), studentQuantile(1.2, 5)]).toEqual([NaN, NaN, NaN]);
  expect(studentQuantile(1, 5)).toBe(Number.POSITIVE_INFINITY);
  expect(studentQuantile(0, 5)).toBe(Number.NEGATIVE_INFINITY);
});
