// Which lines are progress, whatever prints them, in whatever order and however often.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attempts } from './attempts.ts';
import { type Step, stepOf } from './step.ts';

const log = (lines: readonly Partial<Step>[]) => lines.map((line, i) => stepOf(1000 * i, line));
const numbers = (steps: readonly (number | null)[], more: Partial<Step> = {}) =>
  attempts(log(steps.map((step) => ({ step, ...more }))));
const told = (lines: ReturnType<typeof attempts>) =>
  lines.map(({ step, again, restart }) => `${step}${restart ? ' restart' : ''}${again ? ' again' : ''}`);

describe('attempts', () => {
  test('a restart does steps again until it is beyond the furthest', () => {
    expect(told(numbers([10, 20, 30, 20, 30, 40]))).toEqual([
      ...['10', '20', '30', '20 restart again', '30 again', '40'],
    ]);
  });

  test('a fall of one step is a restart too where each step is told once', () => {
    expect(told(numbers([1, 2, 3, 4, 3, 4, 5]))).toEqual(['1', '2', '3', '4', '3 restart again', '4 again', '5']);
  });

  test('from the very beginning again, after most of it', () => {
    const lines = numbers([10, 20, 30, 40, 50, 60, 70, 80, 90, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(lines.filter(({ restart }) => restart).map(({ step }) => step)).toEqual([10]);
    expect(lines.filter(({ again }) => again)).toHaveLength(9);
  });

  test('ranks that print the same step, one of them late', () => {
    expect(told(numbers([1, 1, 1, 2, 1, 2, 3, 2, 3, 2, 3, 4, 3, 4, 4, 4]))).toEqual(['1', '2', '3', '4']);
  });

  test('a second source that counts from 0, and lags', () => {
    expect(told(numbers([1, 2, 3, 2, 4, 5, 6, 5, 7]))).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  test('ranks by name: the lowest that tells progress, and lines without a name', () => {
    const lines = log([
      { rank: 0, phase: 'checkpoint' },
      { rank: 3, step: 1, loss: 3 },
      { rank: 2, step: 1, loss: 2 },
      { rank: 3, step: 2 },
      { step: 2, lr: 0.1 },
      { rank: 2, step: 2 },
    ]);
    expect(attempts(lines).map(({ step, loss, lr }) => [step, loss, lr])).toEqual([
      [1, 2, null],
      [2, null, 0.1],
    ]);
  });

  test('two lines of one step add up to what both tell; the first counts', () => {
    const [line] = attempts(
      log([
        { step: 5, loss: 2, metrics: { a: 1 } },
        {
          step: 5,
          loss: 9,
          tokens: 80,
          tokens_are: 'cumulative',
          total: 40,
          units: { images: 3 },
          metrics: { a: 2, b: 3 },
        },
      ]),
    );
    expect(line).toMatchObject({ loss: 2, tokens: 80, tokens_are: 'cumulative', total: 40, at_ms: 0 });
    expect([line!.units, line!.metrics]).toEqual([{ images: 3 }, { a: 1, b: 3 }]);
  });

  test('what a program tells late, from another thread, is work without a number', () => {
    const told = { told: 'helper', tokens: 5, tokens_are: 'per-step' } as const;
    const lines = attempts(log([1, 2, 4, 3, 6, 5].map((step) => ({ ...told, step }))));
    expect(lines.map(({ step, tokens }) => [step, tokens])).toEqual([
      [1, 5],
      [2, 5],
      [4, 5],
      [null, 5],
      [6, 5],
      [null, 5],
    ]);
  });

  test('evaluation, checkpoints and waiting are no progress', () => {
    const phases = ['eval', 'checkpoint', 'data', 'startup', 'stall', 'paused', 'train', 'warmup', null];
    expect(attempts(log(phases.map((phase, i) => ({ phase, step: i + 1 })))).map(({ step }) => step)).toEqual([
      7, 8, 9,
    ]);
  });
});

/** Increasing steps of one job. */
const job = fc
  .array(fc.integer({ min: 1, max: 20 }), { minLength: 3, maxLength: 40 })
  .map((strides) => strides.map((_, i) => strides.slice(0, i + 1).reduce((a, b) => a + b, 0)));

describe('whatever the ranks', () => {
  test('several ranks, each at most one line behind, tell what one tells', () => {
    fc.assert(
      fc.property(job, fc.integer({ min: 2, max: 8 }), fc.infiniteStream(fc.nat()), (steps, ranks, dice) => {
        // A rank may print its line of a step after others have printed the next.
        const order: number[] = [];
        let waiting: number[] = [];
        for (const step of steps) {
          const late: number[] = [];
          const now: number[] = [];
          for (let rank = 0; rank < ranks; rank++) (rank > 0 && dice.next().value % 2 === 0 ? late : now).push(step);
          const first = now.shift()!;
          order.push(first, ...[...waiting, ...now].sort(() => (dice.next().value % 2 === 0 ? -1 : 1)));
          waiting = late;
        }
        order.push(...waiting);
        // The stride of such a log must be even for "one line behind" to be told from a restart.
        const even = order.map((step) => steps.indexOf(step) + 1);
        const lines = numbers(even);
        expect(lines.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1));
        expect(lines.some(({ restart }) => restart)).toBe(false);
      }),
    );
  });

  test('how fast the lines come makes no difference', () => {
    const any = fc.array(fc.record({ step: fc.option(fc.nat({ max: 30 })), rank: fc.option(fc.nat({ max: 2 })) }));
    fc.assert(
      fc.property(any, fc.infiniteStream(fc.nat({ max: 5000 })), (lines, waits) => {
        let at_ms = 0;
        const slow = lines.map((line) => {
          at_ms += waits.next().value!;
          return stepOf(at_ms, line);
        });
        const bare = (of: readonly Step[]) => attempts(of).map(({ at_ms: _, ...line }) => line);
        expect(bare(slow)).toEqual(bare(lines.map((line) => stepOf(0, line))));
      }),
    );
  });

  test('steps of an attempt rise, and what is done again is never beyond the furthest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 })), (steps) => {
        let [front, furthest] = [-1, -1];
        for (const { step, restart, again } of numbers(steps)) {
          if (restart) expect(step).toBeLessThan(front);
          else expect(step).toBeGreaterThan(front);
          expect(again).toBe(step! <= furthest);
          front = step!;
          furthest = Math.max(furthest, front);
        }
        expect(furthest).toBe(Math.max(-1, ...steps));
      }),
    );
  });
});
