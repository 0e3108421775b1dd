// A metric along the energy used as a chart of text: one letter a side, energy to the right.
//
// Where two sides meet in one cell the first is drawn.

import type { CurveJson } from './compare-model.ts';
import { energy, three } from './format.ts';

const ROWS = 10;

/** Lines; none for no curve. Letters are in the order of the curves. */
export function curveChart(curves: readonly CurveJson[], columns: number): string[] {
  const all = curves.flatMap(({ points }) => points);
  if (all.length === 0) return [];
  const most_j = Math.max(...all.map(({ energy_j }) => energy_j));
  const [low, high] = rangeOf(all.map(({ value }) => value));
  const labels = [three(high), three((low + high) / 2), three(low)];
  const gutter = Math.max(...labels.map((label) => label.length));
  const width = Math.max(20, Math.min(columns - gutter - 6, 70));
  const cells = Array.from({ length: ROWS }, () => new Array<string>(width).fill(' '));
  for (const [i, { points }] of [...curves.entries()].reverse()) {
    for (const { energy_j, value } of points) {
      const x = most_j > 0 ? Math.round((energy_j / most_j) * (width - 1)) : 0;
      const share = high > low ? (high - Math.min(value, high)) / (high - low) : 0.5;
      cells[Math.round(share * (ROWS - 1))]![x] = letterOf(i);
    }
  }
  const label = (row: number) =>
    row === 0 ? labels[0]! : row === ROWS - 1 ? labels[2]! : row === ROWS >> 1 ? labels[1]! : '';
  return [
    ...cells.map((row, i) => `  ${label(i).padStart(gutter)} | ${row.join('')}`.trimEnd()),
    `  ${' '.repeat(gutter)} +${'-'.repeat(width + 1)}`,
    `  ${' '.repeat(gutter)}   0${energy(most_j).padStart(width - 1)}`,
  ];
}

export const letterOf = (i: number): string => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[i % 26]!;

/** Ends of the axis: a first loss that is far above all others is cut off at the top. */
function rangeOf(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const usual = at(0.9) - low;
  return [low, usual > 0 && high - low > 4 * usual ? low + 2 * usual : high];
}
