import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reachOf } from './expected.ts';
import { createProjector, type Now, type Point, type Projection } from './projection.ts';

function project(points: readonly Point[], now: Now): Projection | null {
  const projector = createProjector();
  for (const point of points) projector.add(point);
  return projector.at(now);
}
const line = (...all: [s: number, done: number, j: number | null][]): Point[] =>
  all.map(([s, done, energy_j]) => ({ at_ms: s * 1000, done, energy_j }));

describe('a steady job', () => {
  // 10 s and 500 J for each ten steps: 1 s and 50 J a step, without any spread.
  const steady = line([10, 10, 500], [20, 20, 1000], [30, 30, 1500], [40, 40, 2000]);

  test('60 steps of 1 s and 50 J are left of 100', () => {
    const { left_s, end_j, share } = project(steady, { at_ms: 40_000, used_j: 2000, total: 100 })!;
    expect([left_s.value, end_j!.value, end_j!.least, share]).toEqual([60, 5000, 2000, 0.4]);
  });

  test('between two steps the time goes on and the end stays', () => {
    const { left_s, end_j } = project(steady, { at_ms: 44_000, used_j: 2200, total: 100 })!;
    expect([left_s.value, end_j!.value]).toEqual([56, 5000]);
  });

  test('a silence beyond one stretch moves the end: 3 stretches of power without a step are two more', () => {
    const { left_s, end_j } = project(steady, { at_ms: 70_000, used_j: 3500, total: 100 })!;
    expect([left_s.value, end_j!.value]).toEqual([50, 6000]);
    expect(reachOf(end_j!).high).toBeGreaterThan(7000); // and nobody knows when it goes on
  });

  test('at its last step nothing is left, and what was used meanwhile is the end', () => {
    const { left_s, end_j, share } = project(steady, { at_ms: 41_000, used_j: 2050, total: 40 })!;
    expect([left_s.value, reachOf(end_j!), share]).toEqual([0, { value: 2050, low: 2050, high: 2050 }, 1]);
  });

  test('a pause is spent and no pace: 20 s and 300 J of it move the end by that, and not the rest', () => {
    const projector = createProjector();
    for (const point of steady) projector.add(point);
    projector.paused({ s: 20, energy_j: 300 });
    const then = projector.at({ at_ms: 60_000, used_j: 2300, total: 100 })!;
    expect([then.left_s.value, then.end_j!.value]).toEqual([60, 5300]);
    for (const point of line([70, 50, 2800], [80, 60, 3300])) projector.add(point);
    const later = projector.at({ at_ms: 80_000, used_j: 3300, total: 100 })!;
    expect([later.left_s.value, later.end_j!.value]).toEqual([40, 5300]);
  });

  test('a window that is given again tells nothing new', () => {
    const projector = createProjector();
    for (const point of [...steady, ...steady, ...steady]) projector.add(point);
    expect(projector.at({ at_ms: 40_000, used_j: 2000, total: 100 })!.end_j!.value).toBe(5000);
  });
});

test('work in seconds: 300 W until ten minutes have passed', () => {
  const minutes = line([60, 60, 18_000], [120, 120, 36_000], [180, 180, 54_000], [240, 240, 72_000]);
  const { left_s, end_j } = project(minutes, { at_ms: 240_000, used_j: 72_000, total: 600 })!;
  expect([left_s.value, end_j!.value]).toEqual([360, 180_000]);
});

describe('what is not known is not told', () => {
  const steady = line([0, 0, 0], [1, 1, 10], [2, 2, 20], [3, 3, 30]);
  test('two stretches are too few', () =>
    expect(project(steady.slice(1), { at_ms: 3000, used_j: 30, total: 9 })).toBeNull());
  test('no step at all, no total', () => {
    expect(project([], { at_ms: 0, used_j: 0, total: 9 })).toBeNull();
    expect(project(steady, { at_ms: 3000, used_j: 30, total: 0 })).toBeNull();
  });
  test('the energy of no step, or of the run', () => {
    const timed = steady.map((point) => ({ ...point, energy_j: null }));
    expect(project(timed, { at_ms: 3000, used_j: 30, total: 9 })).toMatchObject({ end_j: null, left_s: { value: 6 } });
    expect(project(steady, { at_ms: 3000, used_j: null, total: 9 })!.end_j).toBeNull();
  });
});

const stretch = fc.record({
  steps: fc.integer({ min: -20, max: 50 }), // back: a restart
  ms: fc.integer({ min: 1, max: 60_000 }),
  joules: fc.double({ min: 0, max: 1e6, noNaN: true }),
});
const job = fc.array(stretch, { minLength: 5, maxLength: 80 }).map((stretches) => {
  const points: Point[] = [{ at_ms: 1_000_000, done: 0, energy_j: 0 }];
  for (const { steps, ms, joules } of stretches) {
    const last = points.at(-1)!;
    const done = Math.max(0, last.done + steps);
    points.push({ at_ms: last.at_ms + ms, done, energy_j: last.energy_j! + joules });
  }
  return points;
});
const amount = fc.double({ min: 0, max: 1e7, noNaN: true });

test('of any job: the value within its interval, never below what is used, and more used never lowers the end', () => {
  fc.assert(
    fc.property(job, fc.nat(10_000), fc.tuple(amount, amount), (points, left, [a, b]) => {
      const last = points.at(-1)!;
      const total = Math.max(...points.map(({ done }) => done)) + left;
      const [less, more] = [last.energy_j! + Math.min(a, b), last.energy_j! + Math.max(a, b)].map((used_j) =>
        project(points, { at_ms: last.at_ms, used_j, total }),
      );
      if (less === null || more === null) return;
      for (const { end_j, left_s, used_j } of [less!, more!]) {
        for (const { low, value, high } of [reachOf(end_j!), reachOf(left_s)]) {
          expect(low).toBeLessThanOrEqual(value);
          expect(value).toBeLessThanOrEqual(high);
          expect(Number.isFinite(high)).toBe(true);
        }
        expect(reachOf(end_j!).low).toBeGreaterThanOrEqual(used_j!);
      }
      const [first, second] = [reachOf(less!.end_j!), reachOf(more!.end_j!)];
      for (const end of ['low', 'value', 'high'] as const) expect(second[end]).toBeGreaterThanOrEqual(first[end]);
    }),
  );
});

test('of any job: when all of its work is done the end is what is used', () => {
  fc.assert(
    fc.property(job, amount, (points, more) => {
      const last = points.at(-1)!;
      const total = Math.max(...points.map(({ done }) => done));
      const used_j = last.energy_j! + more;
      const end = project(points, { at_ms: last.at_ms, used_j, total })?.end_j;
      if (end != null) expect(reachOf(end)).toEqual({ value: used_j, low: used_j, high: used_j });
    }),
  );
});

test('numbers that are none are left out, and spoil nothing of what comes later', () => {
  const good = Array.from({ length: 40 }, (_, i) => ({ at_ms: i * 1000, done: i, energy_j: i * 100 }));
  const bad = [
    { at_ms: 20_200, done: Number.NaN, energy_j: 2020 },
    { at_ms: 20_400, done: 20.4, energy_j: Number.NaN },
    { at_ms: Number.NaN, done: 20.6, energy_j: 2060 },
  ];
  const now = { at_ms: 39_000, used_j: 3900, total: 100 };
  const { end_j, left_s } = project([...good.slice(0, 21), ...bad, ...good.slice(21)], now)!;
  expect(end_j!.value).toBeCloseTo(10_000, 6);
  expect(left_s.value).toBeCloseTo(61, 6);
  expect(project(good, { ...now, total: Number.POSITIVE_INFINITY })).toBeNull();
  expect(project(good, { ...now, used_j: Number.NaN })!.end_j).toBeNull();
});

test('the clock is set back by an hour in the midst: the work goes on, and nothing of it is silence', () => {
  // 1 s and 100 J a step; the hour comes off at step 100.
  const points = Array.from({ length: 201 }, (_, i) => ({
    ...{ at_ms: 7_200_000 + i * 1000 - (i >= 100 ? 3_600_000 : 0), done: i, energy_j: i * 100 },
  }));
  const { end_j, left_s } = project(points, { at_ms: points[200]!.at_ms, used_j: 20_000, total: 1000 })!;
  expect(end_j!.value).toBeCloseTo(100_000, 6);
  expect(left_s.value).toBeCloseTo(800, 6);
});

test('a share of its own work: of a job that began at 0, and of one that was resumed', () => {
  const share = (from: number) => {
    const points = Array.from({ length: 11 }, (_, i) => ({ at_ms: i * 1000, done: from + i * 10, energy_j: i }));
    const { share, own_share } = project(points, { at_ms: 10_000, used_j: 10, total: 1000 })!;
    return [share, own_share];
  };
  expect(share(10)).toEqual([0.11, 0.11]); // the first line, of 10 steps, is its own
  expect(share(500)).toEqual([0.6, 100 / 500]); // 100 of the 500 that were left
});
