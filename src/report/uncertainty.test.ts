import { expect, test } from 'vitest';
import { withRelative } from '../core/figure.ts';
import { uncertaintyOf } from './uncertainty.ts';

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
