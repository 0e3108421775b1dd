import { expect, test } from 'vitest';
import { createPace } from './step-pace.ts';

/** A pace after stretches of so many steps and amounts each, from nothing on. */
function after(stretches: readonly (readonly [steps: number, amount: number])[]) {
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
  const { value, next } = after(times(4, () => [10, 500])).ahead(60)!;
  expect([value, next]).toEqual([3000, 500]);
});

test('two stretches are too few, and none more needs nothing', () => {
  expect(after(times(2, () => [10, 500])).ahead(60)).toBeNull();
  expect(after(times(4, () => [10, 500])).ahead(0)).toEqual({ value: 0, down: 0, up: 0, next: 0 });
});

test('what the first steps take beyond (compiling) does not come again', () => {
  const { value } = after(times(12, (i) => [10, i === 0 ? 9000 : i === 1 ? 2000 : 500])).ahead(60)!;
  expect(value).toBeCloseTo(3000, 9);
});

test('an evaluation of 1000 J after each 100 steps: eight more of them until step 1000', () => {
  // 250 steps of 10 J, evaluations after 100 and 200; 750 steps are 7500 J, evaluations after 300, 400 … 1000.
  const pace = after(times(25, (i) => [10, i % 10 === 9 ? 1100 : 100]));
  expect(pace.ahead(750)!.value).toBeCloseTo(7500 + 8 * 1000, 6);
});

test('a stall that did not come again is counted on by how often it came: once in 400 steps, so twice in 800', () => {
  const pace = after(times(40, (i) => [10, i === 6 ? 1100 : 100]));
  expect(pace.ahead(800)!.value).toBeCloseTo(8000 + 2 * 1000, 6);
});

test('steps that take 2.5 times as much from one line on are no events: so they go on', () => {
  for (const many of [14, 18, 21, 25]) {
    const { value } = after(times(10 + many, (i) => [10, i < 10 ? 100 : 250])).ahead(1800)!;
    expect(Math.abs(value / (1800 * 25) - 1)).toBeLessThan(0.1);
  }
});

test('a slow patch of some lines in a row does not go on for good', () => {
  // 1000 steps of 10 J, then 20 to 50 of 60 J: that the rest takes 60 J too is beyond the interval at each line.
  for (const many of [2, 3, 5]) {
    const { value, up } = after(times(100 + many, (i) => [10, i < 100 ? 100 : 600])).ahead(1800)!;
    expect(value).toBeLessThan(1.25 * 18_000);
    expect(value + up).toBeLessThan(2 * 18_000);
  }
});

test('a job of whose kind nothing came in between is less sure upwards than one that showed its evaluations', () => {
  const plain = after(times(40, () => [10, 100])).ahead(3600)!;
  const shown = after(times(40, (i) => [10, i % 4 === 3 ? 300 : 100])).ahead(3600)!;
  expect(plain.up / plain.value).toBeGreaterThan(shown.up / shown.value);
});

test('steps that grow by 0.01 J each: 200 more after 200 take 10 + 3 J on average', () => {
  const energyAt = (step: number) => 10 * step + 0.005 * step ** 2;
  const pace = after(times(40, (i) => [5, energyAt(5 * i + 5) - energyAt(5 * i)]));
  expect(pace.ahead(200)!.value).toBeCloseTo(200 * 13, 0);
});

test('a load that rises over some lines is neither events nor a slope: what it has come to goes on', () => {
  const joules = [56, 50, 44, 43, 43, 43, 43, 43, 49, 73, 90, 94, 98, 100, 101, 102];
  for (const lines of [16, 17, 18, 19, 20, 24]) {
    const { value, up } = after(times(lines, (i) => [10, joules[i] ?? 103])).ahead(1800)!;
    expect(value / (180 * 103)).toBeLessThan(1.3);
    expect(value + up).toBeGreaterThan(180 * 103);
  }
});

test('steps done again after a restart are no progress: what they took is an event', () => {
  const pace = createPace();
  for (let i = 0; i <= 20; i++) pace.add(10 * i, 100 * i);
  for (let i = 15; i <= 20; i++) pace.add(10 * i, 2000 + 100 * (i - 14)); // 600 J for steps 150 to 200, again
  for (let i = 21; i <= 40; i++) pace.add(10 * i, 2600 + 100 * (i - 20));
  // 400 steps in 4600 J: one event of 600 J in 400 steps, so one more in 400.
  expect(pace.ahead(400)!.value).toBeCloseTo(4000 + 600, 6);
});

test('a count that begins anew is a new beginning', () => {
  const pace = after(times(10, () => [10, 500]));
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
