import { describe, expect, test } from 'vitest';
import { compared, near, one, run, SECONDS } from '../../test/helpers/compare-input.ts';
import type { ReportInput } from './build.ts';

describe('a run that did not do all of the work', () => {
  const stopped = (steps: number, w = 100) =>
    run({ w, change: (input) => ({ ...input, state: 'failed', steps: input.steps.slice(0, steps) }) });

  test('its totals get no verdict, what it used for each token does, and the parts still add up', () => {
    const { figures, flags, at_equal_grid, paired } = one(run({}), stopped(95, 50));
    expect(flags.find(({ code }) => code === 'state')).toMatchObject({
      withheld: expect.arrayContaining(['it_j', 'operational_g', 'duration_s']),
      hint: expect.stringMatching(/not of the same work/),
    });
    expect([figures.it_j!.verdict, figures.duration_s!.verdict]).toEqual(['not-comparable', 'not-comparable']);
    // 5 kJ for 950 tokens against 10 kJ for 1000.
    expect(figures.j_per_token).toMatchObject({ b: { value: near(5000 / 950) }, verdict: 'better' });
    expect(paired).toMatchObject({ rows: 95, verdict: 'better' });
    if (at_equal_grid.difference_g === null) throw new Error(at_equal_grid.why);
    expect(at_equal_grid.share).toBeCloseTo(-0.5, 9);
    expect(at_equal_grid.effects[0]!.share).toBeCloseTo((-0.5 / Math.log(0.5)) * Math.log(0.95), 9);
  });

  test('one that failed at the very end is compared in full', () => {
    const { figures, flags } = one(run({}), stopped(SECONDS, 50));
    expect(flags.map(({ code, withheld }) => [code, withheld])).toEqual([['state', []]]);
    expect(figures.it_j!.verdict).toBe('better');
  });
});

test('repeats in a row do not show what changed between the rows; alternating ones do', () => {
  const at = (minutes: number) => run({ change: (input) => shifted(input, minutes * 60_000) });
  const codes = (a: readonly number[], b: readonly number[]) =>
    compared({ a: a.map(at), b: b.map(at) }).comparisons[0]!.flags.map(({ code }) => code);
  expect(codes([0, 5], [10, 15])).toEqual(['order']);
  expect(codes([10, 15], [0, 5])).toEqual(['order']);
  expect(codes([0, 10], [5, 15])).toEqual([]);
  expect(codes([0], [5])).toEqual([]);
});

/** Its writer as of so much later. */
function shifted(input: ReportInput, by_ms: number): ReportInput {
  const writers = input.writers.map(({ record, ...rest }) => ({
    ...rest,
    record: { ...record, started_at_ms: record.started_at_ms + by_ms },
    end: rest.end === null ? null : { ...rest.end, ended_at_ms: rest.end.ended_at_ms + by_ms },
  }));
  return { ...input, writers };
}

test('energy by a model is called so: its difference is one of time and load', () => {
  const model = (input: ReportInput): ReportInput => ({
    ...input,
    energy: {
      ...input.energy,
      devices: input.energy.devices.map((use) => ({ ...use, device: { ...use.device, source: 'model' as const } })),
    },
  });
  const { flags } = one(run({ change: model }), run({ w: 90, change: model }));
  expect(flags).toMatchObject([
    { code: 'modelled', message: 'the energy of gpu is modelled, not measured', withheld: [] },
  ]);
});
