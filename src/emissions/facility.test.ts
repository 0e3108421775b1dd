import { expect, test } from 'vitest';
import { facilityCourse } from './facility.ts';

const pue = { from_ms: [0, 10, 30], to_ms: [10, 20, 40], value: [1.5, 2, 3], source: 'pue.csv' };
const course = (...rows: [number, number, number][]) => {
  const made = facilityCourse(
    { from_ms: rows.map(([f]) => f), to_ms: rows.map(([, t]) => t), energy_j: rows.map(([, , j]) => j) },
    pue,
  );
  return Array.from(made.from_ms, (from, i) => [from, made.to_ms[i], made.energy_j[i]]);
};

test('energy is cut where the PUE changes, and multiplied by what it is there', () => {
  // 40 J over 40 ms: 10 × 1.5, 10 × 2, a hole of 10 as they are, 10 × 3.
  expect(course([0, 40, 40])).toEqual([
    [0, 10, 15],
    [10, 20, 20],
    [20, 30, 10],
    [30, 40, 30],
  ]);
});

test('in any order, from before the first row to after the last; energy of an instant is of that instant', () => {
  expect(course([35, 45, 10], [-10, 10, 20], [12, 12, 5], [2, 4, 2])).toEqual([
    [35, 40, 15],
    [40, 45, 5],
    [-10, 0, 10],
    [0, 10, 15],
    [12, 12, 10],
    [2, 4, 3],
  ]);
});
