import { expect, test } from 'vitest';
import { exactly } from '../core/figure.ts';
import type { EventRow } from '../ledger/records.ts';
import { emptyEnergy } from '../ledger/use.ts';
import type { ReportInput } from './build.ts';
import { reachOf } from './step-energy.ts';
import { windowsOf } from './window-events.ts';
import { windowRows } from './windows.ts';

const REACH = reachOf(exactly(1), 0);
const T = 1_714_557_600_000;
const event = (path: string, from: number, to: number, joules: readonly [number, number] | null = null): EventRow => ({
  ...{ at_ms: T + to, event: 'window', message: path },
  facts: { path, from_ms: T + from, to_ms: T + to, from_it_j: joules?.[0] ?? null, to_it_j: joules?.[1] ?? null },
});
/** 10 W for 3 s, one row a second. */
const input = (events: readonly EventRow[]): ReportInput => {
  const energy = emptyEnergy();
  for (const second of [0, 1, 2]) {
    energy.charged.from_ms.push(T + 1000 * second);
    energy.charged.to_ms.push(T + 1000 * (second + 1));
    energy.charged.energy_j.push(10);
  }
  return { energy, events, steps: [], chain: [], writers: [{}] } as unknown as ReportInput;
};

test('nested, overlapping and repeated windows: energy, time and count by path', () => {
  const rows = windowRows(
    input([
      event('train', 0, 3000),
      event('train/eval', 500, 1000),
      event('train/eval', 2000, 2250),
      event('b', 900, 1100),
    ]),
    null,
    REACH,
  );
  expect(rows).toMatchObject([
    {
      window: 'train',
      from_ms: T,
      to_ms: T + 3000,
      count: 1,
      duration_s: 3,
      energy_j: 30,
      emissions_g: null,
      tokens: null,
    },
    {
      window: 'train/eval',
      from_ms: T + 500,
      to_ms: T + 2250,
      count: 2,
      duration_s: 0.75,
      energy_j: 7.5,
      emissions_g: null,
      tokens: null,
    },
    {
      window: 'b',
      from_ms: T + 900,
      to_ms: T + 1100,
      count: 1,
      duration_s: 0.2,
      energy_j: 2,
      emissions_g: null,
      tokens: null,
    },
  ]);
});

test('the interval holds the jumps of the sensors at both edges', () => {
  // 10 W for 0.75 s in two parts of 0.375 s; jumps of 0.1 s: 2 × 10 W × 0.1 s.
  const sure = reachOf(exactly(30), 0.1);
  const windows = [event('eval', 500, 1000), event('eval', 2000, 2250)];
  const [row] = windowRows(input(windows), null, sure);
  expect([row!.low_j, row!.high_j]).toEqual([expect.closeTo(5.5, 9), expect.closeTo(9.5, 9)]);
});

test('within a second the energy told at the edges counts', () => {
  // 8 J of the first second's 10 J were used between 0.25 s and 0.5 s
  const [row] = windowRows(input([event('burst', 250, 500, [1, 9])]), null, REACH);
  expect(row!.energy_j).toBeCloseTo(8, 9);
});

test('a window without length, and one before the energy begins', () => {
  const rows = windowRows(input([event('none', 500, 500), event('early', -2000, -1000)]), null, REACH);
  expect(rows.map(({ window, energy_j }) => [window, energy_j])).toEqual([
    ['early', 0],
    ['none', 0],
  ]);
});

test('events that are damaged are no windows; where the host’s clock is off both edges are moved', () => {
  const moved = { ...event('a', 100, 200), at_ms: T + 700 };
  expect(
    windowsOf([
      { at_ms: 1, event: 'window', message: 'x' },
      { ...moved, facts: { from_ms: 'a' } },
    ]),
  ).toEqual([]);
  expect(windowsOf([moved])).toMatchObject([{ from_ms: T + 600, to_ms: T + 700 }]);
});
