import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import { addCells, spread } from './operational.ts';

const series = (pieces: readonly [number, number, number][], more: Partial<IntensitySeries> = {}): IntensitySeries => ({
  ...{
    zone: 'X',
    provider: 'test',
    kind: 'average',
    scope: 'lifecycle',
    quality: 'measured',
    source: '',
    licence: '',
    year: null,
  },
  from_ms: Float64Array.from(pieces.map(([from]) => from)),
  to_ms: Float64Array.from(pieces.map(([, to]) => to)),
  g_per_kwh: Float64Array.from(pieces.map(([, , g]) => g)),
  ...more,
});
const intervals = (rows: readonly [number, number, number][]) => ({
  from_ms: rows.map(([from]) => from),
  to_ms: rows.map(([, to]) => to),
  energy_j: rows.map(([, , j]) => j),
});
const H = 3_600_000;

describe('join at the breakpoints', () => {
  test('200 then 600 g/kWh over equal energy is 400 (Impact Framework says 100)', () => {
    const [cell] = spread(
      intervals([[0, 2 * H, 2 * 3.6e6]]),
      [0, 2 * H],
      [
        series([
          [0, H, 200],
          [H, 2 * H, 600],
        ]),
      ],
    );
    expect(cell!.emissions_g).toBeCloseTo(800, 9);
    expect((cell!.emissions_g / cell!.known_j) * 3.6e6).toBeCloseTo(400, 9);
  });

  test('an interval across a breakpoint off the second is split where it is', () => {
    const [cell] = spread(
      intervals([[0, 1000, 3.6e6]]),
      [0, 1000],
      [
        series([
          [0, 250, 100],
          [250, 1000, 500],
        ]),
      ],
    );
    expect(cell!.emissions_g).toBeCloseTo(0.25 * 100 + 0.75 * 500, 9);
  });

  test('outside the series the intensity is unknown, not zero', () => {
    const [cell] = spread(intervals([[0, 4 * H, 4]]), [0, 4 * H], [series([[H, 2 * H, 100]])]);
    expect(cell!.energy_j).toBeCloseTo(4, 12);
    expect(cell!.known_j).toBeCloseTo(1, 12);
  });

  test('a second series of the same kind fills what the first leaves open, and each part is told apart', () => {
    const annual = series([[-Infinity, Infinity, 300]], { quality: 'annual' });
    const [cell] = spread(intervals([[0, 4 * H, 4 * 3.6e6]]), [0, 4 * H], [series([[H, 2 * H, 100]]), annual]);
    expect(cell!.by_series).toEqual([expect.closeTo(3.6e6, 3), expect.closeTo(3 * 3.6e6, 3)]);
    expect(cell!.emissions_g).toBeCloseTo(100 + 900, 6);
  });

  test('kinds and scopes never mix', () => {
    const direct = series([[0, H, 1]], { scope: 'direct' });
    expect(() => spread(intervals([[0, H, 1]]), [0, H], [series([[0, H, 1]]), direct])).toThrow(
      /average lifecycle.*average direct/,
    );
  });
});

test('cells of any division conserve energy and emissions', () => {
  const row = fc.tuple(
    fc.integer({ min: 0, max: 100_000 }),
    fc.integer({ min: 1, max: 5000 }),
    fc.double({ min: 0, max: 1e4, noNaN: true }),
  );
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 99_999 }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), cuts, cuts, (rows, edges, breaks) => {
      const energy = intervals(rows.map(([from, length, j]) => [from, from + length, j]));
      const marks = [0, ...breaks.sort((a, b) => a - b), 200_000];
      const grid = series(marks.slice(0, -1).map((from, i) => [from, marks[i + 1]!, 50 + ((i * 97) % 700)]));
      const whole = addCells(spread(energy, [0, 100_000], [grid]));
      const cells = spread(energy, [0, ...edges.sort((a, b) => a - b), 100_000], [grid]);
      const total = rows.reduce((s, [, , j]) => s + j, 0);
      expect(Math.abs(whole.energy_j - total)).toBeLessThanOrEqual(1e-9 * Math.max(1, total));
      const parts = addCells(cells);
      expect(Math.abs(parts.energy_j - total)).toBeLessThanOrEqual(1e-9 * Math.max(1, total));
      expect(Math.abs(parts.emissions_g - whole.emissions_g)).toBeLessThanOrEqual(
        1e-9 * Math.max(1, whole.emissions_g),
      );
    }),
  );
});
