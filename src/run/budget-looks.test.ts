// Budgets look by look, by hand: what others spent, periods that begin anew while a run goes on, waivers and new limits.

import { describe, expect, test } from 'vitest';
import type { Budget, Period } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { rulesOf } from '../decide/rule.ts';
import { NOTHING } from '../decide/spent.ts';
import type { Others } from './budget-keeper.ts';
import { createBudgetLooks } from './budget-looks.ts';
import type { Known } from './sight.ts';

const WHOLE: Period = { kind: 'whole' };
const HOUR = 3_600_000;

const budget = (limit: string, breach: string[], period: Period = WHOLE): Budget => ({
  ...{ id: 'b', limit: limitOf(limit, 'test'), scope: { of: 'run' }, period },
  rules: rulesOf({ breach, forecast: [] }),
});

const known = (now_ms: number, energy_j: number): Known => ({
  now_ms,
  figures: { energy_j, emissions_g: null, partial: false, projection: null, grid: null },
  ...{ tokens: null, price_per_j: null, currency: null },
  spread: { energy: { low: 0.9, high: 1.2 }, emissions: { low: 1, high: 1 } },
});

const theirs = (value: number, from_ms: number | null, to_ms: number | null): Others => ({
  ...{ id: 'b', from_ms, to_ms, at_ms: 0, why: null, renews_ms: to_ms },
  spent: { ...NOTHING, value, low: value, high: value },
});

describe('what is spent', () => {
  test('is this run and others, each with its interval', () => {
    const looks = createBudgetLooks([budget('1kJ', ['stop'])], () => theirs(300, null, null));
    const [{ sight, verdict } = { sight: null, verdict: null }] = looks.at(known(0, 500));
    expect(sight?.spent).toEqual({ value: 800, low: 750, high: 900 });
    expect(verdict?.share?.value).toBeCloseTo(0.8, 12);
  });

  test('of a period that begins anew is what was used since then', () => {
    const hourly = budget('1kJ', ['pause'], { kind: 'calendar', unit: 'hour', time_zone: 'UTC' });
    const looks = createBudgetLooks([hourly], (_, now_ms) => {
      const from_ms = Math.floor(now_ms / HOUR) * HOUR;
      return theirs(0, from_ms, from_ms + HOUR);
    });
    const at = (now_ms: number, energy_j: number) => looks.at(known(now_ms, energy_j))[0]!;
    expect(at(HOUR - 2000, 900).verdict.holding).toEqual([]);
    expect(at(HOUR - 1000, 1100).verdict.holding.map(({ act }) => act)).toEqual(['pause']);
    expect(at(HOUR - 1000, 1100).sight.renews_ms).toBe(HOUR);
    expect(at(HOUR + 1, 1200).sight.spent?.value).toBeCloseTo(0, 9);
    expect(at(HOUR + 1001, 1250).sight.spent?.value).toBeCloseTo(50, 9);
    // Three looks in a row below the limit, and it holds no more.
    expect(at(HOUR + 2001, 1300).verdict.holding).toEqual([]);
  });

  test('of a rolling window is what it holds', () => {
    const rolling = budget('1kJ', ['pause'], { kind: 'rolling', ms: 60_000 });
    const looks = createBudgetLooks([rolling], () => theirs(0, null, null));
    const spent: number[] = [];
    for (let s = 0; s <= 90; s++) spent.push(looks.at(known(s * 1000, s * 10))[0]!.sight.spent!.value);
    expect(spent[59]).toBeCloseTo(590, 9);
    expect(spent[90]).toBeCloseTo(600, 9);
  });
});

describe('people who go on in spite of it', () => {
  test('by force from the start: what is spent then holds nothing up', () => {
    const looks = createBudgetLooks([budget('1kJ', ['0.5=warn', 'stop'])], () => theirs(2000, null, null), {
      forced: true,
    });
    const first = looks.at(known(0, 0))[0]!.verdict;
    expect([first.due, first.holding, first.standing]).toEqual([[], [], 'over']);
    expect(looks.at(known(1000, 10))[0]!.verdict).toMatchObject({ due: [], holding: [] });
  });

  test('by a waiver, until it is crossed anew', () => {
    const looks = createBudgetLooks([budget('1kJ', ['pause'])], () => null);
    expect(looks.at(known(0, 1000))[0]!.verdict.holding).toHaveLength(1);
    looks.waive();
    expect(looks.at(known(1000, 1100))[0]!.verdict.holding).toEqual([]);
  });

  test('by another limit in the place of the one of that measure, or beside it', () => {
    const looks = createBudgetLooks([budget('1kJ', ['pause'])], () => null);
    looks.at(known(0, 1000));
    expect(looks.replace(limitOf('2kJ', 'test')).map(({ limit }) => limit.text)).toEqual(['1kJ']);
    expect(looks.budgets[0]!.rules).toEqual([{ on: 'spent', at: 1, act: 'pause' }]);
    expect(looks.at(known(1000, 1100)).map(({ verdict }) => verdict.share?.value)).toEqual([0.55]);
    looks.replace(limitOf('1gCO2e', 'test'));
    expect(looks.budgets.map(({ limit }) => limit.text)).toEqual(['2kJ', '1gCO2e']);
  });

  test("by another limit in the place of all of the run's own of that measure: none of them holds it up any more", () => {
    const named = (id: string, limit: string, scope: Budget['scope']) => ({ ...budget(limit, ['pause']), id, scope });
    const budgets = [
      named('1kJ', '1kJ', { of: 'run' }),
      named('1gCO2e', '1gCO2e', { of: 'run' }),
      named('1.1kJ', '1.1kJ', { of: 'run' }),
      named('lab', '1MJ', { of: 'all' }),
    ];
    const looks = createBudgetLooks(budgets, () => null);
    looks.at(known(0, 1200));
    looks.waive();
    expect(looks.replace(limitOf('5kJ', 'test')).map(({ limit }) => limit.text)).toEqual(['1kJ', '1.1kJ']);
    expect(looks.budgets.map(({ id, limit }) => [id, limit.text])).toEqual([
      ['run', '5kJ'],
      ['1gCO2e', '1gCO2e'],
      ['lab', '1MJ'],
    ]);
    expect(looks.at(known(1000, 4900)).flatMap(({ verdict }) => verdict.holding)).toEqual([]);
    expect(looks.at(known(2000, 5000)).flatMap(({ verdict }) => verdict.holding)).toHaveLength(1);
  });
});
