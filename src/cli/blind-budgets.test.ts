import { expect, test } from 'vitest';
import type { Budget } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { checkSight, type KnownBefore } from './blind-budgets.ts';

const of = (text: string, scope: Budget['scope'] = { of: 'run' }): Budget => ({
  ...{ id: 'lab', limit: limitOf(text, '--budget'), rules: [], scope, period: { kind: 'whole' } },
});
const NOWHERE: KnownBefore['chain'] = { zone: null, series: [] };
const check = (budget: Budget, known: Partial<KnownBefore> = {}) => {
  const said: string[] = [];
  checkSight([budget], { chain: NOWHERE, record: { price: null }, say: (one) => said.push(one), ...known });
  return said;
};

test.each([
  ['2kgCO2e', /--budget 2kgCO2e could not be judged: no zone is known/],
  ['300gCO2e/Mtoken', /no zone is known/],
  ['20l', /--budget 20l could not be judged: water is not told while a run goes on/],
  ['5EUR', /--budget 5EUR could not be judged: no flat price is known/],
])('%s of a run of which neither grid nor price is known is refused', (text, why) => {
  expect(() => check(of(text))).toThrow(why);
});

test('a price in another currency is none', () => {
  const price = { per_kwh: 0.12, currency: 'USD' };
  expect(() => check(of('5EUR'), { record: { price } })).toThrow(/the price is in USD/);
  expect(check(of('5USD'), { record: { price } })).toEqual([]);
});

test('a zone of which nothing is known yet may be told of later; joules need none', () => {
  expect(check(of('2kgCO2e'), { chain: { zone: 'XX', series: [] } })).toEqual([]);
  expect([check(of('2kJ')), check(of('0.2J/token'))]).toEqual([[], []]);
});

test('a standing one is told, and the run begins', () => {
  expect(check(of('2kgCO2e', { of: 'all' }))).toEqual([
    'budget lab does nothing here: no zone is known; say where this runs with --zone, or give --intensity FILE',
  ]);
});
