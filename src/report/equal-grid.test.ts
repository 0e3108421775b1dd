import { describe, expect, test } from 'vitest';
import { compared, near, one, run } from '../../test/helpers/compare-input.ts';
import type { ReportInput } from './build.ts';
import { compareText } from './compare-text.ts';

describe('at equal grid', () => {
  test('the parts of work, efficiency, overhead and grid add up, by hand', () => {
    // Twice the tokens with 1.5 times the energy, on a grid of two fifths: g goes by 2 · 0.75 · 1 · 0.4 = 0.6.
    const { at_equal_grid: told } = one(run({}), run({ w: 150, tokens: 20, g: 120 }));
    if (told.difference_g === null) throw new Error(told.why);
    const weight = (0.6 - 1) / Math.log(0.6);
    expect(told.share).toBeCloseTo(-0.4, 12);
    const shares = Object.fromEntries(told.effects.map(({ effect, share }) => [effect, share]));
    expect(shares.work).toBeCloseTo(weight * Math.log(2), 9);
    expect(shares.efficiency).toBeCloseTo(weight * Math.log(0.75), 9);
    expect(shares.overhead).toBeCloseTo(0, 12);
    expect(shares.grid).toBeCloseTo(weight * Math.log(0.4), 9);
    const sum = told.effects.reduce((s, { part_g }) => s + part_g.value!, 0);
    expect(Math.abs(sum - told.difference_g)).toBeLessThan(1e-12);
    expect(told.ratio).toMatchObject({ value: near(1.5) });
    expect(told.sentence).toBe(
      'b emitted 40.0 % less than a: 71.7 % less by the weather (g/kWh in X), 54.3 % more by the work (tokens), 22.5 % less by the model (J per token)',
    );
  });

  test('without an intensity there are none, and it says why', () => {
    const dark = run({ change: (input) => ({ ...input, chain: [], no_intensity: 'no zone is known: give --zone' }) });
    expect(one(run({}), dark).at_equal_grid).toEqual({ difference_g: null, why: 'no zone is known: give --zone' });
  });

  test('signs in all four directions: efficiency and grid, better and worse, by hand', () => {
    for (const [w, g] of [
      [80, 150],
      [80, 600],
      [125, 150],
      [125, 600],
    ] as const) {
      const { at_equal_grid: told } = one(run({}), run({ w, g }));
      if (told.difference_g === null) throw new Error(told.why);
      const by = (w / 100) * (g / 300);
      const weight = Math.abs(by - 1) < 1e-12 ? 1 : (by - 1) / Math.log(by);
      const shares = Object.fromEntries(told.effects.map(({ effect, share }) => [effect, share]));
      expect(told.share).toBeCloseTo(by - 1, 9);
      expect(shares.efficiency).toBeCloseTo(weight * Math.log(w / 100), 9);
      expect(shares.grid).toBeCloseTo(weight * Math.log(g / 300), 9);
      expect(told.sentence).toMatch(w < 100 ? /% less by the model/ : /% more by the model/);
      expect(told.sentence).toMatch(g < 300 ? /% less by the weather/ : /% more by the weather/);
    }
  });

  test('no PUE of either: there is no overhead to speak of, and none is called 1.00', () => {
    const bare = (input: ReportInput): ReportInput => ({ ...input, run: { ...input.run, pue: null } });
    const made = compared({ a: [run({ change: bare })], b: [run({ w: 90, change: bare })] });
    const { at_equal_grid: told } = made.comparisons[0]!;
    if (told.difference_g === null) throw new Error(told.why);
    expect(told.effects.map(({ effect }) => effect)).toEqual(['work', 'efficiency', 'grid']);
    expect(told.share).toBeCloseTo(-0.1, 9);
    const text = compareText(made, { columns: 80, color: false });
    expect(text).toContain('at the grid of a: −10.0 %');
    expect(text).not.toContain('PUE');
  });

  test('without zones there is no place to name; another source of intensities is no weather', () => {
    const nowhere = (input: ReportInput): ReportInput => ({ ...input, run: { ...input.run, zone: null } });
    const sentence = (a: ReportInput, b: ReportInput) => {
      const { at_equal_grid: told } = one(a, b);
      return told.difference_g === null ? told.why : told.sentence;
    };
    const [here, there] = [run({ change: nowhere }), run({ g: 150, change: nowhere })];
    expect(sentence(here, there)).toBe('b emitted 50.0 % less than a: 50.0 % less by the weather (g/kWh)');
    expect(sentence(run({}), there)).toBe('b emitted 50.0 % less than a: 50.0 % less by the grid (g/kWh)');
    const annual = run({
      g: 150,
      change: (input) => ({
        ...input,
        chain: input.chain.map((one) => ({ ...one, provider: 'ember', quality: 'annual' as const, year: 2024 })),
      }),
    });
    expect(sentence(run({}), annual)).toMatch(/50.0 % less by the grid \(g\/kWh in X, by ember \(annual\) for file\)$/);
  });
});
