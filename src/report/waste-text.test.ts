// The words of waste by hand: what is known, what is known in part, and what is not.

import { describe, expect, test } from 'vitest';
import { CAUSES } from '../emissions/waste.ts';
import { widthOf } from './bar-table.ts';
import type { TotalSums } from './total.ts';
import { ADVICE, type Largest, type WasteJson } from './waste.ts';
import { wasteText } from './waste-text.ts';

const exact = (value: number) => ({ value, low: value, high: value });
const sums = (more: Partial<TotalSums> = {}): TotalSums => ({
  ...{ runs: 0, energy_j: exact(0), facility_j: exact(0), operational_g: exact(0), embodied_g: exact(0) },
  ...{ total_g: exact(0), cost: {}, unpriced_runs: 0 },
  ...more,
});
const largest = (more: Partial<TotalSums>): Largest => ({
  ...{ ...sums({ runs: 3, ...more }), untold_runs: 0, untold_j: 0 },
  ...{ cause: 'stall', share: 0.5, advice: ADVICE.stall, most: [{ run: 'wqvyg42amc', energy_j: 3.6e6 }] },
});
const none = () =>
  Object.fromEntries(CAUSES.map((cause) => [cause, { ...sums(), untold_runs: 0, untold_j: 0 }])) as WasteJson['causes'];
const text = (one: Largest, columns: number, rows: WasteJson['rows'] = []) => {
  const waste: WasteJson = {
    ...{ schema: 'joulebook/waste/v1', since_ms: null, until_ms: null, runs: null, by: null, time_zone: 'UTC' },
    ...{ total: sums({ runs: 3 }), waste: sums(), rest: sums(), rows, largest: [one], warnings: [] },
    causes: none(),
    untold: [
      {
        causes: ['rework', 'stall', 'data', 'plateau'],
        ...{ why: 'no training steps were recorded', runs: 1, energy_j: 7.2e6 },
      },
    ],
  };
  return wasteText(waste, { columns, color: false, utf8: true });
};
const said = (more: Partial<TotalSums>) => text(largest(more), 400).split('1. stalls: ')[1]!.split('\n')[0];

describe('what a cause would save', () => {
  test('in J, g and money where they are known', () => {
    expect(said({ energy_j: exact(3.6e6), total_g: exact(400), cost: { EUR: exact(0.36) } })).toBe(
      'up to 1.00 kWh, 400 gCO2e, 0.360 EUR',
    );
  });

  test('at least what is known of it, and never nothing for what is not', () => {
    const open = { value: null, why: 'x', unknown_runs: 1 } as const;
    expect(said({ energy_j: { ...open, known_j: 3.6e6 }, total_g: { ...open, known_g: 0 } })).toBe(
      'at least 1.00 kWh, emissions unknown',
    );
    const cost = { EUR: exact(0.36), USD: { ...open, known: 0 } };
    expect(said({ energy_j: exact(3.6e6), total_g: { ...open, known_g: 400 }, cost, unpriced_runs: 1 })).toBe(
      'up to 1.00 kWh, at least 400 gCO2e, 0.360 EUR, USD unknown, 1 run without a price',
    );
  });

  test('of each row the largest cause; on a wide terminal three, with their energy', () => {
    const cause = (energy_j: number) => ({
      ...sums({ runs: 1, energy_j: exact(energy_j) }),
      untold_runs: 0,
      untold_j: 0,
    });
    const causes = { ...none(), stall: cause(3e6), data: cause(2e6), rework: cause(4e6), plateau: cause(1e6) };
    const all = { total: sums({ energy_j: exact(2e7) }), waste: sums({ energy_j: exact(1e7) }), rest: sums() };
    const row = (columns: number) =>
      text(largest({}), columns, [{ key: 'tiny, 2026-01', ...all, causes }])
        .split('\n')
        .find((line) => line.includes('tiny'))!;
    expect(row(80)).toMatch(/ 0 gCO2e {2}work done again( {2}\S+)?$/);
    expect(row(160)).toMatch(/ work done again 1\.11 kWh, stalls 833 Wh, waiting for data 556 Wh {2}█+$/);
    expect(widthOf(row(160))).toBeLessThanOrEqual(160);
  });
});
