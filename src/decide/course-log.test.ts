import { expect, test } from 'vitest';
import { createCourseLog } from './course-log.ts';

test('moments as columns; an older one and one told twice are left out; unknown stays unknown', () => {
  const log = createCourseLog();
  log.add('energy', { at_ms: 1, spent: 10, end: null });
  log.add('energy', { at_ms: 2, spent: 20, end: { value: 100, low: 90, high: 120 } });
  log.add('energy', { at_ms: 2, spent: 21, end: null });
  log.add('lab', { at_ms: 2, spent: null, end: null });
  expect(log.courses).toEqual([
    { of: 'energy', at_ms: [1, 2], spent: [10, 20], end: [null, 100], end_low: [null, 90], end_high: [null, 120] },
    { of: 'lab', at_ms: [2], spent: [null], end: [null], end_low: [null], end_high: [null] },
  ]);
  const on = createCourseLog(log.courses);
  expect(on.courses).toEqual(log.courses);
  on.add('energy', { at_ms: 3, spent: 30, end: null });
  expect(on.courses[0]!.spent).toEqual([10, 20, 30]);
});

test('a day second by second is some hundred moments over all of it, the newest among them', () => {
  const log = createCourseLog();
  for (let s = 0; s <= 86_400; s++) log.add('energy', { at_ms: s * 1000, spent: s, end: null });
  const { at_ms } = log.courses[0]!;
  expect(at_ms.length).toBeLessThanOrEqual(600);
  expect(at_ms.length).toBeGreaterThan(250);
  expect([at_ms[0], at_ms.at(-1)]).toEqual([0, 86_400_000]);
  const widest = Math.max(...at_ms.slice(1).map((at, i) => at - at_ms[i]!));
  expect(widest).toBeLessThan(86_400_000 / 200);
});
