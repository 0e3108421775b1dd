import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, isKnown, over, plus, ranked, times, toJson, unknown, withBounds, withRelative } from './figure.ts';

const gain = (value: number, cause: string, share: number) =>
  withRelative(value, { [cause]: { down: share, up: share } });

describe('figures', () => {
  test('one cause adds linearly, different causes in quadrature', () => {
    // Two meters of 100 J: one sensor error of 5 % moves both together, ±10 J; two of them ±√(25+25).
    expect(toJson(plus(gain(100, 'a', 0.05), gain(100, 'a', 0.05)))).toEqual({ value: 200, low: 190, high: 210 });
    expect(toJson(plus(gain(100, 'a', 0.05), gain(100, 'b', 0.05))).value).toBe(200);
    expect((toJson(plus(gain(100, 'a', 0.05), gain(100, 'b', 0.05))) as { high: number }).high).toBeCloseTo(
      200 + Math.sqrt(50),
      9,
    );
  });

  test('a shared cause cancels in a ratio', () => {
    expect(toJson(over(gain(300, 'sensor', 0.1), gain(100, 'sensor', 0.1)))).toEqual({ value: 3, low: 3, high: 3 });
  });

  test('a product carries both relative errors: 3 % and 4 % are 5 %', () => {
    const { value, low, high } = toJson(times(gain(10, 'a', 0.03), gain(20, 'b', 0.04))) as {
      value: number;
      low: number;
      high: number;
    };
    expect([value, low, high]).toEqual([200, expect.closeTo(190, 9), expect.closeTo(210, 9)]);
  });

  test('unknown stays unknown with its reason', () => {
    expect(toJson(times(exactly(2), unknown('no PUE')))).toEqual({ value: null, why: 'no PUE' });
    expect(toJson(over(exactly(1), exactly(0)))).toMatchObject({ value: null });
  });

  test('shares of the uncertainty add up to one, largest first', () => {
    const rank = ranked(plus(gain(100, 'a', 0.1), gain(100, 'b', 0.3)));
    expect(rank.map(({ cause }) => cause)).toEqual(['b', 'a']);
    expect(rank[0]!.share).toBeCloseTo(0.9, 9);
  });

  test('value lies within its interval, and the interval of a positive quantity never below zero', () => {
    const part = fc.record({
      value: fc.double({ min: 0, max: 1e6, noNaN: true }),
      share: fc.double({ min: 0, max: 1.5, noNaN: true }),
      cause: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1e3, noNaN: true }),
        (parts, bound) => {
          const sum = parts.map((p) => gain(p.value, p.cause, p.share)).reduce((a, b) => plus(a, b));
          const json = toJson(withBounds(sum, 'gaps', -bound, bound));
          if (json.value === null || !isKnown(sum)) throw new Error('known figures add up to a known one');
          expect(json.low).toBeGreaterThanOrEqual(0);
          expect(json.low).toBeLessThanOrEqual(json.value);
          expect(json.high).toBeGreaterThanOrEqual(json.value);
        },
      ),
    );
  });
});
