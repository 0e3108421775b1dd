import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decomposed, logMean } from './lmdi.ts';

const factor = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const product = fc.record({ work: factor, efficiency: factor, overhead: factor, grid: factor });
const value = (of: Record<string, number>) => Object.values(of).reduce((x, y) => x * y, 1);

test('by hand: 100 · 2 against 100 · 1, and 300 · 1 against 100 · 2', () => {
  expect(decomposed({ work: 100, grid: 2 }, { work: 100, grid: 1 })?.parts).toEqual({ work: 0, grid: -100 });
  // L(300, 200) = 100 ÷ ln 1.5 = 246.630; times ln 3 = 1.098612 and ln 0.5 = -0.693147.
  const { parts, difference } = decomposed({ work: 100, grid: 2 }, { work: 300, grid: 1 })!;
  expect(difference).toBe(100);
  expect(parts.work).toBeCloseTo(270.951, 3);
  expect(parts.grid).toBeCloseTo(-170.951, 3);
});

test('the logarithmic mean lies between the geometric and the arithmetic one, and is the value of two equals', () => {
  expect(logMean(5, 5)).toBe(5);
  expect(logMean(1, 1 + 1e-12)).toBeCloseTo(1, 11);
  fc.assert(
    fc.property(factor, factor, (x, y) => {
      const mean = logMean(x, y);
      expect(mean).toBeGreaterThanOrEqual(Math.sqrt(x * y) * (1 - 1e-9));
      expect(mean).toBeLessThanOrEqual(((x + y) / 2) * (1 + 1e-9));
      expect(logMean(y, x) / mean).toBeCloseTo(1, 9);
    }),
  );
});

test('parts add up to the difference, to 1e-12 of what is compared', () => {
  fc.assert(
    fc.property(product, product, (a, b) => {
      const { parts, difference } = decomposed(a, b)!;
      const sum = Object.values(parts).reduce((x, y) => x + y, 0);
      expect(Math.abs(sum - difference)).toBeLessThanOrEqual(
        1e-12 * Math.max(value(a), value(b), ...Object.values(parts).map(Math.abs)),
      );
      expect(difference).toBe(value(b) - value(a));
    }),
  );
});

test('the other way round each part has the other sign', () => {
  fc.assert(
    fc.property(product, product, (a, b) => {
      const [there, back] = [decomposed(a, b)!.parts, decomposed(b, a)!.parts];
      const scale = Math.max(...Object.values(there).map(Math.abs));
      for (const name of Object.keys(there) as (keyof typeof there)[])
        expect(Math.abs(there[name] + back[name])).toBeLessThanOrEqual(1e-9 * scale);
    }),
  );
});

test('what did not change has no part, and nothing has no ratio', () => {
  fc.assert(
    fc.property(product, (a) => {
      expect(Object.values(decomposed(a, a)!.parts)).toEqual([0, 0, 0, 0]);
      expect(decomposed(a, { ...a, grid: a.grid * 2 })!.parts).toMatchObject({ work: 0, efficiency: 0, overhead: 0 });
    }),
  );
  expect(decomposed({ work: 0 }, { work: 1 })).toBeNull();
  expect(decomposed({ work: Number.NaN }, { work: 1 })).toBeNull();
});
