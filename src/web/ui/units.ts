// The unit that suits the values of a chart: an axis of 0.0000123 kg tells nobody anything.

export interface Unit {
  readonly unit: string;
  /** How many of the base unit (g, J) it is. */
  readonly of: number;
}

const MASS: readonly Unit[] = [
  { unit: 'tCO2e', of: 1e6 },
  { unit: 'kgCO2e', of: 1e3 },
  { unit: 'gCO2e', of: 1 },
  { unit: 'mgCO2e', of: 1e-3 },
];
const ENERGY: readonly Unit[] = [
  { unit: 'MWh', of: 3.6e9 },
  { unit: 'kWh', of: 3.6e6 },
  { unit: 'Wh', of: 3600 },
  { unit: 'J', of: 1 },
];

const fitting = (units: readonly Unit[], values: readonly (number | null)[]): Unit => {
  const most = values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
  return units.find(({ of }) => most >= of) ?? units.at(-1)!;
};

/** Of values in g. */
export const massUnit = (values: readonly (number | null)[]): Unit => fitting(MASS, values);
/** Of values in J. */
export const energyUnit = (values: readonly (number | null)[]): Unit => fitting(ENERGY, values);

/** Values of the base unit in this one; unknown stays unknown. */
export const inUnit = (values: readonly (number | null)[], { of }: Unit): (number | null)[] =>
  values.map((value) => (value === null ? null : value / of));
