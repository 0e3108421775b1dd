import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Point, paceOf, project } from './projection.ts';

const line = (...all: [s: number, step: number, j: number | null][]): Point[] =>
  all.map(([s, step, energy_j]) => ({ at_ms: s * 1000, step, energy_j }));

describe('a steady job', () => {
  // 10 s and 500 J for each ten steps: 1 s and 50 J a step, without any spread.
  const steady = line([10, 10, 500], [20, 20, 1000], [30, 30, 1500], [40, 40, 2000]);

  test('60 steps of 1 s and 50 J are left of 100', () => {
    expect(project(steady, { at_ms: 40_000, used_j: 2000, total: 100 })).toEqual({
      left_s: { value: 60, low: 60, high: 60 },
      end_j: { value: 5000, low: 5000, high: 5000 },
    });
  });

  test('between two steps the time goes on and the end stays', () => {
    const { left_s, end_j } = project(steady, { at_ms: 44_000, used_j: 2200, total: 100 })!;
    expect([left_s.value, end_j!.value]).toEqual([56, 5000]);
  });

  test('at its last step nothing is left, and what was used meanwhile is the end', () => {
    const { left_s, end_j } = project(steady, { at_ms: 41_000, used_j: 2050, total: 40 })!;
    expect([left_s.value, end_j!.value, end_j!.low]).toEqual([0, 2050, 2050]);
  });
});

test('the spread of uneven steps, by hand', () => {
  // Steps of 1, 2 and 3 s: mean 2, deviation √((1 + 0 + 1) / 2) = 1.
  expect(paceOf([1, 2, 3].map((amount) => ({ steps: 1, amount })))).toEqual({ mean: 2, deviation: 1, steps: 3 });
  // Of 9 more: 18 s, off by 1.6449 · √(9 + 81 / 3) = 1.6449 · 6 = 9.869 s.
  const points = line([0, 0, null], [1, 1, null], [3, 2, null], [6, 3, null]);
  const { left_s, end_j } = project(points, { at_ms: 6000, used_j: null, total: 12 })!;
  expect(left_s.value).toBeCloseTo(18, 9);
  expect(left_s.low).toBeCloseTo(8.131, 3);
  expect(left_s.high).toBeCloseTo(27.869, 3);
  expect(end_j).toBeNull();
});

test('a stretch of k steps varies as k of them: 2 steps in 2, 6 and 4 s', () => {
  const pace = paceOf([2, 6, 4].map((amount) => ({ steps: 2, amount })))!;
  expect(pace.mean).toBe(2);
  expect(pace.deviation).toBeCloseTo(Math.sqrt((4 / 2 + 4 / 2 + 0) / 2), 12);
});

describe('what is not known is not told', () => {
  const steady = line([0, 0, 0], [1, 1, 10], [2, 2, 20], [3, 3, 30]);
  test('two stretches are too few', () =>
    expect(project(steady.slice(1), { at_ms: 3000, used_j: 30, total: 9 })).toBeNull());
  test('no step at all', () => expect(project([], { at_ms: 0, used_j: 0, total: 9 })).toBeNull());
  test('a job that stands: three slowest steps and 5 s without one', () => {
    expect(project(steady, { at_ms: 8000, used_j: 30, total: 9 })).not.toBeNull();
    expect(project(steady, { at_ms: 8001, used_j: 30, total: 9 })).toBeNull();
  });
  test('energy that one step does not tell', () => {
    const holed = line([0, 0, 0], [1, 1, null], [2, 2, 20], [3, 3, 30]);
    expect(project(holed, { at_ms: 3000, used_j: 30, total: 9 })!.end_j).toBeNull();
  });
  test('a restart: steps that go back are no pace', () => {
    const again = line([0, 0, 0], [1, 1, 10], [2, 2, 20], [3, 3, 30], [9, 1, 90]);
    expect(project(again, { at_ms: 9000, used_j: 90, total: 3 })!.left_s.value).toBe(2);
  });
});

const stretch = fc.record({
  steps: fc.integer({ min: 1, max: 50 }),
  ms: fc.integer({ min: 0, max: 60_000 }),
  joules: fc.double({ min: 0, max: 1e6, noNaN: true }),
});
const job = fc.array(stretch, { minLength: 3, maxLength: 40 }).map((stretches) => {
  const points: Point[] = [{ at_ms: 1_000_000, step: 0, energy_j: 0 }];
  for (const { steps, ms, joules } of stretches) {
    const last = points.at(-1)!;
    points.push({ at_ms: last.at_ms + ms, step: last.step + steps, energy_j: last.energy_j! + joules });
  }
  return points;
});

test('never below what is used, interval around the value, narrower with fewer steps left', () => {
  fc.assert(
    fc.property(
      job,
      fc.nat(10_000),
      fc.nat(1000),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (points, a, b, more) => {
        const last = points.at(-1)!;
        const used_j = last.energy_j! + more;
        const [near, far] = [a, a + b].map(
          (left) => project(points, { at_ms: last.at_ms, used_j, total: last.step + left })!,
        ) as [NonNullable<ReturnType<typeof project>>, NonNullable<ReturnType<typeof project>>];
        for (const { left_s, end_j } of [near, far]) {
          for (const { low, value, high } of [left_s, end_j!]) {
            expect(low).toBeLessThanOrEqual(value);
            expect(value).toBeLessThanOrEqual(high);
          }
          expect(end_j!.low).toBeGreaterThanOrEqual(used_j);
          expect(left_s.low).toBeGreaterThanOrEqual(0);
        }
        const reach = ({ value, high }: { value: number; high: number }) => high - value;
        expect(reach(near.left_s)).toBeLessThanOrEqual(reach(far.left_s) * (1 + 1e-9) + 1e-6);
      },
    ),
  );
});
