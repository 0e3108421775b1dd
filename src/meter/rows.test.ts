import { describe, expect, test } from 'vitest';
import type { Piece } from './pieces.ts';
import { createRowMaker } from './rows.ts';

const HOUR_MS = 3_600_000;
const piece = (from_ms: number, to_ms: number, state: Piece['state'], energy_j: number | null = null): Piece => ({
  ...{ from_ms, to_ms, energy_j, low_j: 0, high_j: energy_j ?? 0, min_w: null, max_w: null, how: 'gauge', state },
  why: state === 'measured' ? null : 'too-far-apart',
});
const rowsOf = (...pieces: Piece[]) => {
  const maker = createRowMaker({ device: 'gpu-0', source: 'polled' });
  return [...pieces.flatMap((one) => maker.push(one)), ...maker.flush()];
};
const brief = (rows: ReturnType<typeof rowsOf>) =>
  rows.map(({ from_ms, to_ms, energy_j }) => [from_ms, to_ms, energy_j]);

describe('rows', () => {
  test('what was measured is cut at whole seconds', () => {
    expect(brief(rowsOf(piece(500, 2500, 'measured', 200)))).toEqual([
      [500, 1000, 50],
      [1000, 2000, 100],
      [2000, 2500, 50],
    ]);
  });

  test('a gap of more than 10 s is cut at whole hours, and what follows at seconds again', () => {
    // 100 W from half an hour before the first full hour to a quarter of an hour after the second.
    const [from, to] = [HOUR_MS / 2, 2 * HOUR_MS + HOUR_MS / 4];
    expect(brief(rowsOf(piece(from, to, 'estimated', 630_000), piece(to, to + 2000, 'measured', 200)))).toEqual([
      [from, HOUR_MS, 180_000],
      [HOUR_MS, 2 * HOUR_MS, 360_000],
      [2 * HOUR_MS, to, 90_000],
      [to, to + 1000, 100],
      [to + 1000, to + 2000, 100],
    ]);
  });

  test('a gap of 10 s is cut at seconds: it is small beside an hour', () => {
    expect(rowsOf(piece(0, 10_000, 'filled', 1))).toHaveLength(10);
  });

  test('a gap of 50 years is a row for each of its 438 300 hours', () => {
    const years = 50 * 365.25 * 24 * HOUR_MS;
    const rows = rowsOf(piece(0, years, 'estimated', 1e9));
    expect(rows).toHaveLength(438_300);
    expect(rows.reduce((sum, { energy_j }) => sum + energy_j!, 0)).toBeCloseTo(1e9, 0);
  });
});
