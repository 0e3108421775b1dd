import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Figures } from './live-account.ts';
import { ASCII, clock, elapsed, grams, liveText, short, signsOf, two, UNICODE, wattHours } from './live-text.ts';

const figures: Figures = {
  ...{ power_w: 186.2, energy_j: 2232, partial: false, emissions_g: 0.23, step: 120, total: 400, phase: null },
  ...{ tokens_per_s: 4123, j_per_token: 1.92, end_g: { value: 0.8, low: 0.5, high: 1.1 } },
  projection: {
    left_s: { value: 28, down: 8, up: 12, least: 0 },
    end_j: { value: 7560, down: 720, up: 1080, least: 2232 }, // 2.1 Wh (1.9 to 2.4)
    ...{ used_j: 2232, share: 0.3, own_share: 0.3 },
  },
  grid: null,
};
const nothing: Figures = {
  ...{ power_w: null, energy_j: null, partial: false, emissions_g: null, step: null, total: null, phase: null },
  ...{ tokens_per_s: null, j_per_token: null, end_g: null, projection: null, grid: null },
};

test('all of it', () => {
  expect(liveText(12.7, figures, UNICODE)).toBe(
    '12 s  186 W  0.62 Wh  0.23 gCO2e  1.9 J/token  4.1k tokens/s  step 120/400  left 0:28  at end ~2.1 Wh (1.9–2.4), 0.80 gCO2e (0.50–1.1)',
  );
});

const limit = { measure: 'energy', value: 800, currency: null, text: '800J' } as const;

test.each([
  [728, 0.37, '91 % of 800J, may overrun (37 %)'],
  [728, 1, '91 % of 800J, will overrun'],
  [728, 0.00002, '91 % of 800J, will suffice'],
  [799.9, null, '99 % of 800J'],
  [900, 1, 'over 800J (112 %)'],
  [null, 0.37, '800J may overrun (37 %)'],
])('a budget of which %p J are spent, with a chance of %p', (spent, overrun, text) => {
  const line = liveText(12.7, { ...figures, budgets: [{ limit, spent, overrun }] }, UNICODE, 79);
  expect(line.split('  ')).toContain(text);
});

test('a budget of which nothing is known is not there', () => {
  const budgets = [{ limit, spent: null, overrun: null }];
  expect(liveText(12.7, { ...figures, budgets }, UNICODE)).toBe(liveText(12.7, figures, UNICODE));
});

test('what is not known is not there', () => {
  expect(liveText(3, nothing, UNICODE)).toBe('3 s');
  expect(liveText(3, { ...figures, emissions_g: null, projection: null, total: null }, UNICODE)).toBe(
    '3 s  186 W  0.62 Wh  1.9 J/token  4.1k tokens/s  step 120',
  );
});

test('a time that nobody saw makes it a least; without UTF-8 all is ASCII', () => {
  expect(liveText(3, { ...nothing, energy_j: 3600, partial: true }, UNICODE)).toBe('3 s  ≥ 1.0 Wh');
  expect(liveText(3, { ...figures, partial: true }, ASCII)).toMatch(/^[\x20-\x7e]*$/);
});

test('a narrow place gets whole parts, the most wanted ones', () => {
  expect(liveText(12, figures, UNICODE, 40)).toBe('12 s  186 W  0.62 Wh  0.23 gCO2e');
  expect(liveText(12, figures, UNICODE, 59)).toBe('12 s  186 W  0.62 Wh  0.23 gCO2e  step 120/400  left 0:28');
});

test('no line is longer than it may be, and every part is whole', () => {
  const whole = liveText(12, figures, UNICODE).split('  ');
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 200 }), (columns) => {
      const text = liveText(12, figures, UNICODE, columns);
      expect(text.length).toBeLessThanOrEqual(columns);
      for (const part of text.split('  ')) expect(whole).toContain(part);
    }),
  );
});

test.each([
  [0, '0'],
  [0.00123, '0.0012'],
  [1.25, '1.3'],
  [12.4, '12'],
  [1234.5, '1235'],
])('two(%d)', (value, text) => expect(two(value)).toBe(text));

test('units', () => {
  expect(['0.62 Wh', '1.2 kWh', '3.1 MWh']).toEqual([2232, 4.32e6, 1.116e10].map(wattHours));
  expect(['5.0 mgCO2e', '0.23 gCO2e', '3.4 kgCO2e', '1.2 tCO2e']).toEqual([0.005, 0.23, 3400, 1.2e6].map(grams));
  expect(['12', '4.1k', '2.5M', '3.0G']).toEqual([12, 4123, 2.5e6, 3e9].map(short));
  expect(['0:28', '3:20', '1:02:03', '3 d 4 h']).toEqual([28, 200, 3723, 273_600].map(clock));
  expect(['59 s', '1:00']).toEqual([59.9, 60].map(elapsed));
});

test.each([
  [{}, ASCII],
  [{ LANG: 'C' }, ASCII],
  [{ LANG: 'en_US.UTF-8' }, UNICODE],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, ASCII],
  [{ LC_CTYPE: 'C.utf8' }, UNICODE],
])('the locale %j', (env, signs) => expect(signsOf(env)).toBe(signs));
