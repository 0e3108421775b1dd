import { expect, test } from 'vitest';
import { spendChart } from './spend-chart.ts';

const seconds = (ms: number) => `${ms / 1000} s`;

test('a line that rises past its limit, and what would not have been after the mark', () => {
  // Twenty columns of a second each, 10 % of the limit a second: it is passed at the eleventh.
  const points = Array.from({ length: 21 }, (_, i) => ({ at_ms: i * 1000, share: i / 10 }));
  const chart = { points, marks: [{ at_ms: 10_000, letter: 'A' }], until_ms: 10_000 };
  expect(spendChart(chart, 32, seconds)).toEqual([
    '   200 % |                   .',
    '         |                  ..',
    '         |                ..',
    '         |              ..',
    '         |            ..',
    '   limit |----------*.--------',
    '         |        **',
    '         |      **',
    '         |    **',
    '         |  **',
    '     0 % |**',
    '         +--------------------',
    '                    A',
    '          0 s             20 s',
  ]);
});

test('what is not known is drawn as nothing, and nothing known is no picture', () => {
  const points = [0, 1, 2].map((s) => ({ at_ms: s * 1000, share: s === 1 ? null : 0.5 }));
  const lines = spendChart({ points, marks: [], until_ms: null }, 32, seconds);
  expect(lines.join('').replaceAll(/[^*]/g, '')).toBe('**');
  expect(lines[0]).toBe('   limit |--------------------');
  expect(spendChart({ points: points.slice(1, 2), marks: [], until_ms: null }, 80, seconds)).toEqual([]);
});
