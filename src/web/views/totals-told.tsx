// The total of a ledger: its sums, bars over the months, and a table of its rows. What is not known stands behind ≥, with the reason.
//
// It takes the CLI's documents (joulebook/total/v1) and asks nobody.

import './totals.css';
import { energy, mass, percent } from '../../report/format.ts';
import type { TotalJson, TotalRow } from '../../report/total.ts';
import { Bars } from '../ui/bars.tsx';
import { saveCsv } from '../ui/download.ts';
import { Figure } from '../ui/figure.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { type Order, rowsOfTable } from '../ui/table-order.ts';
import { Tip } from '../ui/tip.tsx';
import { type AnySum, knownIn, type Measure, measuresOf, monthBars, rowName } from './totals-bars.ts';

type Write = (value: number) => string;

function Sum({ of, write }: { of: AnySum | null; write: Write }) {
  if (of === null) return <span class="unknown">unknown</span>;
  if (of.value !== null) return <Figure of={of} write={write} />;
  const known = knownIn(of);
  const why = `${of.why}: not known of ${of.unknown_runs} run${of.unknown_runs === 1 ? '' : 's'}`;
  return <Tip text={why}>{known > 0 ? `≥ ${write(known)}` : <span class="unknown">unknown</span>}</Tip>;
}

/** The sums of all, with their intervals, and what monitors saw of it. */
export function Sums({ of }: { of: TotalJson }) {
  const { total, monitored_j, warnings, rows } = of;
  const measures = measuresOf(of).filter(({ id }) => id !== 'operational');
  return (
    <>
      <ul class="sums">
        {measures.map(({ id, name, of: pick, write }) => {
          const sum = pick(total);
          return (
            <li key={id}>
              <span class="words">{name}</span>
              <b>{sum === null ? 'unknown' : `${sum.value === null ? '≥ ' : ''}${write(knownIn(sum))}`}</b>
              <span class="reach">{sum === null ? '' : reachText(sum, write)}</span>
            </li>
          );
        })}
        <li>
          <span class="words">Runs</span>
          <b>{of.runs.runs}</b>
          <span class="reach">a second of a device counts once, also where runs shared it</span>
        </li>
      </ul>
      {rows.some(({ kind }) => kind !== 'runs') && (
        <p class="note">
          Monitors metered {energy(monitored_j)} of it
          {coverageText(of)}.
        </p>
      )}
      {warnings.map(({ message }) => (
        <p key={message} class="warning">
          {message}
        </p>
      ))}
    </>
  );
}

const reachText = (sum: AnySum, write: Write): string =>
  sum.value === null ? sum.why : sum.high > sum.low ? `90 %: ${write(sum.low)} – ${write(sum.high)}` : 'exactly';

/** How much of what monitors and runs saw is whose. */
function coverageText({ idle, unattributed, total }: TotalJson): string {
  const all = knownIn(total.energy_j);
  const share = (name: string, { energy_j }: TotalJson['idle']) =>
    all > 0 && knownIn(energy_j) > 0 ? [`${percent(knownIn(energy_j) / all)} ${name}`] : [];
  const told = [...share('idle', idle), ...share('used by no run', unattributed)];
  return told.length === 0 ? '' : `; ${told.join(', ')}`;
}

interface RowsProps {
  readonly of: TotalJson;
  readonly by: string;
  readonly order: Order | null;
  readonly onOrder: (order: Order) => void;
}

/** A row for each project and so on. */
export function TotalRows({ of, by, order, onOrder }: RowsProps) {
  const columns = columnsOf(of, by);
  return (
    <>
      <div class="over">
        <p role="status">{`${of.rows.length} row${of.rows.length === 1 ? '' : 's'} by ${by}`}</p>
        <button type="button" onClick={() => saveCsv(`total by ${by}`, rowsOfTable(of.rows, columns))}>
          CSV
        </button>
      </div>
      <Table
        caption={`Total by ${by}`}
        rows={of.rows}
        columns={columns}
        idOf={({ kind, key }) => `${kind} ${key ?? ''}`}
        order={order}
        onOrder={onOrder}
        height={`${Math.min(520, 46 + 34 * of.rows.length)}px`}
      />
    </>
  );
}

interface OfSum {
  readonly id: string;
  readonly name: string;
  readonly csv: string;
  readonly of: (row: TotalRow) => AnySum | null;
  readonly write: Write;
}

const sumColumn = ({ of, write, ...more }: OfSum): Column<TotalRow> => ({
  ...{ ...more, number: true, width: 135 },
  key: (row) => of(row)?.value ?? null,
  cell: (row) => <Sum of={of(row)} write={write} />,
});

function columnsOf(of: TotalJson, by: string): Column<TotalRow>[] {
  const all = knownIn(of.total.energy_j);
  const shareOf = (row: TotalRow) => (all > 0 ? knownIn(row.energy_j) / all : 0);
  return [
    { id: 'name', name: by.charAt(0).toUpperCase() + by.slice(1), width: 200, key: (row) => rowName(row, by) },
    { id: 'runs', name: 'Runs', width: 80, number: true, key: ({ runs }) => runs },
    sumColumn({ id: 'energy', name: 'Energy', csv: 'energy (J)', of: ({ energy_j }) => energy_j, write: energy }),
    {
      ...{ id: 'share', name: 'Share', csv: 'share of the known energy', width: 150, number: true, key: shareOf },
      cell: (row) => <Share of={shareOf(row)} />,
    },
    sumColumn({
      id: 'facility',
      name: 'With PUE',
      csv: 'with PUE (J)',
      of: ({ facility_j }) => facility_j,
      write: energy,
    }),
    sumColumn({
      id: 'operational',
      name: 'Operational',
      csv: 'operational (gCO2e)',
      of: ({ operational_g }) => operational_g,
      write: mass,
    }),
    sumColumn({
      id: 'embodied',
      name: 'Embodied',
      csv: 'embodied (gCO2e)',
      of: ({ embodied_g }) => embodied_g,
      write: mass,
    }),
    sumColumn({
      id: 'emissions',
      name: 'Emissions',
      csv: 'emissions (gCO2e)',
      of: ({ total_g }) => total_g,
      write: mass,
    }),
    ...measuresOf(of)
      .filter(({ id }) => id.startsWith('cost '))
      .map(({ id, name, of, write }: Measure) => sumColumn({ id, name, csv: name, of, write })),
  ];
}

const Share = ({ of }: { of: number }) => (
  <span class="share">
    <span class="share-bar" style={{ width: `${(60 * of).toFixed(1)}px` }} />
    {of > 0 && of < 0.0001 ? '<0.01 %' : percent(of)}
  </span>
);

/** Bars over the months of a total by month and `by`. */
export function Months({ of, by, measure }: { of: TotalJson; by: string | null; measure: Measure }) {
  const bars = monthBars(of, by, measure);
  if (bars === null) return <p class="note">No month is told of what was metered.</p>;
  return <Bars of={bars} note={`Months of ${of.time_zone}.`} height={280} />;
}
