// An amount of what is budgeted as people read it: 1.50 kWh, 2.00 kgCO2e, 0.200 J/token, 5.00 EUR.

import type { Limit, Measure } from '../decide/budget.ts';
import { MEASURES } from '../decide/budget.ts';
import { energy, mass, three, volume } from './format.ts';

/** The unit of a measure's values; of money the currency. */
export const unitOf = ({ measure, currency }: Pick<Limit, 'measure' | 'currency'>): string =>
  measure === 'money' ? currency! : MEASURES[measure];

/** Writes values of the measure's base unit; energy in joules where the limit is one of joules, so that they compare at a glance. */
export function amountOf(limit: Pick<Limit, 'measure' | 'currency'> & Partial<Limit>): (value: number) => string {
  if (limit.measure === 'energy' && limit.text !== undefined && !/Wh$/i.test(limit.text)) return joules;
  const own: Partial<Record<Measure, (value: number) => string>> = { energy, emissions: mass, water: volume };
  return own[limit.measure] ?? ((value) => `${three(value)} ${unitOf(limit)}`);
}

const JOULES = ['J', 'kJ', 'MJ', 'GJ', 'TJ'];

/** "5.97 kJ". */
function joules(energy_j: number): string {
  const step = Math.floor(Math.log10(Math.abs(energy_j)) / 3);
  const i = Number.isFinite(step) ? Math.min(Math.max(step, 0), JOULES.length - 1) : 0;
  return `${three(energy_j / 1000 ** i)} ${JOULES[i]}`;
}
