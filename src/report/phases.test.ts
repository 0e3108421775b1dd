// Stretches of a run by hand: lines at given seconds, what lies between them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Step, stepOf } from '../workload/step.ts';
import { resumedAt, stretchesOf } from './phases.ts';

const S = 1000;
const at = (second: number, more: Partial<Step> = {}) => stepOf(second * S, more);
const steps = (from: number, every: number, numbers: readonly number[]) =>
  numbers.map((step, i) => at(from + i * every, { step }));
const found = (lines: readonly Step[], to: number) =>
  stretchesOf(lines, { from: 0, to: to * S }).map(({ label, to: end }) => [label, end / S]);

describe('starts of segments', () => {
  const segment = (from: number, to: number | null, state = 'finished') => ({
    record: { started_at_ms: from },
    end: to === null ? null : { ended_at_ms: to },
    state,
  });

  test('one that begins when all others have ended goes on with the run; another rank does not', () => {
    expect(resumedAt([segment(0, 10), segment(1, 9)])).toEqual([]);
    expect(resumedAt([segment(21, 30), segment(0, 10), segment(20, 30)])).toEqual([20]);
    expect(resumedAt([segment(0, 10), segment(1, 25), segment(20, 30)])).toEqual([]);
  });

  test('a killed one had ended; one that still goes on has not', () => {
    expect(resumedAt([segment(0, null, 'interrupted'), segment(20, 30)])).toEqual([20]);
    expect(resumedAt([segment(0, null, 'running'), segment(20, null, 'running')])).toEqual([]);
  });
});

describe('stretches', () => {
  test('a run that is gone on with starts up again, whether a step falls back or not', () => {
    const lines = [...steps(10, 10, [10, 20, 30, 40]), ...steps(100, 10, [50, 60])];
    const told = stretchesOf(lines, { from: 0, to: 110 * S, resumed: [60 * S] });
    expect(told.map(({ label, to }) => [label, to / S])).toEqual([
      ['train', 40],
      ['startup', 90],
      ['train', 110],
    ]);
  });

  test('start-up, training, an evaluation at a logged step, training', () => {
    // 10 steps in 10 s; the evaluation after step 40 takes 20 s.
    const lines = [...steps(30, 10, [10, 20, 30, 40]), at(80, { phase: 'eval' }), ...steps(90, 10, [50, 60])];
    expect(found(lines, 100)).toEqual([
      ['startup', 20],
      ['train', 60],
      ['eval', 80],
      ['train', 100],
    ]);
  });

  test('an evaluation between two logged steps is what the pace does not explain', () => {
    // Lines every 10 steps, 10 s; between 40 (60 s) and 50 (90 s) 30 s, of which 10 are steps; the line at 85 s ends it.
    const lines = [...steps(30, 10, [10, 20, 30, 40]), at(85, { phase: 'eval' }), ...steps(90, 10, [50, 60])];
    expect(found(lines, 100).slice(1)).toEqual([
      ['train', 65],
      ['eval', 85],
      ['train', 100],
    ]);
  });

  test('a checkpoint after an evaluation has the time between their lines', () => {
    const lines = [
      ...steps(10, 10, [10, 20, 30, 40]),
      ...[at(55, { phase: 'eval' }), at(60, { phase: 'checkpoint' })],
      ...steps(70, 10, [50, 60]),
    ];
    expect(found(lines, 80)).toEqual([
      ['train', 40],
      ['eval', 55],
      ['checkpoint', 60],
      ['train', 80],
    ]);
  });

  test('a line that only says that it begins has what the pace does not explain after it', () => {
    // 20 s between 40 and 50, of which 10 are steps; the line comes at once.
    const lines = [
      ...steps(10, 10, [10, 20, 30, 40]),
      at(40.5, { phase: 'checkpoint' }),
      ...steps(60, 10, [50, 60, 70, 80]),
    ];
    expect(found(lines, 90)).toEqual([
      ['train', 40],
      ['checkpoint', 50],
      ['train', 90],
    ]);
  });

  test('no line for long is a stall, but for the last usual interval', () => {
    const lines = [...steps(10, 10, [1, 2, 3, 4, 5]), ...steps(200, 10, [6, 7])];
    expect(found(lines, 215)).toEqual([
      ['train', 50],
      ['stall', 190],
      ['train', 215],
    ]);
    // 100 s beyond the last line, of a usual 10.
    expect(found(steps(10, 10, [1, 2, 3, 4, 5]), 151).slice(-2)).toEqual([
      ['train', 60],
      ['stall', 151],
    ]);
    expect(found(steps(10, 10, [1, 2, 3, 4, 5]), 149).at(-1)).toEqual(['train', 149]);
  });

  test('a restart starts up anew, and does steps again until it is beyond the furthest', () => {
    const lines = [...steps(10, 10, [10, 20, 30, 40]), ...steps(100, 10, [20, 30, 40, 50])];
    expect(found(lines, 130)).toEqual([
      ['train', 40],
      ['startup', 90],
      ['rework', 120],
      ['train', 130],
    ]);
  });

  test('waiting for input by the log’s own times', () => {
    const lines = steps(10, 10, [1, 2, 3, 4]).map((line, i) => ({
      ...line,
      metrics: i === 2 ? { data_time: 0.4, iter_time: 1 } : { data_time: 0, iter_time: 1 },
    }));
    expect(found(lines, 40)).toEqual([
      ['train', 20],
      ['data', 24],
      ['train', 40],
    ]);
  });

  test('they follow each other from beginning to end, whatever was logged', () => {
    const line = fc.record({
      at: fc.integer({ min: -5, max: 120 }),
      step: fc.option(fc.nat({ max: 50 })),
      phase: fc.option(fc.constantFrom('eval', 'checkpoint', 'data', 'warmup')),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const out = stretchesOf(
          lines.map(({ at: second, ...more }) => at(second, more)),
          { from: 0, to: 100 * S },
        );
        let reached = 0;
        for (const { to } of out) {
          expect(to).toBeGreaterThan(reached);
          reached = to;
        }
        expect(reached).toBe(100 * S);
      }),
    );
  });
});
