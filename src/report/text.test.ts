import { expect, test } from 'vitest';
import { inputOf, series } from '../../test/helpers/report-input.ts';
import { buildReport } from './build.ts';
import { reportText } from './text.ts';

test('a trend of the steps is not drawn out beyond those that there were', () => {
  const report = buildReport(inputOf([[100, 100]], [], [series([300], 3_600_000)]));
  const told = (steps: number, value: number) => {
    const step_energy = {
      ...{ rows: steps, median_j: 1, p5_j: 1, p95_j: 1, quantum_j: 0, outliers: [], outlying: 0 },
      change_per_1000_steps: { value, low: value - 0.1, high: value + 0.1 },
    };
    return reportText({ ...report, work: { ...report.work, steps }, step_energy }, false);
  };
  // 15.28 × 40 / 1000 = 0.611; "−1528 % in 1000 steps" would be less than nothing.
  expect(told(40, -15.28)).toContain('J (5 % to 95 %: 1.00 J – 1.00 J), −61.1 % over its 40 steps\n');
  expect(told(1353, -0.182)).toContain(', −18.2 % in 1000 steps\n');
});
