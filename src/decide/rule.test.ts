import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACTS } from './budget.ts';
import { rulesOf, ruleText } from './rule.ts';

test('a budget of which nothing is said warns at its limit', () => {
  expect(rulesOf({ breach: [], forecast: ['0.9=stop'] })).toEqual([
    { on: 'spent', at: 1, act: 'warn' },
    { on: 'forecast', at: 0.9, act: 'stop' },
  ]);
});

test('an act alone is at the limit, and a share before it is of the limit', () => {
  expect(rulesOf({ breach: ['80%=warn', '0.95 = checkpoint', 'stop', 'stop'], forecast: [] })).toEqual([
    { on: 'spent', at: 0.8, act: 'warn' },
    { on: 'spent', at: 0.95, act: 'checkpoint' },
    { on: 'spent', at: 1, act: 'stop' },
  ]);
});

test.each([
  [{ breach: ['explode'], forecast: [] }, /--on-breach: "explode" cannot be used: "explode" cannot be done/],
  [{ breach: ['0=warn'], forecast: [] }, /--on-breach: "0=warn" cannot be used: nothing is below it/],
  [{ breach: ['warn=0.8'], forecast: [] }, /it is no rule/],
  [{ breach: [], forecast: ['warn'] }, /--on-forecast: "warn" cannot be used: it does not say from which probability/],
  [{ breach: [], forecast: ['1=warn'] }, /no probability between 0 and 1/],
  [{ breach: [], forecast: ['90=warn'] }, /no probability between 0 and 1/],
])('%j is refused', (texts, problem) => {
  expect(() => rulesOf(texts)).toThrow(problem);
});

test('the words of a rule are read as the same', () => {
  const at = fc.double({ min: 0.001, max: 0.999, noNaN: true }).filter((x) => !String(x).includes('e'));
  fc.assert(
    fc.property(fc.constantFrom(...ACTS), at, fc.boolean(), (act, share, whole) => {
      const rule = { on: 'spent', at: whole ? 1 : share, act } as const;
      expect(rulesOf({ breach: [ruleText(rule)], forecast: [] })).toEqual([rule]);
    }),
  );
});
