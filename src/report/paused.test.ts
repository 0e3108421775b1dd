// Pauses of a run by its events, and phases with them put back in; by hand.

import { expect, test } from 'vitest';
import { stepOf } from '../workload/step.ts';
import { pausesOf, withoutPauses, withPauses } from './paused.ts';
import { phases } from './rows.ts';

const span = { from: 0, to: 100_000 };
const event = (name: 'paused' | 'resumed', at_ms: number, writer = 'w') => ({
  event: name,
  at_ms,
  writer,
  message: '',
});

test('pauses are those of each writer, cut at the span, joined where they overlap', () => {
  const events = [
    event('resumed', 5_000), // of nothing
    event('paused', 10_000),
    event('paused', 20_000, 'v'),
    event('resumed', 30_000),
    event('resumed', 40_000, 'v'),
    event('paused', 90_000),
  ];
  expect(pausesOf(events, span)).toEqual([
    { from_ms: 10_000, to_ms: 40_000 },
    { from_ms: 90_000, to_ms: 100_000 },
  ]);
  expect(pausesOf(events, { from: 15_000, to: 35_000 })).toEqual([{ from_ms: 15_000, to_ms: 35_000 }]);
});

test('a clock that stood during them', () => {
  const pauses = [
    { from_ms: 10, to_ms: 30 },
    { from_ms: 50, to_ms: 60 },
  ];
  expect([0, 10, 20, 30, 40, 60, 100].map((at) => withoutPauses(pauses, at))).toEqual([0, 10, 10, 10, 20, 30, 70]);
  const told = [
    { label: 'a', to: 15 },
    { label: 'b', to: 70 },
  ];
  expect(withPauses(told, { pauses, begin: 0, paused: (to) => ({ label: 'paused', to }) })).toEqual([
    { label: 'a', to: 10 },
    { label: 'paused', to: 30 },
    { label: 'a', to: 35 },
    { label: 'b', to: 50 },
    { label: 'paused', to: 60 },
    { label: 'b', to: 100 },
  ]);
});

const run = { work: {} } as Parameters<typeof phases>[0]['run'];

test('a pause is no stall of the log: a line a second, held for a minute after ten', () => {
  const steps = Array.from({ length: 40 }, (_, i) => {
    const at = (i + 1) * 1000;
    return { ...stepOf(at > 10_000 ? at + 60_000 : at, { step: i + 1 }), it_j: null };
  });
  const events = [event('paused', 10_500), event('resumed', 70_500)];
  expect(phases({ steps, events, run, writers: [] }, span).map(({ label, to }) => [label, to])).toEqual([
    ['train', 10_500],
    ['paused', 70_500],
    ['train', 100_000],
  ]);
  expect(phases({ steps, events: [], run, writers: [] }, span).map(({ label }) => label)).toContain('stall');
});

test('without a step the pauses are known all the same', () => {
  const events = [event('paused', 0), event('resumed', 40_000)];
  expect(phases({ steps: [], events, run, writers: [] }, span).map(({ label, to }) => [label, to])).toEqual([
    ['paused', 40_000],
    [null, 100_000],
  ]);
});
