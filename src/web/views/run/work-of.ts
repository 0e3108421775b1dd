// What the work of a run cost, as bars: by epoch, by a million tokens; and what a step took, in a sentence.

import { energy, mass, percent, three } from '../../../report/format.ts';
import type { ReportJson, ReportRow } from '../../../report/model.ts';
import type { BarsOf } from '../../ui/bars-scene.ts';
import { energyUnit, inUnit, massUnit } from '../../ui/units.ts';

/** A division of the run, such as by epoch. */
export interface Division {
  /** "epoch", "million-tokens". */
  readonly by: string;
  readonly rows: readonly ReportRow[];
}

/** More bars than there are pixels for tell nothing: neighbours are put together. */
const MOST_BARS = 100;

type StepEnergy = NonNullable<ReportJson['step_energy']>;

/** "A step took 412 J in the middle (5 % to 95 %: …); 3 stand out, most of all step 812 at 4.20 times that." */
export function stepText({
  median_j,
  p5_j,
  p95_j,
  change_per_1000_steps: change,
  outliers,
  outlying,
}: StepEnergy): string {
  const clear = change.value !== null && (change.low > 0 || change.high < 0);
  const trend = clear
    ? `; ${percent(Math.abs(change.value))} ${change.value > 0 ? 'more' : 'less'} with each 1000 steps`
    : '';
  const [most] = outliers;
  const times = most?.times ? ` at ${three(most.times)} times that` : '';
  const odd =
    most === undefined
      ? ''
      : `; ${outlying} ${outlying === 1 ? 'stands' : 'stand'} out, most step ${most.step}${times}`;
  return `A step took ${energy(median_j)} in the middle (5 % to 95 %: ${energy(p5_j)} – ${energy(p95_j)})${trend}${odd}.`;
}

const NAMES: Readonly<Record<string, string>> = { epoch: 'epoch', 'million-tokens': 'million tokens' };

/** So many rows are one bar. */
const folds = (rows: readonly ReportRow[]): number => Math.ceil(rows.length / MOST_BARS);

export const barsNote = ({ by, rows }: Division): string =>
  folds(rows) > 1
    ? `Each bar is the mean of ${folds(rows)} neighbours.`
    : `Every ${NAMES[by] ?? by}, with its interval.`;

/** "3", or "3–5" where neighbours are one bar. */
function labelsOf({ by, rows }: Division): string[] {
  const labels = rows.map((row) => String(row[by.replace('-', '_')] ?? 'outside'));
  const many = folds(rows);
  return Array.from({ length: Math.ceil(rows.length / many) }, (_, bar) => {
    const group = labels.slice(bar * many, (bar + 1) * many);
    return group.length === 1 ? group[0]! : `${group[0]}–${group.at(-1)}`;
  });
}

export function energyBars(division: Division): BarsOf {
  const rows = folded(division.rows);
  const unit = energyUnit(rows.map(({ energy_j }) => energy_j));
  const of = (key: 'energy_j' | 'low_j' | 'high_j') =>
    inUnit(
      rows.map((row) => row[key]),
      unit,
    );
  const name = NAMES[division.by] ?? division.by;
  return {
    ...{ title: `Energy by ${name}`, unit: unit.unit, of: name },
    categories: labelsOf(division),
    parts: [
      {
        ...{ name: 'energy', ink: 0, values: of('energy_j'), write: (value) => energy(value * unit.of) },
        band: { low: of('low_j'), high: of('high_j'), what: '90 %' },
      },
    ],
  };
}

export function emissionBars(division: Division): BarsOf {
  const rows = folded(division.rows);
  const unit = massUnit(rows.map(({ emissions_g }) => emissions_g));
  const name = NAMES[division.by] ?? division.by;
  return {
    ...{ title: `Emissions by ${name}`, unit: unit.unit, of: name },
    categories: labelsOf(division),
    parts: [
      {
        ...{ name: 'emissions', ink: 1, write: (value) => mass(value * unit.of) },
        values: inUnit(
          rows.map(({ emissions_g }) => emissions_g),
          unit,
        ),
      },
    ],
  };
}

/** At most so many rows, each the mean of its neighbours; unknown where one of them is. */
export function folded(rows: readonly ReportRow[]): ReportRow[] {
  const many = folds(rows);
  if (many <= 1) return [...rows];
  const out: ReportRow[] = [];
  for (let at = 0; at < rows.length; at += many) {
    const group = rows.slice(at, at + many);
    const mean = (key: 'energy_j' | 'low_j' | 'high_j' | 'emissions_g') =>
      group.some((row) => row[key] === null) ? null : group.reduce((sum, row) => sum + row[key]!, 0) / group.length;
    const means = { energy_j: mean('energy_j'), low_j: mean('low_j'), high_j: mean('high_j') };
    out.push({ ...group[0]!, ...means, emissions_g: mean('emissions_g') });
  }
  return out;
}
