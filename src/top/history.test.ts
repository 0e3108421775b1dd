import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHistory, KEPT_S } from './history.ts';

const second = (s: number, energy_j: number | null) => ({ from_ms: s * 1000, to_ms: (s + 1) * 1000, energy_j });

test('mean power of equal stretches; nothing where nothing is known', () => {
  const history = createHistory();
  for (const [s, j] of [
    [10, 100],
    [11, 200],
    [13, 50],
  ] as const)
    history.add('a', second(s, j));
  history.add('b', second(13, 7));
  history.add('a', second(12, null));
  // 9 to 10 nothing; then 100, 200, nothing, 50 + 7.
  expect(history.watts(['a', 'b'], { to_ms: 14_000, span_ms: 5000, count: 5 })).toEqual([null, 100, 200, null, 57]);
  expect(history.watts(['a'], { to_ms: 12_000, span_ms: 2000, count: 1 })).toEqual([150]);
  expect(history.watts(['other'], { to_ms: 14_000, span_ms: 5000, count: 1 })).toEqual([null]);
});

test('a part of a second is that part’s power', () => {
  const history = createHistory();
  history.add('a', { from_ms: 500, to_ms: 1000, energy_j: 50 }); // 100 W
  expect(history.watts(['a'], { to_ms: 1000, span_ms: 1000, count: 1 })).toEqual([100]);
});

test('what was used after an instant, and not beyond what is kept', () => {
  const history = createHistory();
  for (let s = 0; s < 10; s++) history.add('a', second(s, 10));
  expect(history.after(['a'], 7500)).toBe(25);
  expect(history.after(['a'], 10_000)).toBe(0);
  history.add('a', second(KEPT_S + 5, 10));
  expect(history.after(['a'], 2000)).toBeNull();
});

test('energy of the last minutes is kept whole, however its rows are cut', () => {
  const rows = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 5000 }), j: fc.integer({ min: 0, max: 1000 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 1e9 }), (all, begin) => {
      const history = createHistory();
      let at = begin;
      for (const { ms, j } of all) {
        history.add('a', { from_ms: at, to_ms: at + ms, energy_j: j });
        at += ms;
      }
      const sum = all.reduce((s, { j }) => s + j, 0);
      expect(history.after(['a'], Math.floor(begin / 1000) * 1000)).toBeCloseTo(sum, 6);
    }),
  );
});
