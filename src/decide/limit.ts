// Texts such as 2kgCO2e, 1.5 kWh, 300gCO2e/Mtoken or 5EUR → limits, and an amount of a measure → such a text.
//
// The unit says what is limited. M is mega and m is milli, so case counts in prefixes; a mass without CO2e says nothing.

import { usage } from '../core/fault.ts';
import type { Limit, Measure } from './budget.ts';

/** Units by measure, each with how many base units it is, largest first. */
const UNITS = {
  energy: {
    ...{ GWh: 3.6e12, MWh: 3.6e9, kWh: 3.6e6, Wh: 3600 },
    ...{ TJ: 1e12, GJ: 1e9, MJ: 1e6, kJ: 1e3, J: 1 },
  },
  emissions: { ktCO2e: 1e9, tCO2e: 1e6, kgCO2e: 1e3, gCO2e: 1, mgCO2e: 1e-3 },
  water: { m3: 1e3, l: 1, ml: 1e-3 },
} as const;
const PER_TOKEN = { Gtoken: 1e9, Mtoken: 1e6, ktoken: 1e3, token: 1 } as const;

const EXAMPLES = '2kgCO2e, 6kJ, 1.5kWh, 0.2J/token, 300gCO2e/Mtoken, 20l or 5EUR';
const RIGHT = `write a number and its unit: ${EXAMPLES}`;
/** Above 0 as it is written. */
const TINY = /^\+?[0.]*[1-9]/;
const FORM = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$/;

/** What a limit says; `from` names who said so, such as --limit. Throws Fault usage. */
export function limitOf(text: string, from: string): Limit {
  const bad = (why: string, hint = RIGHT) => usage(`${from}: "${text}" cannot be used: ${why}`, hint);
  const [, number, unit] = FORM.exec(text.trim()) ?? [];
  if (number === undefined || unit === undefined) throw bad('it does not begin with a number');
  if (/^,\d/.test(unit)) throw bad('it has a comma', `write a decimal point and no thousands: ${EXAMPLES}`);
  if (/^[\d._']/.test(unit)) throw bad('its number is not in one piece', `write it as 1000 or 1e3: ${EXAMPLES}`);
  if (unit === '') throw bad('it has no unit');
  const [amount, per, ...more] = unit.split(/\s*\/\s*|\s+per\s+/);
  if (more.length > 0) throw bad(`"${unit}" is no unit`);
  const found = per === undefined ? plainUnit(amount!) : ratioUnit(amount!, per);
  if (typeof found === 'string') throw bad(found);
  const value = Number(number) * found.factor;
  if (!(value > 0)) throw bad(TINY.test(number) ? 'it is too small' : 'a limit is above 0');
  if (!Number.isFinite(value)) throw bad('it is too large');
  return { measure: found.measure, value, currency: found.currency, text: text.trim().replace(/\s+/g, ' ') };
}

interface Unit {
  readonly measure: Measure;
  readonly currency: string | null;
  /** Base units of the measure in one of it. */
  readonly factor: number;
}

/** The unit, or why it is none. */
function plainUnit(written: string): Unit | string {
  const unit = spelled(written);
  for (const measure of ['energy', 'emissions', 'water'] as const) {
    const units: Readonly<Record<string, number>> = UNITS[measure];
    if (Object.hasOwn(units, unit)) return { measure, currency: null, factor: units[unit]! };
  }
  if (CURRENCIES.has(unit)) return { measure: 'money', currency: unit, factor: 1 };
  if (/^(k?t|k?g|mg)$/.test(unit)) return `"${written}" does not say of what: a mass of emissions is ${unit}CO2e`;
  if (/CO2$/i.test(unit)) return `"${written}" would be of CO2 alone: emissions are counted in ${unit}e`;
  if (/^\p{Sc}$/u.test(unit)) return `"${written}" may be of several currencies: write its code, such as EUR`;
  if (/^[kMGT]?W$/.test(unit)) return `"${written}" is a power, and a budget is of energy: ${unit}h`;
  const meant = KNOWN.find((known) => known.toLowerCase() === unit.toLowerCase());
  return `"${written}" is no unit that is known${meant === undefined ? '' : `: is ${meant} meant?`}`;
}

function ratioUnit(amount: string, per: string): Unit | string {
  const tokens = /^(?:1\s*)?([kMG]?|million )\s*(?:tokens?|tok)$/.exec(per);
  if (tokens === null) return `"${per}" cannot be divided by: token or Mtoken can`;
  const word = tokens[1] === 'million ' ? 'M' : tokens[1]!;
  const count = PER_TOKEN[`${word}token` as keyof typeof PER_TOKEN];
  const unit = plainUnit(amount);
  if (typeof unit === 'string') return unit;
  if (unit.measure === 'energy') return { ...unit, measure: 'j_per_token', factor: unit.factor / count };
  if (unit.measure === 'emissions')
    return { ...unit, measure: 'g_per_million_tokens', factor: unit.factor * (1e6 / count) };
  return `"${amount}" for each token is not counted: energy and emissions are`;
}

/** Other spellings of one unit. */
const spelled = (unit: string): string =>
  unit
    .replace(/CO₂/, 'CO2')
    .replace(/\s*CO2[\s-]?eq?$/i, 'CO2e')
    .replace(/m³$/, 'm3')
    .replace(/^lit(?:er|re)s?$/, 'l')
    .replace(/^(m?)L$/, '$1l');

/** ISO 4217, as the platform lists them. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const KNOWN: readonly string[] = [...Object.values(UNITS).flatMap((units) => Object.keys(units)), ...CURRENCIES];

/** An amount in the unit that suits it, exactly: what limitOf reads back as the same. */
export function limitText({ measure, value, currency }: Omit<Limit, 'text'>): string {
  if (measure === 'money') return `${value}${currency}`;
  if (measure === 'j_per_token') return `${value}J/token`;
  if (measure === 'g_per_million_tokens') return `${value}gCO2e/Mtoken`;
  const units = Object.entries(UNITS[measure]).filter(([unit]) => measure !== 'energy' || SHOWN.has(unit));
  const same = ([, factor]: readonly [string, number]) => Number(String(value / factor)) * factor === value;
  const [unit, factor] = units.find((one) => value >= one[1] && same(one)) ?? [baseOf(measure), 1];
  return `${value / factor}${unit}`;
}

/** People read energy in J where it is little and in kWh where it is not. */
const SHOWN = new Set(['MWh', 'kWh', 'kJ', 'J']);
const baseOf = (measure: keyof typeof UNITS): string => ({ energy: 'J', emissions: 'gCO2e', water: 'l' })[measure];
