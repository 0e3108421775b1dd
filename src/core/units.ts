// The only place where a bare number becomes a quantity.
//
// Inside: J, W, s, gCO2e, gCO2e/kWh, epoch milliseconds in UTC. NaN and infinity are refused here,
// so that no later sum can turn into one. kWh and kg appear only where people read.

import { fault } from './fault.ts';

declare const unit: unique symbol;
type Quantity<U extends string> = number & { readonly [unit]: U };

export type Joules = Quantity<'J'>;
export type Watts = Quantity<'W'>;
export type Seconds = Quantity<'s'>;
export type Grams = Quantity<'gCO2e'>;
export type GramsPerKwh = Quantity<'gCO2e/kWh'>;
export type EpochMs = Quantity<'ms since 1970-01-01T00:00Z'>;

export const joules = maker<Joules>('J');
export const watts = maker<Watts>('W');
export const seconds = maker<Seconds>('s');
export const grams = maker<Grams>('gCO2e');
export const gramsPerKwh = maker<GramsPerKwh>('gCO2e/kWh');
export const epochMs = maker<EpochMs>('ms');

export const JOULES_PER_KWH = 3_600_000;

/** Energy in J of a constant power in W held for a duration in s. */
export function energyOf(power: Watts, duration: Seconds): Joules {
  return joules(power * duration);
}

/** Emissions in gCO2e of energy in J at an intensity in gCO2e/kWh. */
export function emissionsOf(energy: Joules, intensity: GramsPerKwh): Grams {
  return grams((energy / JOULES_PER_KWH) * intensity);
}

/** Sum with Neumaier's compensation (Neumaier 1974): the error does not grow with the number of terms. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

function maker<Q extends number>(name: string): (value: number) => Q {
  return (value) => {
    if (!Number.isFinite(value)) throw fault('not-a-quantity', { facts: { value: String(value), unit: name } });
    return value as Q;
  };
}
