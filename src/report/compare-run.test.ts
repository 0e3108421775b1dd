import { expect, test } from 'vitest';
import { NONE, near, one, run, SECONDS } from '../../test/helpers/compare-input.ts';
import { T0 } from '../../test/helpers/report-input.ts';
import type { ReportInput } from './build.ts';

const target = (value: number) => ({ ...NONE, target: { metric: 'loss', value, from: 'above' as const } });

test('time to a target is that of the run: between its segments it did not run', () => {
  const HOUR = 3_600_000;
  const later = (at_ms: number) => (at_ms > T0 + 40_000 ? at_ms + HOUR : at_ms);
  /** Resumed an hour after its first 40 s. */
  const resumed = (input: ReportInput): ReportInput => {
    const [{ record, end }] = input.writers as [ReportInput['writers'][number]];
    const { charged } = input.energy;
    const moved = (values: ArrayLike<number>, by: number) => Array.from(values, (at) => later(at + by) - by);
    return {
      ...input,
      steps: input.steps.map((step) => ({ ...step, at_ms: later(step.at_ms) })),
      writers: [
        { record, end: { ...end!, ended_at_ms: T0 + 40_000 } },
        {
          record: { ...record, writer: 'v', started_at_ms: T0 + 40_000 + HOUR },
          end: { ...end!, ended_at_ms: T0 + SECONDS * 1000 + HOUR },
        },
      ],
      energy: {
        ...input.energy,
        charged: { ...charged, from_ms: moved(charged.from_ms, 1), to_ms: moved(charged.to_ms, 0) },
      },
    };
  };
  // The loss of 11 - step/10 is 4.95 after 60.5 s, of which 20.5 s in the second segment.
  const { figures } = one(run({}), run({ change: resumed }), target(4.95));
  for (const side of ['a', 'b'] as const) {
    expect(figures.target_s![side]).toEqual({ value: near(60.5), low: near(60), high: near(61) });
    expect(figures.target_j![side].value).toBeCloseTo(6050, 6);
  }
  expect(figures.duration_s!.b.value).toBeCloseTo(SECONDS, 9);
});

test('a target that the first line has reached came at some time before it', () => {
  const { figures } = one(run({}), run({}), target(20));
  expect(figures.target_s!.a).toEqual({ value: near(1), low: 0, high: near(1) });
});
