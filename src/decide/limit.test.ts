// A kWh is 3.6 MJ and a tonne a million grams by definition; ratios are divided by hand.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import type { Measure } from './budget.ts';
import { limitOf, limitText } from './limit.ts';

test.each([
  ['2kgCO2e', 'emissions', 2000],
  ['500gCO2e', 'emissions', 500],
  ['1tCO2e', 'emissions', 1e6],
  ['2.5 kg CO2eq', 'emissions', 2500],
  ['2 kgCO₂e', 'emissions', 2000],
  ['6kJ', 'energy', 6000],
  ['1.5kWh', 'energy', 5.4e6],
  ['3MWh', 'energy', 1.08e10],
  ['.5 Wh', 'energy', 1800],
  ['1e3J', 'energy', 1000],
  ['2E-1kWh', 'energy', 720_000],
  ['0.2J/token', 'j_per_token', 0.2],
  ['0.2 J per token', 'j_per_token', 0.2],
  ['1kWh/Mtoken', 'j_per_token', 3.6],
  ['300gCO2e/Mtoken', 'g_per_million_tokens', 300],
  ['300gCO2e per 1M tokens', 'g_per_million_tokens', 300],
  ['300 gCO2e per million tokens', 'g_per_million_tokens', 300],
  ['2gCO2e/ktoken', 'g_per_million_tokens', 2000],
  ['20l', 'water', 20],
  ['20 L', 'water', 20],
  ['1m3', 'water', 1000],
  ['250ml', 'water', 0.25],
] as const)('%s', (text, measure, value) => {
  const limit = limitOf(text, '--limit');
  expect(limit).toMatchObject({ measure, currency: null, text });
  expect(limit.value).toBeCloseTo(value, 9);
});

test('money is of a currency', () => {
  expect(limitOf('5EUR', '--limit')).toEqual({ measure: 'money', value: 5, currency: 'EUR', text: '5EUR' });
  expect(limitOf(' 12.5 USD ', '--limit')).toMatchObject({ value: 12.5, currency: 'USD', text: '12.5 USD' });
});

test.each([
  ['', /does not begin with a number/, /2kgCO2e/],
  ['much', /does not begin with a number/, /1\.5kWh/],
  ['5', /has no unit/, /2kgCO2e/],
  ['1,5kWh', /has a comma/, /decimal point/],
  ['0kWh', /above 0/, /1\.5kWh/],
  ['-2kgCO2e', /above 0/, /2kgCO2e/],
  ['1e999J', /too large/, /2kgCO2e/],
  ['2kg', /does not say of what: a mass of emissions is kgCO2e/, /2kgCO2e/],
  ['2kgCO2', /CO2 alone: emissions are counted in kgCO2e/, /2kgCO2e/],
  ['300W', /is a power, and a budget is of energy: Wh/, /1\.5kWh/],
  ['3KWH', /"KWH" is no unit that is known: is kWh meant/, /1\.5kWh/],
  ['5eur', /is EUR meant/, /5EUR/],
  ['5XQZ', /"XQZ" is no unit/, /5EUR/],
  ['0.2J/step', /"step" cannot be divided by: token or Mtoken can/, /0\.2J\/token/],
  ['2l/token', /"l" for each token is not counted/, /0\.2J\/token/],
  ['1J/token/s', /is no unit/, /0\.2J\/token/],
  ['nanJ', /does not begin with a number/, /6kJ/],
])('"%s" is refused', (text, problem, hint) => {
  const refusal = (() => {
    try {
      return limitOf(text, '--budget');
    } catch (error) {
      return error as Fault;
    }
  })();
  expect(refusal).toBeInstanceOf(Fault);
  expect(refusal).toMatchObject({ code: 'usage', hint: expect.stringMatching(hint) });
  expect((refusal as Fault).message).toMatch(problem);
  expect((refusal as Fault).message).toContain(`--budget: "${text}"`);
});

test.each([
  ['emissions', 20_000, '20kgCO2e'],
  ['emissions', 999, '999gCO2e'],
  ['emissions', 2e6, '2tCO2e'],
  ['energy', 5.4e6, '1.5kWh'],
  ['energy', 6000, '6kJ'],
  ['energy', 1.08e10, '3MWh'],
  ['water', 20, '20l'],
  ['j_per_token', 0.2, '0.2J/token'],
] as const)('%s of %d is %s', (measure, value, text) => {
  expect(limitText({ measure, value, currency: null })).toBe(text);
});

test('what is written is read as the same', () => {
  const measures: Measure[] = ['energy', 'emissions', 'water', 'money', 'j_per_token', 'g_per_million_tokens'];
  fc.assert(
    fc.property(
      fc.constantFrom(...measures),
      fc.double({ min: 1e-9, max: 1e15, noNaN: true }).filter((x) => x > 0),
      (measure, value) => {
        const currency = measure === 'money' ? 'EUR' : null;
        const text = limitText({ measure, value, currency });
        const read = limitOf(text, '--limit');
        expect([read.measure, read.currency]).toEqual([measure, currency]);
        expect(read.value).toBe(value);
      },
    ),
  );
});

test.each([
  ['1e400J', /it is too large/],
  ['1e-400J', /it is too small/],
  ['0e5J', /a limit is above 0/],
  ['-1J', /a limit is above 0/],
  ['3 constructor', /"constructor" is no unit that is known/],
  ['1 000 kWh', /its number is not in one piece/],
  ['1_000J', /its number is not in one piece/],
  ['5 €', /"€" may be of several currencies: write its code, such as EUR/],
])('%s is refused for what is wrong with it', (text, why) => expect(() => limitOf(text, '--budget')).toThrow(why));

test('a text is one line wherever it was written', () => {
  expect(limitOf(' 2\n kgCO2e', '--budget')).toMatchObject({ value: 2000, text: '2 kgCO2e' });
  expect(limitOf('5 litres', '--budget')).toMatchObject({ measure: 'water', value: 5 });
});

test('blanks change nothing', () => {
  const unit = fc.constantFrom('kgCO2e', 'kWh', 'J/token', 'gCO2e/Mtoken', 'l', 'EUR');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9999 }), unit, fc.nat(3), (number, of, blanks) => {
      const space = ' '.repeat(blanks);
      const { text, ...plain } = limitOf(`${number}${of}`, '--limit');
      const spaced = `${space}${number}${space}${of.replace('/', `${space}/${space}`)}${space}`;
      expect(limitOf(spaced, '--limit')).toMatchObject(plain);
    }),
  );
});
