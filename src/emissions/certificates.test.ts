// Hand-made tables of the matching, and what holds for any load and any certificates.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../grid/certificate-file.ts';
import { matchCertificates } from './certificates.ts';

const KWH = 3.6e6;
const row = (from_ms: number, to_ms: number, kwh: number, g_per_kwh = 0): Certificate => ({
  ...{ from_ms, to_ms, kwh, g_per_kwh },
});
/** Cells of one ms from 0 on, in kWh. */
const match = (load_kwh: readonly number[], rows: readonly Certificate[]) => {
  const edges_ms = [...Array(load_kwh.length + 1).keys()];
  const { used_j, left_j, ...slopes } = matchCertificates({ edges_ms, energy_j: load_kwh.map((k) => k * KWH) }, rows);
  const kwh = (joules: readonly number[]) => joules.map((j) => Number((j / KWH).toPrecision(12)));
  return {
    ...{ used: kwh(used_j), left: kwh(left_j) },
    ...{ used_slope: kwh(slopes.used_slope_j), left_slope: kwh(slopes.left_slope_j) },
  };
};

describe('by hand', () => {
  test('a surplus of one period covers nothing of the next', () => {
    const { used, left } = match([10, 10], [row(0, 1, 15), row(1, 2, 4)]);
    expect(used).toEqual([10, 4]);
    expect(left).toEqual([0, 6]);
  });

  test('a long period covers the same share of each of its hours', () => {
    // 8 of 40 kWh: a fifth of each hour.
    const { used, left } = match([10, 30], [row(0, 2, 8)]);
    expect(used).toEqual([8]);
    expect(left).toEqual([8, 24]);
  });

  test('the hourly one goes first, the annual one covers a share of what it leaves, in any order of rows', () => {
    // 10 + 30 + 0; the hour takes all of the first 10; 15 of the other 30 are a half.
    for (const rows of [
      [row(0, 1, 12), row(0, 3, 15)],
      [row(0, 3, 15), row(0, 1, 12)],
    ]) {
      const { used, left } = match([10, 30, 0], rows);
      expect([...used].sort((a, b) => a - b)).toEqual([10, 15]);
      expect(left).toEqual([0, 15, 0]);
    }
  });

  test('a period that reaches beyond the load counts with all of its kWh', () => {
    expect(match([10, 10], [row(-5, 7, 5)]).left).toEqual([7.5, 7.5]);
    expect(match([10], [row(1, 2, 5), row(-1, 0, 5)]).used).toEqual([0, 0]);
  });

  test('more load makes what is used up no larger: its slope is 0, that of the rest is the whole of the load', () => {
    const { used_slope, left_slope } = match([10, 10], [row(0, 1, 15), row(1, 2, 4)]);
    expect(used_slope).toEqual([10, 0]);
    expect(left_slope).toEqual([0, 10]);
  });
});

const END = 12;
const loads = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: END, maxLength: END });
const certificates = fc.array(
  fc
    .tuple(
      fc.integer({ min: -2, max: END }),
      fc.integer({ min: 1, max: END }),
      fc.double({ min: 0, max: 200, noNaN: true }),
    )
    .map(([from, long, kwh]) => row(from, from + long, kwh)),
  { maxLength: 8 },
);
const total = (values: readonly number[]) => values.reduce((s, v) => s + v, 0);
const inside = ({ from_ms, to_ms }: Certificate, load: readonly number[]) =>
  total(load.slice(Math.max(0, from_ms), Math.max(0, to_ms)));

describe('for any load and any certificates', () => {
  test('none covers more than its kWh or the load of its period, and used and left add up to the load', () => {
    fc.assert(
      fc.property(loads, certificates, (load, rows) => {
        const { used, left } = match(load, rows);
        rows.forEach((one, i) => {
          expect(used[i]!).toBeGreaterThanOrEqual(0);
          expect(used[i]!).toBeLessThanOrEqual(Math.min(one.kwh, inside(one, load)) * (1 + 1e-9));
        });
        for (const j of left) expect(j).toBeGreaterThanOrEqual(0);
        expect(total(used) + total(left)).toBeCloseTo(total(load), 6);
      }),
    );
  });

  test('one more certificate, or a larger one, leaves no moment with more', () => {
    fc.assert(
      fc.property(
        loads,
        certificates,
        certificates,
        fc.double({ min: 0, max: 50, noNaN: true }),
        (load, rows, more, extra) => {
          const before = match(load, rows).left;
          const grown = rows.map((one) => ({ ...one, kwh: one.kwh + extra }));
          for (const after of [match(load, [...rows, ...more]).left, match(load, grown).left])
            for (const [c, left] of after.entries()) expect(left).toBeLessThanOrEqual(before[c]! + 1e-9);
        },
      ),
    );
  });

  test('slopes are what one millionth more of the load changes, and add up to the load', () => {
    fc.assert(
      fc.property(loads, certificates, (load, rows) => {
        const { used, left, used_slope, left_slope } = match(load, rows);
        expect(total(used_slope) + total(left_slope)).toBeCloseTo(total(load), 6);
        const step = 1e-6;
        const more = match(
          load.map((kwh) => kwh * (1 + step)),
          rows,
        );
        // Right at the edge between used up and not, the slope has two sides.
        const edge = rows.some((one, i) => Math.abs(used[i]! - one.kwh) < 1e-3 && used_slope[i]! > 0);
        if (edge) return;
        for (const [c, j] of left.entries()) expect((more.left[c]! - j) / step).toBeCloseTo(left_slope[c]!, 1);
      }),
    );
  });
});
