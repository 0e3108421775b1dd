// The columns of the list of runs: what each tells, what it is sorted by, and what a CSV holds of it.

import type { FigureJson } from '../../core/figure.ts';
import { duration, energy, many, mass, percent, three } from '../../report/format.ts';
import { timeText } from '../ui/chart-of.ts';
import { Figure } from '../ui/figure.tsx';
import { State } from '../ui/state.tsx';
import type { Column } from '../ui/table.tsx';
import type { Key } from '../ui/table-order.ts';
import { viewAt } from '../views.ts';
import type { Row } from './runs-filter.ts';

interface Described extends Column<Row> {
  /** Shown where the address chooses none. */
  readonly usual?: boolean;
}

const nameOf = ({ name, id }: Row): string => name ?? id;

function Name({ row }: { row: Row }) {
  const path = ['runs', row.id];
  if (viewAt(path) === undefined) return <>{nameOf(row)}</>;
  return (
    <a href={hrefOf(row)} tabIndex={-1}>
      {nameOf(row)}
    </a>
  );
}

export const hrefOf = ({ id }: Row): string => `/runs/${encodeURIComponent(id)}`;

const tagsText = (row: Row): string =>
  Object.entries(row.tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

type Told = (row: Row) => FigureJson;

interface OfFigure {
  readonly id: string;
  readonly name: string;
  readonly csv: string;
  readonly of: Told;
  readonly write: (value: number, row: Row) => string;
  readonly usual?: boolean;
}

const figureColumn = ({ of, write, ...more }: OfFigure): Described => ({
  ...{ ...more, number: true, width: 130, key: (row: Row): Key => of(row).value },
  cell: (row) => <Figure of={of(row)} write={(value) => write(value, row)} />,
});

const textColumn = (
  id: string,
  name: string,
  more: { key: (row: Row) => Key; width?: number; usual?: boolean },
): Described => ({
  ...{ id, name, width: 120, ...more },
});

const ALWAYS = ['name', 'state', 'started', 'duration', 'energy', 'emissions', 'id'];

const ALL: readonly Described[] = [
  { id: 'name', name: 'Run', key: nameOf, cell: (row) => <Name row={row} />, width: 190, usual: true },
  {
    ...{ id: 'state', name: 'State', key: ({ state }: Row) => state, width: 130, usual: true },
    cell: ({ state }) => <State state={state} />,
  },
  {
    ...{ id: 'started', name: 'Started (UTC)', csv: 'started', width: 165, usual: true },
    key: ({ started_at_ms }) => new Date(started_at_ms).toISOString(),
    cell: ({ started_at_ms }) => timeText(started_at_ms).slice(0, 16),
  },
  {
    ...{ id: 'duration', name: 'Duration', csv: 'duration (s)', width: 110, number: true, usual: true },
    key: ({ duration_s }) => duration_s,
    cell: ({ duration_s }) => duration(duration_s),
  },
  figureColumn({ id: 'energy', name: 'Energy', csv: 'energy (J)', of: (row) => row.it_j, write: energy, usual: true }),
  figureColumn({
    id: 'emissions',
    name: 'Emissions',
    csv: 'emissions (gCO2e)',
    of: (row) => row.total_g,
    write: mass,
    usual: true,
  }),
  figureColumn({
    ...{ id: 'j_per_token', name: 'J/token', csv: 'J/token', of: (row) => row.j_per_token, usual: true },
    write: (value) => `${three(value)} J`,
  }),
  figureColumn({
    ...{ id: 'per_million', name: 'Per 1M tokens', csv: 'gCO2e per 1M tokens', usual: true },
    ...{ of: (row) => row.g_per_million_tokens, write: mass },
  }),
  figureColumn({
    ...{ id: 'cost', name: 'Cost', csv: 'cost', of: (row) => row.cost, usual: true },
    write: (value, { currency }) => `${three(value)} ${currency ?? ''}`.trim(),
  }),
  textColumn('budget', 'Budget', { key: ({ budget }) => budget, usual: true }),
  textColumn('model', 'Model', { key: ({ model }) => model, usual: true, width: 140 }),
  textColumn('branch', 'Branch', { key: ({ branch }) => branch, usual: true }),
  textColumn('tags', 'Tags', { key: (row) => tagsText(row) || null, usual: true, width: 220 }),
  textColumn('stage', 'Stage', { key: ({ stage }) => stage }),
  textColumn('zone', 'Zone', { key: ({ zone }) => zone }),
  textColumn('kind', 'Kind', { key: ({ kind }) => kind }),
  textColumn('commit', 'Commit', { key: ({ commit }) => commit }),
  figureColumn({
    id: 'operational',
    name: 'Operational',
    csv: 'operational (gCO2e)',
    of: (row) => row.operational_g,
    write: mass,
  }),
  figureColumn({ id: 'embodied', name: 'Embodied', csv: 'embodied (gCO2e)', of: (row) => row.embodied_g, write: mass }),
  figureColumn({
    ...{ id: 'power', name: 'Mean power', csv: 'mean power (W)', of: (row) => row.mean_w },
    write: (value) => `${three(value)} W`,
  }),
  {
    ...{ id: 'tokens', name: 'Tokens', width: 110, number: true, key: ({ tokens }: Row) => tokens },
    cell: ({ tokens }) => (tokens === null ? '' : many(tokens)),
  },
  {
    ...{ id: 'coverage', name: 'Coverage', width: 110, number: true, key: ({ coverage }: Row) => coverage },
    cell: ({ coverage }) => (coverage === null ? '' : percent(coverage)),
  },
  textColumn('id', 'Id', { key: ({ id }) => id, width: 200 }),
];

/** Those of which these runs tell anything: a column in which nothing stands is none. */
export function columnsFor(rows: readonly Row[]): Described[] {
  return ALL.filter(({ id, key }) => ALWAYS.includes(id) || rows.some((row) => key(row) !== null));
}

/** The chosen ones, the run's name always; none chosen: the usual. */
export function shownOf(columns: readonly Described[], chosen: string | null): Described[] {
  const ids = chosen?.split(',');
  return columns.filter(({ id, usual }) => id === 'name' || (ids === undefined ? usual : ids.includes(id)));
}
