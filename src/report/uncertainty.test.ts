import { expect, test } from 'vitest';
import { exactly, unknown, withRelative } from '../core/figure.ts';
import { uncertaintyBy, uncertaintyOf } from './uncertainty.ts';

const evenly = (reach: number) => ({ down: reach, up: reach });

test('causes of one name are one row, with the hint of the widest; widest row first', () => {
  // Squared widths 9, 16, 16 and 9 of 50.
  const figure = withRelative(10, { a: evenly(0.3), b: evenly(0.4), c: evenly(0.4), d: evenly(0.3) });
  const causes = new Map([
    ['a', { id: 'a', label: 'grid', hint: 'less' }],
    ['b', { id: 'b', label: 'grid', hint: 'most' }],
    ['c', { id: 'c', label: 'sensor', hint: 'a meter' }],
  ]);
  expect(uncertaintyOf(figure, causes)).toEqual([
    { from: 'grid', share: expect.closeTo(0.5, 12), hint: 'most' },
    { from: 'sensor', share: expect.closeTo(0.32, 12), hint: 'a meter' },
    { from: 'd', share: expect.closeTo(0.18, 12), hint: '' },
  ]);
});

test('by line: each has its own causes; what is exact has none, what is not known is left out', () => {
  const causes = new Map([['a', { id: 'a', label: 'grid', hint: 'less' }]]);
  const lines = { operational: withRelative(10, { a: evenly(0.3) }), cost: exactly(2), embodied: unknown('no') };
  expect(uncertaintyBy(lines, causes)).toEqual({
    operational: [{ from: 'grid', share: 1, hint: 'less' }],
    cost: [],
  });
});
