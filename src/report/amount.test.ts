// Amounts of what is budgeted, in words.

import { expect, test } from 'vitest';
import { limitOf } from '../decide/limit.ts';
import { amountOf } from './amount.ts';

test('energy is told in joules where its limit is, else in watt-hours', () => {
  const by = (text: string) => amountOf(limitOf(text, '--budget'));
  expect([0, 543, 5970, 2_500_000].map(by('800J'))).toEqual(['0 J', '543 J', '5.97 kJ', '2.50 MJ']);
  // 5.4 MJ ÷ 3600 J/Wh = 1500 Wh.
  expect(by('2kWh')(5_400_000)).toBe('1.50 kWh');
  expect(by('2kgCO2e')(1500)).toBe('1.50 kgCO2e');
});
