import { expect, test } from 'vitest';
import { curveChart, letterOf } from './curve-chart.ts';

const curve = (label: string, points: readonly (readonly [number, number])[]) => ({
  ...{ label, metric: 'loss' },
  points: points.map(([energy_j, value]) => ({ energy_j, value })),
});

test('each side has its letter, energy to the right and loss upwards', () => {
  const lines = curveChart(
    [
      curve('a', [
        [0, 4],
        [3600, 2],
      ]),
      curve('b', [
        [1800, 3],
        [3600, 2],
      ]),
    ],
    40,
  );
  expect(lines.length).toBe(12);
  expect(lines[0]).toBe(`  4.00 | A`);
  expect(lines[9]).toMatch(/^ {2}2.00 \| +A$/); // where both are the first is drawn
  expect(lines.slice(1, 9).join('').match(/B/g)?.length).toBe(1);
  expect(lines[11]).toMatch(/0 +1.00 Wh$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
});

test('a first loss far above all others does not flatten the rest', () => {
  const points = Array.from({ length: 100 }, (_, i) => [i, i === 0 ? 1000 : 3 - i / 100] as const);
  const lines = curveChart([curve('a', points)], 80);
  expect(Number(lines[0]!.trim().split(' ')[0])).toBeLessThan(6);
});

test('one value, and no curve', () => {
  expect(
    curveChart(
      [
        curve('a', [
          [0, 1],
          [0, 1],
        ]),
      ],
      80,
    ).length,
  ).toBe(12);
  expect(curveChart([], 80)).toEqual([]);
  expect([letterOf(0), letterOf(27)]).toEqual(['A', 'B']);
});
