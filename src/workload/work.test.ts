import { describe, expect, test } from 'vitest';
import { type Step, stepOf } from './step.ts';
import { beginOf, cumulativeAt, workOf } from './work.ts';

const line = (at_ms: number, more: Partial<Step>): Step =>
  stepOf(at_ms, { tokens_are: more.tokens === undefined ? null : 'unsaid', ...more });
const lines = (values: readonly Partial<Step>[]) => values.map((value, i) => line(1000 * i, value));

describe('own progress', () => {
  test('logged every 10: the first counts from 0', () => {
    expect(workOf(lines([10, 20, 30, 100].map((step) => ({ step })))).steps).toBe(100);
  });

  test('a resumed job subtracts its start', () => {
    expect(workOf(lines([510, 520, 530].map((step) => ({ step, tokens: step * 100 }))))).toMatchObject({
      steps: 20,
      tokens: 2000,
    });
  });

  test('a counter that falls back is a restart: progress counts once', () => {
    expect(workOf(lines([1, 2, 3, 4, 3, 4, 5].map((step) => ({ step }))))).toMatchObject({ steps: 5, restarts: 1 });
  });

  test('ranks that print the same step count once', () => {
    expect(workOf(lines([1, 1, 1, 1, 2, 2, 2, 2].map((step) => ({ step, tokens: 100 }))))).toMatchObject({
      steps: 2,
      tokens: 200,
    });
  });

  test('evaluation lines are not progress', () => {
    expect(workOf(lines([{ step: 1 }, { step: 2 }, { step: 99, phase: 'eval' }])).steps).toBe(2);
  });

  test('nothing logged is unknown, not 0', () => {
    expect(workOf([])).toMatchObject({ steps: null, tokens: null, epochs: null, samples: null });
  });
});

describe('tokens', () => {
  test('growing: cumulative; constant: per step', () => {
    expect(workOf(lines([1, 2, 3].map((step) => ({ step, tokens: 512 * step }))))).toMatchObject({ tokens: 1536 });
    expect(workOf(lines([1, 2, 3].map((step) => ({ step, tokens: 512 }))))).toMatchObject({ tokens: 1536 });
    expect(workOf(lines([1, 2, 3].map((step) => ({ step, tokens: 512 })))).tokens_how).toMatch(/per step/);
  });

  test('per step, logged every 10 steps: a line stands for ten', () => {
    expect(workOf(lines([10, 20, 30].map((step) => ({ step, tokens: 512 })))).tokens).toBe(30 * 512);
  });

  test('by name: cumulative whatever it looks like', () => {
    expect(
      workOf(
        lines([
          { tokens: 100, tokens_are: 'cumulative' },
          { tokens: 100, tokens_are: 'cumulative' },
        ]),
      ).tokens,
    ).toBe(100);
  });

  test('progress points never fall, and steps done again add none', () => {
    const points = cumulativeAt(lines([1, 2, 3, 2, 3, 4].map((step) => ({ step, tokens: step * 10 }))));
    expect(points.map(({ step, tokens }) => [step, tokens])).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ]);
  });
});

test('steps of several threads: all their tokens and samples count', () => {
  const told = { told: 'helper', tokens: 10, tokens_are: 'per-step', batch: 2 } as const;
  const steps = lines([1, 2, 4, 3, 6, 5, 7].map((step) => ({ ...told, step })));
  expect(workOf(steps)).toMatchObject({ steps: 7, tokens: 70, samples: 14, notes: [] });
});

test('where a log begins in the middle is told', () => {
  expect(workOf(lines([501, 511, 521].map((step) => ({ step })))).notes).toEqual([
    expect.stringMatching(/^the log begins at step 501: progress counts from there/),
  ]);
  expect(workOf(lines([10, 20, 30].map((step) => ({ step })))).notes).toEqual([]);
});

describe('what was said of the job', () => {
  const steps = lines([10, 20, 30].map((step) => ({ step })));

  test('tokens of a step', () => {
    const work = workOf(steps, { tokens_per_step: 2048 });
    expect(work).toMatchObject({ tokens: 30 * 2048, tokens_how: expect.stringMatching(/^steps × 2048 tokens/) });
    expect(cumulativeAt(steps, { tokens_per_step: 2048 }).map(({ tokens }) => tokens)).toEqual([20480, 40960, 61440]);
    // A resumed job's own.
    expect(workOf(lines([510, 520, 530].map((step) => ({ step }))), { tokens_per_step: 2048 }).tokens).toBe(20 * 2048);
    // Steps done again are no progress.
    expect(workOf(lines([10, 20, 30, 20, 30, 40].map((step) => ({ step }))), { tokens_per_step: 8 }).tokens).toBe(320);
  });

  test('global batch times sequence length', () => {
    expect(workOf(steps, { batch: 16, seq_length: 1024 })).toMatchObject({ samples: 480, tokens: 480 * 1024 });
    // The batch of the log, which may grow, or its samples.
    const growing = lines([10, 20, 30].map((step, i) => ({ step, batch: [8, 8, 16][i]! })));
    expect(workOf(growing)).toMatchObject({ samples: 320, tokens: null });
    expect(workOf(growing, { seq_length: 512 })).toMatchObject({ samples: 320, tokens: 320 * 512 });
    const told = lines([10, 20, 30].map((step) => ({ step, samples: step * 4 })));
    expect(workOf(told, { seq_length: 512 })).toMatchObject({ samples: 120, tokens: 120 * 512 });
    expect(workOf(steps, { seq_length: 512 }).tokens).toBeNull();
  });

  test('a log that contradicts it is told, one that agrees is not', () => {
    const logged = (each: number) =>
      lines([10, 20, 30].map((step) => ({ step, tokens: step * each, tokens_are: 'cumulative' as const })));
    expect(workOf(logged(2048), { tokens_per_step: 2048 }).notes).toEqual([]);
    const { tokens, notes } = workOf(logged(512), { tokens_per_step: 2048 });
    expect([tokens, notes]).toEqual([61440, [expect.stringMatching(/15360 tokens.*61440: that counts/)]]);
  });

  test('other units, and the steps of the whole job', () => {
    const work = workOf(
      lines([10, 20, 30].map((step) => ({ step, total: 400, units: { images: 64 * step, audio_s: 0.5 * step } }))),
    );
    expect([work.units, work.total_steps]).toEqual([{ images: 1920, audio_s: 15 }, 400]);
  });
});

describe('where training began', () => {
  const paced = (first: number, every: number, steps: readonly number[]) =>
    steps.map((step, i) => line(first + i * every, { step }));

  test('the first line less its steps at the median pace: start-up is not training', () => {
    // 10 steps a second: the first line, of step 10, at 8 s, so training began at 7 s.
    expect(beginOf(paced(8000, 1000, [10, 20, 30, 40, 50]))).toBeCloseTo(7000, 9);
    expect(beginOf(paced(8000, 1000, [1, 11, 21, 31]))).toBeCloseTo(7900, 9);
  });

  test('of a resumed job nothing is known before its first line', () => {
    expect(beginOf(paced(8000, 1000, [510, 520, 530, 540]))).toBeCloseTo(8000, 9);
  });

  test('not told by three lines, nor by a log that came in bursts', () => {
    expect(beginOf(paced(8000, 1000, [10, 20, 30]))).toBeNull();
    const bursts = [0, 5000, 10_000].flatMap((at) =>
      Array.from({ length: 20 }, (_, i) => line(at, { step: at / 250 + i })),
    );
    expect(beginOf(bursts)).toBeNull();
    expect(workOf(bursts).notes.join()).toMatch(/came in bursts.*PYTHONUNBUFFERED/);
    expect(workOf(bursts.slice(0, 20)).notes.join()).toMatch(/all at once/);
    expect(
      workOf(
        paced(
          0,
          20,
          Array.from({ length: 50 }, (_, i) => i),
        ),
      ).notes,
    ).toEqual([]);
  });
});

test('a bar and a record that tell one step complete each other; a checkpoint is no progress', () => {
  const steps = lines([
    { step: 1 },
    { step: 1, tokens: 100 },
    { phase: 'checkpoint' },
    { step: 2 },
    { step: 2, tokens: 200, samples: 8 },
  ]);
  expect(workOf(steps)).toMatchObject({ steps: 2, tokens: 200, samples: 8, restarts: 0 });
  expect(cumulativeAt(steps).map(({ step }) => step)).toEqual([1, 2]);
});
