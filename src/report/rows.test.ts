// Whatever is metered and logged: rows of every division add up to the run within 1e-9, energy and emissions alike.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputOf, series, T0 } from '../../test/helpers/report-input.ts';
import type { StepRow } from '../ledger/records.ts';
import { stepOf } from '../workload/step.ts';
import { buildReport } from './build.ts';
import { BY } from './model.ts';

const seconds = 240;
const powers = fc.array(
  fc.array(fc.double({ min: 0, max: 700, noNaN: true }), { minLength: seconds, maxLength: seconds }),
  {
    minLength: 1,
    maxLength: 4,
  },
);
/** Lines at any time, before and after the run too, with counters that may be missing, stand still or fall back. */
const lines = fc.array(
  fc.record({
    at: fc.double({ min: -5, max: seconds + 5, noNaN: true }),
    step: fc.option(fc.nat({ max: 500 })),
    epoch: fc.option(fc.double({ min: 0, max: 4, noNaN: true })),
    tokens: fc.option(fc.nat({ max: 5_000_000 })),
    phase: fc.option(fc.constantFrom('train', 'eval', 'checkpoint')),
    it_share: fc.option(fc.double({ min: 0, max: 1.1, noNaN: true })),
  }),
  { maxLength: 40 },
);

describe('rows', () => {
  test('of every division add up to the run', () => {
    fc.assert(
      fc.property(powers, lines, fc.integer({ min: 7_000, max: 90_000 }), (watts, logged, step_ms) => {
        const charged = watts
          .slice(0, 3)
          .flat()
          .reduce((a, b) => a + b, 0);
        const steps = logged.map(
          ({ at, it_share, ...line }): StepRow => ({
            ...stepOf(T0 + at * 1000, { ...line, tokens_are: line.tokens === null ? null : 'unsaid' }),
            it_j: it_share === null ? null : it_share * charged,
          }),
        );
        const chain = [
          series(
            Array.from({ length: 50 }, (_, i) => 100 + ((i * 37) % 400)),
            step_ms,
          ),
        ];
        const input = inputOf(watts, steps, chain);
        for (const by of BY.filter((one) => one !== 'window')) {
          const report = buildReport({ ...input, by });
          const sum = (pick: (row: (typeof report.rows & object)[number]) => number | null) =>
            report.rows!.reduce((s, row) => s + (pick(row) ?? 0), 0);
          expect(Math.abs(sum((row) => row.energy_j) - charged), by).toBeLessThanOrEqual(1e-9 * charged);
          expect(Math.abs(report.energy.it_j.value! - charged)).toBeLessThanOrEqual(1e-9 * charged);
          for (const row of report.rows!) expect(row.energy_j, by).toBeGreaterThanOrEqual(-1e-9 * charged);
          const grams = report.emissions.operational_g.value;
          if (grams !== null)
            expect(Math.abs(sum((row) => row.emissions_g) - grams), by).toBeLessThanOrEqual(1e-9 * grams);
          if (by !== 'device') {
            const times = report.rows!.map((row) => [row.from_ms!, row.to_ms!]);
            expect(times[0]![0]).toBe(T0);
            expect(times[times.length - 1]![1]).toBe(T0 + seconds * 1000);
            for (let i = 1; i < times.length; i++) expect(times[i]![0]).toBe(times[i - 1]![1]);
          }
        }
        const { phases } = buildReport(input);
        if (phases.length > 0)
          expect(Math.abs(phases.reduce((s, p) => s + p.energy_j!, 0) - charged)).toBeLessThanOrEqual(1e-9 * charged);
      }),
      { numRuns: 60 },
    );
  }, 20_000);

  test('an hour is cut at the full hour: 2 minutes before ten and 2 after, at 300 and 100 W', () => {
    const watts = [Array.from({ length: 240 }, (_, s) => (s < 120 ? 300 : 100))];
    const { rows } = buildReport({ ...inputOf(watts, [], []), by: 'hour' });
    expect(rows!.map(({ hour, energy_j, emissions_g }) => [hour, energy_j, emissions_g])).toEqual([
      ['2024-05-01T09:00Z', expect.closeTo(36_000, 6), null],
      ['2024-05-01T10:00Z', expect.closeTo(12_000, 6), null],
    ]);
  });

  const logged = (at: number, more: Partial<StepRow>): StepRow => ({
    ...{ ...stepOf(T0 + at * 1000, more), it_j: null, ...more },
  });

  test('a line across the end of an epoch is cut where the epoch is full, and start-up belongs to none', () => {
    // From 40 s on 0.4 epochs and 400 tokens every 20 s; epoch 0 is full half-way between the lines at 80 and 100 s.
    const steps = [0.4, 0.8, 1.2, 1.6, 2].map((epoch, i) =>
      logged(60 + 20 * i, { epoch, tokens: 1000 * epoch, tokens_are: 'cumulative' }),
    );
    const { rows } = buildReport({ ...inputOf([Array(240).fill(100)], steps, []), by: 'epoch' });
    expect(rows!.map(({ epoch, duration_s, energy_j, tokens }) => [epoch, duration_s, energy_j, tokens])).toEqual([
      [null, 40, expect.closeTo(4000, 6), null],
      [0, 50, expect.closeTo(5000, 6), 1000],
      [1, 50, expect.closeTo(5000, 6), 1000],
      [null, 100, expect.closeTo(10_000, 6), null],
    ]);
  });

  test('epochs in whole numbers are names of their lines', () => {
    const steps = [1, 1, 2, 2].map((epoch, i) => logged(60 * (i + 1), { epoch, step: i + 1 }));
    const { rows } = buildReport({ ...inputOf([Array(240).fill(100)], steps, []), by: 'epoch' });
    expect(rows!.map(({ epoch, duration_s }) => [epoch, duration_s])).toEqual([
      [1, 120],
      [2, 120],
    ]);
  });

  test('a counter that is no counter is refused, not cut into a million million parts', () => {
    const of = (more: Partial<StepRow>) => inputOf([Array(240).fill(100)], [logged(60, more)], []);
    const tokens = of({ step: 1, tokens: 1e18, tokens_are: 'cumulative' });
    expect(() => buildReport({ ...tokens, by: 'million-tokens' })).toThrow(
      /1000000000000000000.*more than 100000 parts/,
    );
    expect(() => buildReport({ ...of({ epoch: 1e9 + 0.5 }), by: 'epoch' })).toThrow(/parts/);
    expect(buildReport({ ...tokens, by: 'step' }).rows).toHaveLength(2);
  });

  test('of a run that goes on there is all that is known by now', () => {
    const steps = [10, 20, 30, 40, 50, 60, 70, 80].map((step, i) => logged(10 * (i + 1), { step }));
    const input = inputOf([Array(240).fill(100)], steps, []);
    input.energy.last_ms.set('w', T0 + 240_000);
    const running = { ...input, state: 'running', writers: [{ record: input.writers[0]!.record, end: null }] };
    const { run, rows, phases, step_energy } = buildReport({ ...running, by: 'step' });
    expect([run.state, run.ended_at_ms]).toEqual(['running', null]);
    expect(rows!.map(({ step, energy_j }) => [step, energy_j])).toEqual([
      ...[10, 20, 30, 40, 50, 60, 70, 80].map((step) => [step, expect.closeTo(1000, 6)]),
      [null, expect.closeTo(16_000, 6)],
    ]);
    expect(phases.reduce((sum, { energy_j }) => sum + energy_j!, 0)).toBeCloseTo(24_000, 6);
    expect(step_energy!.median_j).toBeCloseTo(100, 6);
  });

  test('an evaluation between two steps is told apart from them', () => {
    // 100 W; ten steps in 10 s, and 20 s of evaluation after step 40.
    const steps = [
      ...[10, 20, 30, 40].map((step, i) => logged(10 * (i + 1), { step })),
      logged(60, { phase: 'eval' }),
      ...[50, 60, 70, 80, 90].map((step, i) => logged(70 + 10 * i, { step })),
    ];
    const input = inputOf([Array(240).fill(100)], steps, []);
    const { rows, phases, step_energy } = buildReport({ ...input, by: 'step' });
    const row = rows!.find(({ step }) => step === 50)!;
    expect([row.energy_j, row.other_j]).toEqual([expect.closeTo(3000, 6), expect.closeTo(2000, 6)]);
    expect(rows!.find(({ step }) => step === 40)!.other_j).toBeCloseTo(0, 9);
    // 240 s in all: 20 of evaluation, and after step 90 at 110 s one usual interval more.
    expect(phases.map(({ phase, share }) => [phase, share])).toEqual([
      ['train', expect.closeTo(100 / 240, 9)],
      ['eval', expect.closeTo(20 / 240, 9)],
      ['stall', expect.closeTo(120 / 240, 9)],
    ]);
    expect(step_energy).toMatchObject({ rows: 9, median_j: expect.closeTo(100, 6), outlying: 0 });
    // ±5 % of 1000 J, and 0.1 s of 100 W; next to nothing for the edges of the whole run.
    const { low_j, high_j } = rows!.find(({ step }) => step === 40)!;
    const reach = Math.hypot(50, 10);
    expect([low_j, high_j]).toEqual([expect.closeTo(1000 - reach, 1), expect.closeTo(1000 + reach, 1)]);
  });

  test('steps shorter than a second have energies of their own, over several devices too', () => {
    // Two GPUs of 100 W; of the first 200 J the full-rate readings saw 150 before 0.5 s.
    const steps = [0.5, 1].map((at, i) => logged(at, { step: i + 1, it_j: [150, 200][i]! }));
    const { rows } = buildReport({ ...inputOf([Array(240).fill(100), Array(240).fill(100)], steps, []), by: 'step' });
    expect(rows!.map(({ step, energy_j }) => [step, energy_j])).toEqual([
      [1, expect.closeTo(150, 9)],
      [2, expect.closeTo(50, 9)],
      [null, expect.closeTo(239 * 200, 6)],
    ]);
  });
});
