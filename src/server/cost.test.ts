import { expect, test } from 'vitest';
import { fewEnough } from './cost.ts';

const side = (runs: number) => ({ entries: Array.from({ length: runs }) });

test('two hundred runs are compared at one time, and no more', () => {
  expect(fewEnough([side(150), side(50)])).toHaveLength(2);
  // A group by a tag that every run has.
  expect(() => fewEnough([side(1), side(200)])).toThrow(expect.objectContaining({ code: 'usage' }));
});
