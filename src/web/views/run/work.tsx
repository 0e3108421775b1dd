// What the work cost: by epoch, by a million tokens, and the loss over the energy that it took.

import { energy, mass, percent, three } from '../../../report/format.ts';
import type { ReportJson, ReportRow } from '../../../report/model.ts';
import type { Series } from '../../../server/contract/series.ts';
import { Bars } from '../../ui/bars.tsx';
import type { BarsOf } from '../../ui/bars-scene.ts';
import { Chart } from '../../ui/chart.tsx';
import { energyUnit, inUnit, massUnit } from '../../ui/units.ts';
import { lossOverEnergy } from './course-of.ts';

/** A division of the run, such as by epoch. */
export interface Division {
  /** "epoch", "million-tokens". */
  readonly by: string;
  readonly rows: readonly ReportRow[];
}

/** More bars than there are pixels for tell nothing: neighbours are put together. */
const MOST_BARS = 200;

interface WorkProps {
  readonly report: ReportJson;
  readonly divisions: readonly Division[];
  /** Of all of the run. */
  readonly series: Series | null;
}

export function Work({ report, divisions, series }: WorkProps) {
  const { work, step_energy } = report;
  const loss = series === null ? null : lossOverEnergy(series);
  if (work.steps === null && work.tokens === null && work.samples === null)
    return <p class="empty-part">The run told no steps: its log holds none that is understood.</p>;
  return (
    <>
      {step_energy !== null && <p class="told">{stepText(step_energy)}</p>}
      <div class="beside">
        {divisions
          .filter(({ rows }) => rows.length > 0)
          .flatMap((division) => [
            <Bars key={`${division.by} energy`} of={energyBars(division)} note={barsNote(division)} height={200} />,
            ...(division.rows.some(({ emissions_g }) => emissions_g !== null)
              ? [<Bars key={`${division.by} emissions`} of={emissionBars(division)} height={200} />]
              : []),
          ])}
        {loss !== null && (
          <Chart
            of={loss}
            height={200}
            empty="No loss with a known energy was told."
            note="The last value told by then."
          />
        )}
      </div>
    </>
  );
}

type StepEnergy = NonNullable<ReportJson['step_energy']>;

/** "A step took 412 J in the middle (5 % to 95 %: …); 3 stand out, most of all step 812 at 4.20 times that." */
function stepText({ median_j, p5_j, p95_j, change_per_1000_steps: change, outliers, outlying }: StepEnergy): string {
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

const barsNote = ({ by, rows }: Division): string =>
  folds(rows) > 1
    ? `Each bar is the mean of ${folds(rows)} neighbours.`
    : `Every ${NAMES[by] ?? by}, with its interval.`;

const labelOf = (by: string, row: ReportRow): string => {
  const label = row[by.replace('-', '_')];
  return label === null || label === undefined ? 'outside' : String(label);
};

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
    categories: rows.map((row) => labelOf(division.by, row)),
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
    categories: rows.map((row) => labelOf(division.by, row)),
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

/** At most so many rows, each the mean of its neighbours under the first one's name; unknown where one of them is. */
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
