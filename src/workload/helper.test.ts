import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHelperReader, type Window } from './helper.ts';
import type { Step } from './step.ts';
import { workOf } from './work.ts';

/** What a reader makes of lines that come at once, at 1000 ms of our clock, which is theirs. */
function readAll(...lines: readonly (object | string)[]) {
  const steps: Step[] = [];
  const windows: (readonly [string, string, number])[] = [];
  const reader = createHelperReader({
    at: (wall_ms) => wall_ms,
    step: (step) => void steps.push(step),
    begin: (window: Window, at_ms) => void windows.push(['begin', window.path, at_ms]),
    end: (id, at_ms) => void windows.push(['end', id, at_ms]),
  });
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  reader.push(Buffer.from(text), 1000);
  reader.end(1000);
  return { steps, windows, reader };
}

const told = (id: number, more: object = {}) => ({ e: 'step', at_ms: 10 * id, id: `7-${id}`, step: id, ...more });

test('a step with all that the helper can tell', () => {
  const { steps, reader } = readAll(
    told(3, { tokens: 4096, samples: 8, epoch: 0.5, loss: 2.5, lr: 1e-4, total: 9, metrics: { acc: 0.5 }, rank: 0 }),
  );
  expect(steps).toEqual([
    {
      ...{ at_ms: 30, step: 3, total: 9, epoch: 0.5, tokens: 4096, tokens_are: 'per-step', samples: null, batch: 8 },
      ...{ lr: 1e-4, loss: 2.5, phase: null, units: {}, rank: 0, told: 'helper', metrics: { acc: 0.5 } },
    },
  ]);
  expect([reader.spoke, reader.dropped]).toEqual([true, 0]);
});

test('a step that turns out to be a with-block is its begin, and counts once', () => {
  const { steps } = readAll(
    ...[told(1), { e: 'enter', at_ms: 11, id: '7-1' }, { ...told(2), at_ms: 19, step: 1 }, told(5)],
  );
  expect(steps.map(({ at_ms, step }) => [at_ms, step])).toEqual([
    [11, null],
    [19, 1],
    [50, 5],
  ]);
});

test('a step waits 50 ms for that', () => {
  const steps: number[] = [];
  const reader = createHelperReader({
    ...{ at: (ms) => ms, begin: () => {}, end: () => {} },
    step: ({ at_ms }) => void steps.push(at_ms),
  });
  reader.push(Buffer.from(`${JSON.stringify(told(1))}\n`), 1000);
  reader.settle(1049);
  expect(steps).toEqual([]);
  reader.settle(1050);
  expect(steps).toEqual([10]);
  reader.push(Buffer.from(`${JSON.stringify(told(2))}\n`), 2000);
  reader.end(1990); // what came after the end of the command was written before it
  expect(steps).toEqual([10, 20]);
});

test('tokens and samples of steps add up, whatever their numbers and sizes', () => {
  const steps = [told(10, { tokens: 500, samples: 5 }), told(20, { tokens: 300, samples: 3 }), told(30, { tokens: 1 })];
  // 500 + 300 + 1, though the numbers tell that each line stands for ten steps
  expect(workOf(readAll(...steps).steps)).toMatchObject({ steps: 30, tokens: 801, samples: 8, notes: [] });
});

test('a hundred thousand steps within a second are no buffered log', () => {
  const steps = Array.from({ length: 1000 }, (_, i) => told(i + 1, { at_ms: 1 + i / 1000, tokens: 2 }));
  expect(workOf(readAll(...steps).steps)).toMatchObject({ steps: 1000, tokens: 2000, notes: [] });
});

test('the end of a phase ends its stretch, and a stretch without a step', () => {
  const { steps } = readAll({ e: 'phase', at_ms: 5 }, { e: 'phase', at_ms: 9, phase: 'eval' });
  expect(steps.map(({ at_ms, phase }) => [at_ms, phase])).toEqual([
    [5, null],
    [9, 'eval'],
    [9, null],
  ]);
});

test('windows begin and end', () => {
  const { windows, reader } = readAll(
    ...[{ e: 'begin', at_ms: 5, id: '7-1', name: 'eval', path: 'train/eval', parent: '7-0' }],
    { e: 'end', at_ms: 6, id: '7-1' },
  );
  expect(windows).toEqual([
    ['begin', 'train/eval', 5],
    ['end', '7-1', 6],
  ]);
  expect(reader.spoke).toBe(false);
});

test('of ranks the lowest counts, but a window that any of them began is ended', () => {
  const { steps, windows } = readAll(
    ...[told(1, { rank: 2 }), { e: 'begin', at_ms: 3, id: '8-1', name: 'a', rank: 2 }],
    ...[told(2, { rank: 0 }), told(3, { rank: 2 }), { e: 'end', at_ms: 4, id: '8-1', rank: 2 }],
  );
  expect(steps.map(({ step }) => step)).toEqual([1, 2]);
  expect(windows.map(([what]) => what)).toEqual(['begin', 'end']);
});

test('what was lost is counted: lines torn, and those that the helper could not write', () => {
  const { steps, reader } = readAll('{"e":"step","at_', '{"e":"other","at_ms":1}', '{}', told(1, { dropped: 4 }));
  expect([steps.length, reader.dropped]).toEqual([1, 7]);
});

test('never throws, and gives finite numbers alone, whatever comes', () => {
  const value = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom('step', 'enter', 'phase', 'begin', 'end'));
  const line = fc.record(
    Object.fromEntries(
      ['e', 'at_ms', 'id', 'step', 'tokens', 'loss', 'phase', 'rank', 'metrics', 'name', 'path'].map((k) => [k, value]),
    ),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      for (const { at_ms, step, loss } of readAll(...lines).steps)
        for (const number of [at_ms, step, loss]) expect(number === null || Number.isFinite(number)).toBe(true);
    }),
  );
});
