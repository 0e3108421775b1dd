import { expect, test } from 'vitest';
import { type Log, progressOf } from './progress.ts';

const log = (folder: string, rank: number | null, from_ms: number, to_ms: number, lines = 10): Log => ({
  ...{ folder, rank, from_ms, to_ms, lines },
});

test('ranks at the same time: the lowest that logged; a resume adds its own', () => {
  const logs = [log('b1', 1, 0, 10), log('a1', 0, 1, 9), log('b2', 1, 20, 30), log('a2', 0, 20, 31)];
  expect(progressOf(logs)).toEqual(new Set(['a1', 'a2']));
});

test('without ranks: the one that logged most, and the first of equals; one inside another counts no twice', () => {
  expect(progressOf([log('x', null, 0, 10, 3), log('y', null, 5, 15, 20)])).toEqual(new Set(['y']));
  expect(progressOf([log('in', null, 1, 9), log('out', null, 0, 10)])).toEqual(new Set(['out']));
  expect(progressOf([log('out', null, 0, 10, 99), log('in', 0, 1, 9)])).toEqual(new Set(['in']));
});

test('writers that touch are one after the other', () => {
  expect(progressOf([log('a', null, 0, 10), log('b', null, 10, 20)]).size).toBe(2);
});
