// The row of a decision: flat, with all that it depended on; and its document. By hand.

import { expect, test } from 'vitest';
import type { IntensitySeries } from '../grid/series.ts';
import type { Budget, Sight } from './budget.ts';
import { decisionDocument, decisionRow, type Inputs, NOTHING_KNOWN, reasonsOf } from './decision.ts';
import { leftOf } from './foresight.ts';
import { gridSeen } from './grid-seen.ts';
import type { Order } from './orders.ts';
import type { Verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;

const budget: Budget = {
  ...{ id: 'lab', scope: { of: 'all' }, period: { kind: 'whole' } },
  limit: { measure: 'emissions', value: 2000, currency: null, text: '2kgCO2e' },
  rules: [{ on: 'spent', at: 1, act: 'pause' }],
};
const sight: Sight = {
  ...{ now_ms: 5000.4, spent: { value: 2100, low: 1900, high: 2300 }, end: { value: 3000, low: 2500, high: 3600 } },
  ...{ overrun: 1, crosses_ms: 5000, renews_ms: null, why: null },
};
const verdict: Verdict = {
  ...{ by: 'lab', at_ms: 5000.4, standing: 'over', share: { value: 1.05, low: 0.95, high: 1.15 }, overrun: 1 },
  ...{ due: [], holding: [], left: 1500, measure: 'emissions', renews_ms: null, why: null },
};
const order: Order = {
  ...{ act: 'pause', at_ms: 5000.4, by: ['lab'], why: null },
  because: [{ act: 'pause', rule: budget.rules[0]!, why: '105 % of 2kgCO2e is spent' }],
};
const inputs: Inputs = {
  looked: [{ budget, sight, verdict }],
  grid: {
    ...{ zone: 'DE', provider: 'entsoe', quality: 'estimated', g_per_kwh: 412 },
    forecast: { provider: 'entsoe', issued_ms: 4000, hours: [[HOUR_MS, 180]] },
  },
  left: { energy: { value: 36e5, low: 30e5, high: 40e5 }, emissions: null },
};

test('a row says what was known of the first budget, the grid and the work left, in flat facts', () => {
  const { at_ms, event, message, facts } = decisionRow(order, 3, inputs);
  expect({ at_ms, event, message }).toEqual({
    at_ms: 5000,
    event: 'decision',
    message: 'pause: 105 % of 2kgCO2e is spent (budget lab)',
  });
  expect(facts).toMatchObject({
    ...{ decision: 3, act: 'pause', by: 'lab', because: '105 % of 2kgCO2e is spent', why: null },
    ...{ budget: 'lab', limit: '2kgCO2e', measure: 'emissions', limit_value: 2000, standing: 'over', share: 1.05 },
    ...{ overrun: 1, spent: 2100, spent_low: 1900, spent_high: 2300, end: 3000, end_low: 2500, end_high: 3600 },
    ...{ left_j: 36e5, left_j_low: 30e5, left_j_high: 40e5, left_g: null },
    ...{ zone: 'DE', provider: 'entsoe', quality: 'estimated', g_per_kwh: 412 },
    ...{ forecast_provider: 'entsoe', forecast_issued_ms: 4000, forecast: '[[3600000,180]]' },
  });
  expect(Object.values(facts).every((fact) => fact === null || typeof fact !== 'object')).toBe(true);
});

test('the document holds lists as lists, and whose decision it is', () => {
  const made = decisionDocument({ run: 'r1', name: 'llm', writer: 'w1' }, decisionRow(order, 3, inputs));
  expect(made).toMatchObject({
    ...{ schema: 'joulebook/decision/v1', run: 'r1', run_name: 'llm', writer: 'w1', at_ms: 5000, act: 'pause' },
    forecast: [[HOUR_MS, 180]],
    budgets: [{ budget: 'lab', spent: 2100 }],
  });
  const bare = decisionDocument(
    { run: 'r1', name: null, writer: null },
    decisionRow(order, 1, { looked: [], ...NOTHING_KNOWN }),
  );
  expect(bare).toMatchObject({ budgets: [], left_g: null });
  expect(bare).not.toHaveProperty('forecast');
  expect(bare).not.toHaveProperty('g_per_kwh');
});

test('an order that nobody asked for says why', () => {
  expect(reasonsOf({ ...order, act: 'resume', by: [], because: [], why: 'nothing holds it up any more' })).toBe(
    'nothing holds it up any more',
  );
  // Of several limits of a run's own the reason names the one that it is.
  expect(reasonsOf({ ...order, by: ['2kgCO2e'] })).toBe('105 % of 2kgCO2e is spent');
});

const series = (quality: IntensitySeries['quality'], hours: readonly number[], from_h = 0): IntensitySeries => ({
  ...{ zone: 'DE', provider: quality === 'forecast' ? 'wt' : 'entsoe', kind: 'average', scope: 'lifecycle', quality },
  from_ms: Float64Array.from(hours, (_, i) => (from_h + i) * HOUR_MS),
  to_ms: Float64Array.from(hours, (_, i) => (from_h + i + 1) * HOUR_MS),
  ...{ g_per_kwh: Float64Array.from(hours), source: '', licence: '', year: null },
  ...(quality === 'forecast' && { issued_at_ms: 123 }),
});

test('the grid of a moment, and its forecast from then on', () => {
  const chain = [series('measured', [400, 390]), series('forecast', [999, 380, 200, 210])];
  expect(gridSeen(chain, 1.5 * HOUR_MS)).toEqual({
    ...{ zone: 'DE', provider: 'entsoe', quality: 'measured', g_per_kwh: 390 },
    forecast: {
      ...{ provider: 'wt', issued_ms: 123 },
      hours: [
        [2 * HOUR_MS, 200],
        [3 * HOUR_MS, 210],
      ],
    },
  });
  expect(gridSeen([series('measured', [400])], 0)).toMatchObject({ g_per_kwh: 400, forecast: null });
  expect(gridSeen([series('measured', [400])], HOUR_MS)).toBeNull();
  expect(gridSeen([], 0)).toBeNull();
});

test('what a run is still to use: never below nothing, and unknown where its end is', () => {
  const end_j = { value: 1000, down: 300, up: 200, least: 600 };
  const projection = { left_s: { value: 1, down: 0, up: 0, least: 0 }, end_j, used_j: 800, share: 0.8, own_share: 0.8 };
  const left = leftOf(projection, { end_g: { value: 50, low: 45, high: 60 }, own_g: 40 });
  expect(left).toEqual({
    energy: { value: 200, low: 0, high: 400 },
    emissions: { value: 10, low: 5, high: 20 },
  });
  expect(leftOf(null, { end_g: null, own_g: 40 })).toEqual({ energy: null, emissions: null });
});
