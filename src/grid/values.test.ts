import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IntensitySeries, intensityAt } from './series.ts';
import { asSeries, type ValueSeries, weighted } from './values.ts';

type Piece = readonly [from_ms: number, to_ms: number, value: number];

const values = (pieces: readonly Piece[]): ValueSeries => ({
  ...{ from_ms: pieces.map(([from]) => from), to_ms: pieces.map(([, to]) => to) },
  ...{ value: pieces.map(([, , value]) => value), source: 'pue.csv' },
});
const series = (pieces: readonly Piece[]): IntensitySeries => asSeries(values(pieces));
const piecesOf = ({ from_ms, to_ms, g_per_kwh }: IntensitySeries) =>
  [...from_ms.keys()].map((i) => [from_ms[i], to_ms[i], g_per_kwh[i]]);

describe('the product of an intensity and a value over time', () => {
  test('is cut where either changes, and known where both are', () => {
    const intensity = series([
      [0, 20, 100],
      [20, 40, 300],
    ]);
    const pue = values([
      [10, 30, 1.5],
      [35, 50, 2],
    ]);
    expect(piecesOf(weighted(intensity, pue))).toEqual([
      [10, 20, 150],
      [20, 30, 450],
      [35, 40, 600],
    ]);
  });

  test('an annual mean has no end of its own', () => {
    const annual = series([[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 40]]);
    expect(piecesOf(weighted(annual, values([[5, 9, 1.25]])))).toEqual([[5, 9, 50]]);
  });

  test('at every instant it is the product of both', () => {
    const pieces = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 99 })))
      .map((parts) => {
        let at = 0;
        return parts.map(([long, hole, value]): Piece => {
          const from = at + hole;
          at = from + long;
          return [from, at, value];
        });
      });
    fc.assert(
      fc.property(pieces, pieces, (a, b) => {
        const [one, two, both] = [series(a), series(b), weighted(series(a), values(b))];
        for (let at = 0; at < 60; at++) {
          const [x, y] = [intensityAt(one, at), intensityAt(two, at)];
          expect(intensityAt(both, at)).toBe(x === null || y === null ? null : x * y);
        }
      }),
    );
  });
});
