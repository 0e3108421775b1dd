import { describe, expect, test } from 'vitest';
import { createPace } from './step-pace.ts';

/** A pace after stretches of so many steps and amounts each, from nothing on. */
function told(stretches: readonly (readonly [steps: number, amount: number])[]) {
  const pace = createPace();
  let [done, amount] = [0, 0];
  pace.add(done, amount);
  for (const [steps, more] of stretches) {
    done += steps;
    amount += more;
    pace.add(done, amount);
  }
  return pace;
}
const times = (n: number, of: (i: number) => readonly [number, number]) => Array.from({ length: n }, (_, i) => of(i));

test('50 J a step: 60 more are 3000 J', () => {
  const { value, next } = told(times(4, () => [10, 500])).ahead(60)!;
  expect([value, next]).toEqual([3000, 500]);
});

test('two stretches are too few, and none more needs nothing', () => {
  expect(told(times(2, () => [10, 500])).ahead(60)).toBeNull();
  expect(told(times(4, () => [10, 500])).ahead(0)).toEqual({ value: 0, down: 0, up: 0, next: 0 });
});

test('what the first steps take beyond (compiling) does not come again', () => {
  const { value } = told(times(12, (i) => [10, i === 0 ? 9000 : i === 1 ? 2000 : 500])).ahead(60)!;
  expect(value).toBeCloseTo(3000, 9);
});

test('an evaluation of 1000 J after each 100 steps: eight more of them until step 1000', () => {
  // 250 steps of 10 J, evaluations after 100 and 200; 750 steps are 7500 J, evaluations after 300, 400 … 1000.
  const pace = told(times(25, (i) => [10, i % 10 === 9 ? 1100 : 100]));
  expect(pace.ahead(750)!.value).toBeCloseTo(7500 + 8 * 1000, 6);
});

describe('what came once', () => {
  test('is not counted on when it is overdue, but may come: once in 400 steps, so twice in 800', () => {
    const { value, up } = told(times(40, (i) => [10, i === 6 ? 1100 : 100])).ahead(800)!;
    expect(value).toBeCloseTo(8000, 6);
    expect(up).toBeGreaterThan(2 * 1000);
  });

  test('a machine that was suspended for an hour after 100 steps of 1 s: 900 more take 900 s', () =>
    expect(told(times(11, (i) => [10, i === 9 ? 3610 : 10])).ahead(890)!.value).toBeCloseTo(890, 6));

  test('an hour among evaluations of 20 s after each 100 steps: they come again, it does not', () => {
    const pace = told(times(45, (i) => [10, 10 + (i % 10 === 9 ? 20 : 0) + (i === 24 ? 3600 : 0)]));
    expect(pace.ahead(550)!.value).toBeCloseTo(550 + 6 * 20, 6);
  });

  test('is in the interval with and without its coming again', () => {
    const { value, down } = told(times(12, (i) => [10, i === 9 ? 400 : 100])).ahead(880)!;
    expect(value).toBeCloseTo(8800 + 9 * 300, 6);
    expect(value - down).toBeLessThan(8800);
  });

  test('two that follow each other closely make no period', () => {
    // At 300 and 320 of 400 steps: 30 more in 600 were one thing, one or three the other.
    const { value, down } = told(times(33, (i) => [10, i === 29 || i === 31 ? 1100 : 100])).ahead(600)!;
    expect(value - down).toBeLessThan(6000 + 4000);
    expect(value).toBeLessThan(6000 + 5000);
  });
});

test('few stretches are not sure downwards: of three, a fifth less may come; of two hundred a twentieth is far', () => {
  const share = (n: number) => {
    const { down, value } = told(times(n, () => [10, 100])).ahead(100_000)!;
    return down / value;
  };
  expect(share(3)).toBeGreaterThan(0.2);
  expect(share(200)).toBeLessThan(0.05);
});

test('a slow step among the first three is none of the usual', () =>
  expect(
    told([
      [10, 9000],
      [10, 500],
      [10, 500],
    ]).ahead(60)!.value,
  ).toBeCloseTo(3000, 6));

test('steps that have risen may fall again: the interval holds what they took on average', () => {
  // 10 J for 100 steps, then up to 30 J over the next 100.
  const { value, down } = told(times(40, (i) => [5, i < 20 ? 50 : 50 + 5 * (i - 20)])).ahead(2000)!;
  expect(value).toBeGreaterThan(2000 * 15.5);
  expect(value - down).toBeLessThan(2000 * 15);
});

test('steps that take 2.5 times as much from one line on are no events: so they go on', () => {
  for (const many of [14, 18, 21, 25]) {
    const { value } = told(times(10 + many, (i) => [10, i < 10 ? 100 : 250])).ahead(1800)!;
    expect(Math.abs(value / (1800 * 25) - 1)).toBeLessThan(0.1);
  }
});

test('a slow patch of some lines in a row does not go on for good', () => {
  // 1000 steps of 10 J, then 20 to 50 of 60 J: that the rest takes 60 J too is beyond the interval at each line.
  for (const many of [2, 3, 5]) {
    const { value, up } = told(times(100 + many, (i) => [10, i < 100 ? 100 : 600])).ahead(1800)!;
    expect(value).toBeLessThan(1.25 * 18_000);
    expect(value + up).toBeLessThan(2 * 18_000);
  }
});

test('a job of whose kind nothing came in between is less sure upwards than one that showed its evaluations', () => {
  const plain = told(times(40, () => [10, 100])).ahead(3600)!;
  const shown = told(times(40, (i) => [10, i % 4 === 3 ? 300 : 100])).ahead(3600)!;
  expect(plain.up / plain.value).toBeGreaterThan(shown.up / shown.value);
});

test('steps that grow by 0.01 J each: 200 more after 200 take 10 + 3 J on average', () => {
  const energyAt = (step: number) => 10 * step + 0.005 * step ** 2;
  const pace = told(times(40, (i) => [5, energyAt(5 * i + 5) - energyAt(5 * i)]));
  expect(pace.ahead(200)!.value).toBeCloseTo(200 * 13, 0);
});

test('a load that rises over some lines is neither events nor a slope: what it has come to goes on', () => {
  const joules = [56, 50, 44, 43, 43, 43, 43, 43, 49, 73, 90, 94, 98, 100, 101, 102];
  for (const lines of [16, 17, 18, 19, 20, 24]) {
    const { value, up } = told(times(lines, (i) => [10, joules[i] ?? 103])).ahead(1800)!;
    expect(value / (180 * 103)).toBeLessThan(1.3);
    expect(value + up).toBeGreaterThan(180 * 103);
  }
});

test('steps done again after a restart are no progress: what they took is an event', () => {
  const pace = createPace();
  for (let i = 0; i <= 20; i++) pace.add(10 * i, 100 * i);
  for (let i = 15; i <= 20; i++) pace.add(10 * i, 2000 + 100 * (i - 14)); // 600 J for steps 150 to 200, again
  for (let i = 21; i <= 40; i++) pace.add(10 * i, 2600 + 100 * (i - 20));
  // 400 steps in 4600 J, 600 of them once, for steps done again: one more in 400 may come.
  const { value, up } = pace.ahead(400)!;
  expect(value).toBeCloseTo(4000, 6);
  expect(up).toBeGreaterThan(600);
});

test('a count that begins anew is a new beginning', () => {
  const pace = told(times(10, () => [10, 500]));
  for (let i = 0; i <= 10; i++) pace.add(100 + 10 * i, 500 * i);
  expect(pace.ahead(60)!.value).toBeCloseTo(3000, 9);
});

test('a flood of steps: a hundred thousand lines cost seconds at most, a look milliseconds', () => {
  const pace = createPace();
  const begun = process.cpuUsage();
  for (let i = 0; i <= 100_000; i++) pace.add(i, 7 * i);
  for (let i = 0; i < 100; i++) expect(pace.ahead(1000)!.value).toBeCloseTo(7000, 6);
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1e6).toBeLessThan(4);
});
