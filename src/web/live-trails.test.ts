import { expect, test } from 'vitest';
import type { LiveRun } from '../server/contract/live.ts';
import { createTrails } from './live-trails.ts';

const told = (at_ms: number, it_j: number, state = 'running') =>
  ({ run: { id: 'r', state }, at_ms, it_j, operational_g: null, end: null, budgets: [] }) as unknown as LiveRun;

test('what the server knows from before, once, and what is heard meanwhile and since', async () => {
  let asked = 0;
  let answer = (_: unknown) => {};
  const trails = createTrails(() => {
    asked++;
    return new Promise((resolve) => {
      answer = resolve as never;
    });
  });
  trails.add(told(2, 20));
  trails.add(told(3, 30));
  expect(trails.of('r')).toEqual([]);
  answer([{ of: 'energy', at_ms: [1, 2], spent: [10, 21], end: [null, null], end_low: [], end_high: [] }]);
  await new Promise((resolve) => setTimeout(resolve));
  trails.add(told(4, 40));
  trails.add(told(5, 50, 'finished'));
  expect(asked).toBe(1);
  const [energy] = trails.of('r');
  expect([energy!.at_ms, energy!.spent]).toEqual([
    [1, 2, 3, 4],
    [10, 21, 30, 40],
  ]);
});
