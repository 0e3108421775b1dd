import { describe, expect, test } from 'vitest';
import { compared, near, one, run, SECONDS } from '../../test/helpers/compare-input.ts';
import type { ReportInput } from './build.ts';

describe('step by step', () => {
  const wave = (second: number) => 100 + 50 * Math.sin(second);
  test('a step that is 1 J less each time is told in spite of steps that differ by 50 J', () => {
    const { paired } = one(run({ w: wave }), run({ w: (second) => wave(second) - 1 }));
    expect(paired).toMatchObject({
      rows: SECONDS,
      steps: SECONDS,
      verdict: 'better',
      difference_j: { value: near(-1) },
    });
    if (paired.rows === null || paired.difference_j.value === null) throw new Error('they are paired');
    expect(paired.difference_j.high - paired.difference_j.low).toBeLessThan(0.2);
  });

  describe('groups of repeats', () => {
    const pairedOf = (a: readonly number[], b: readonly number[], shape: (second: number) => number) => {
      const side = (scales: readonly number[]) => scales.map((by) => run({ w: (second) => by * shape(second) }));
      const { paired } = compared({ a: side(a), b: side(b) }).comparisons[0]!;
      if (paired.rows === null || paired.ratio.value === null) throw new Error('they are paired');
      return { ...paired, ratio: paired.ratio };
    };

    test('what the steps of all share cancels; the spread of the runs is in the interval, by hand', () => {
      const found = pairedOf([0.98, 1, 1.02], [0.88, 0.9, 0.92], wave);
      expect(found).toMatchObject({ rows: SECONDS, steps: SECONDS, verdict: 'better', spread: 'both' });
      // Relative variances of the means, and t = 2.1398 of 3.956 degrees of freedom; the steps' own noise cancels.
      const reach = 2.1398 * Math.sqrt(0.02 ** 2 / 3 + (2 / 90) ** 2 / 3);
      expect(found.ratio.value).toBeCloseTo(0.9, 9);
      expect(found.ratio.low).toBeCloseTo(0.9 * Math.exp(-reach), 3);
      expect(found.ratio.high).toBeCloseTo(0.9 * Math.exp(reach), 3);
    });

    test('a hundred rows that all differ by 3 % are no hundred repeats: two runs each that differ by 6 % cannot tell', () => {
      expect(pairedOf([0.97, 1.03], [1, 1.06], wave).verdict).toBe('cannot-tell');
      expect(pairedOf([0.97], [1], wave)).toMatchObject({ verdict: 'worse', spread: 'none' });
    });

    test('three against five, and one against three, whose spread stands in for its own', () => {
      expect(pairedOf([0.98, 1, 1.02], [0.58, 0.59, 0.6, 0.61, 0.62], wave).verdict).toBe('better');
      const one = pairedOf([0.98, 1, 1.02], [0.9], wave);
      expect(one.spread).toBe('one');
      // Student's t of two degrees of freedom, 2.92, at a spread of 2 % of three runs and of one.
      expect(one.ratio.low).toBeCloseTo(0.9 * Math.exp(-2.919986 * 0.02 * Math.sqrt(1 / 3 + 1)), 3);
    });

    test('repeats that agree by luck are no surer than their steps', () => {
      const noisy = (from: number) => (second: number) => 100 + 50 * Math.sin(from * second * second);
      const side = (from: number) => [run({ w: noisy(from) }), run({ w: noisy(from) })];
      const { paired } = compared({ a: side(1), b: side(2) }).comparisons[0]!;
      if (paired.rows === null || paired.ratio.value === null) throw new Error('they are paired');
      expect(paired.ratio.high / paired.ratio.low - 1).toBeGreaterThan(0.1);
    });

    test('a repeat that stopped half way, or with other tokens per step, keeps the group from it', () => {
      const half = run({ change: (input) => ({ ...input, steps: input.steps.slice(0, 50) }) });
      const why = (last: ReportInput) => {
        const { paired } = compared({ a: [run({}), run({})], b: [run({}), last] }).comparisons[0]!;
        return paired.why;
      };
      expect(why(half)).toBe('their logs share 50 of 100 rows of steps');
      expect(why(run({ tokens: 20 }))).toBe('a step is 10 tokens in one and 20 in the other');
      expect(why(run({}))).toBeNull();
    });
  });

  test('energy that was not observed is as open step by step as it is in all', () => {
    const dark = (input: ReportInput): ReportInput => ({
      ...input,
      energy: { ...input.energy, devices: input.energy.devices.map((use) => ({ ...use, down_j: -3000, up_j: 1000 })) },
    });
    const { paired, figures } = one(run({}), run({ w: 98, change: dark }));
    expect([figures.it_j!.verdict, paired.rows === null ? paired.why : paired.verdict]).toEqual([
      'cannot-tell',
      'cannot-tell',
    ]);
    if (paired.rows === null) throw new Error(paired.why);
    // 98 J a step, of which 30 J less or 10 J more.
    expect(paired.ratio).toMatchObject({ low: expect.closeTo(0.68, 2), high: expect.closeTo(1.08, 2) });
  });

  test('other tokens per step, other steps, no steps: not paired, with the reason', () => {
    const why = (b: ReportInput) => one(run({}), b).paired.why;
    expect(why(run({ tokens: 20 }))).toBe('a step is 10 tokens in one and 20 in the other');
    expect(why(run({ change: (input) => ({ ...input, steps: input.steps.slice(0, 50) }) }))).toMatch(
      /share 50 of 100 rows/,
    );
    expect(
      one(run({ change: (i) => ({ ...i, steps: [] }) }), run({ change: (i) => ({ ...i, steps: [] }) })).paired.why,
    ).toMatch(/no steps/);
  });
});
