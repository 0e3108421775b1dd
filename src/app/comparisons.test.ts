import { expect, test } from 'vitest';
import { targetOf } from './comparisons.ts';

test('a target: losses from above, all else from below, or as it says', () => {
  expect(targetOf('loss=2.5')).toEqual({ metric: 'loss', value: 2.5, from: 'above' });
  expect(targetOf('eval_accuracy = 0.9')).toEqual({ metric: 'eval_accuracy', value: 0.9, from: 'below' });
  expect(targetOf('score<=3e-2')).toEqual({ metric: 'score', value: 0.03, from: 'above' });
  expect(targetOf('loss>=-1')).toEqual({ metric: 'loss', value: -1, from: 'below' });
  for (const wrong of ['loss', '=3', 'loss=', 'loss=low', 'loss=Infinity'])
    expect(() => targetOf(wrong)).toThrow(`--target: "${wrong}" cannot be used`);
});
