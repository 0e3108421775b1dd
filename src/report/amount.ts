// An amount of what is budgeted as people read it: 1.50 kWh, 2.00 kgCO2e, 0.200 J/token, 5.00 EUR.

import type { Limit, Measure } from '../decide/budget.ts';
import { MEASURES } from '../decide/budget.ts';
import { energy, mass, three, volume } from './format.ts';

/** The unit of a measure's values; of money the currency. */
export const unitOf = ({ measure, currency }: Pick<Limit, 'measure' | 'currency'>): string =>
  measure === 'money' ? currency! : MEASURES[measure];

/** Writes values in the measure's base unit. */
export function amountOf(limit: Pick<Limit, 'measure' | 'currency'>): (value: number) => string {
  const own: Partial<Record<Measure, (value: number) => string>> = { energy, emissions: mass, water: volume };
  return own[limit.measure] ?? ((value) => `${three(value)} ${unitOf(limit)}`);
}
