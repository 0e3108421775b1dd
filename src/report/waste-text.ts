// Waste as tables with bars, the causes that weigh most as sentences, and as CSV.

import colors from 'picocolors';
import { CAUSES, type Cause } from '../emissions/waste.ts';
import { barTable, type TableOptions, type TableRow } from './bar-table.ts';
import { clean, energy, figure, mass, percent, three } from './format.ts';
import { knownOf, type TotalSums } from './total.ts';
import { type AnySum, costText, divisionOf, knownIn, periodOf, shareOf, sumColumns, written } from './total-text.ts';
import { type CauseSums, LARGEST, type Largest, type WasteJson, type WasteSums } from './waste.ts';

const WORDS: Readonly<Record<Cause, string>> = {
  failed: 'failed runs',
  stopped: 'stopped by budgets',
  rework: 'work done again',
  stall: 'stalls',
  data: 'waiting for data',
  idle: 'idle GPUs held',
  plateau: 'past the plateau',
  unreserved: 'unreserved idle',
};

/** Lines of at most `columns` characters where sentences and names leave room. */
export function wasteText(waste: WasteJson, options: TableOptions): string {
  const paint = colors.createColors(options.color);
  const by = waste.by === null ? '' : `, by ${divisionOf(waste.by, waste.time_zone)}`;
  return `${[
    paint.bold(`joulebook  waste${periodOf(waste)}${by}`),
    ...causesTable(waste, options),
    ...(waste.rows.length === 0 ? [] : ['', ...rowsTable(waste, options)]),
    ...(waste.largest.length === 0 ? [] : ['', ...waste.largest.flatMap((one, i) => sentences(one, i))]),
    ...notesOf(waste).map((note) => paint.dim(`  ${note}`)),
  ].join('\n')}\n`;
}

function causesTable(waste: WasteJson, options: TableOptions): string[] {
  const { utf8 } = options;
  const priced = Object.keys(waste.total.cost).length > 0;
  const line = (name: string, sums: TotalSums): string[] => [
    ...[name, String(sums.runs), written(sums.energy_j, energy, utf8), shareOf(sums, waste.total)],
    written(sums.total_g, mass, utf8),
    ...(priced ? [costText(sums, utf8)] : []),
  ];
  const most = Math.max(...CAUSES.map((cause) => knownOf(waste.causes[cause].energy_j)));
  const causes = CAUSES.filter((cause) => waste.causes[cause].runs > 0).map(
    (cause): TableRow => ({
      cells: line(WORDS[cause], waste.causes[cause]),
      bar: most > 0 ? knownOf(waste.causes[cause].energy_j) / most : 0,
    }),
  );
  const sums = [
    { cells: line('wasted', waste.waste), bold: true },
    { cells: line('the rest', waste.rest) },
    { cells: line('total', waste.total), bold: true },
  ];
  const head = ['', 'runs', 'energy', 'share', 'emissions', ...(priced ? ['cost'] : [])];
  return barTable(head, [...causes, ...sums], options);
}

/** From so many columns on a row tells three causes with their energy. */
const WIDE = 160;

function rowsTable({ rows, by }: WasteJson, options: TableOptions): string[] {
  const { utf8 } = options;
  const share = ({ waste, total }: WasteSums) => {
    const all = knownOf(total.energy_j);
    return all > 0 ? knownOf(waste.energy_j) / all : 0;
  };
  const wide = options.columns >= WIDE;
  const mostBy = ({ causes }: WasteSums): string => {
    const known = (cause: Cause) => knownOf(causes[cause].energy_j);
    const most = CAUSES.filter((cause) => known(cause) > 0).sort((a, b) => known(b) - known(a));
    const told = most.map((cause) => (wide ? `${WORDS[cause]} ${energy(known(cause))}` : WORDS[cause]));
    return told.slice(0, wide ? LARGEST : 1).join(', ');
  };
  const lines = rows.map(
    (row): TableRow => ({
      cells: [
        clean(row.key ?? `(no ${by})`),
        written(row.total.energy_j, energy, utf8),
        written(row.waste.energy_j, energy, utf8),
        percent(share(row)),
        written(row.waste.total_g, mass, utf8),
        mostBy(row),
      ],
      bar: share(row),
    }),
  );
  return barTable(['', 'energy', 'wasted', 'share', 'emissions', 'most by'], lines, options);
}

/** What a cause would save, and what to do about it. */
function sentences(one: Largest, i: number): string[] {
  const { cause, energy_j, total_g, cost, unpriced_runs, advice, most } = one;
  const saves = [
    saved(energy_j, energy),
    saved(total_g, mass) || 'emissions unknown',
    ...Object.entries(cost).map(
      ([currency, sum]) => saved(sum, (value) => `${three(value)} ${currency}`) || `${currency} unknown`,
    ),
  ].join(', ');
  const unpriced =
    Object.keys(cost).length > 0 && unpriced_runs > 0 ? `, ${countOf(unpriced_runs)} without a price` : '';
  const runs = most.map(({ run, energy_j: j }) => `${run} ${energy(j)}`).join(', ');
  return [
    `  ${i + 1}. ${WORDS[cause]}: ${energy_j.value === null ? '' : 'up to '}${saves}${unpriced}`,
    `     ${advice}`,
    `     most: ${runs}`,
  ];
}

/** Nothing where nothing of it is known. */
function saved(sum: AnySum, write: (value: number) => string): string {
  if (sum.value !== null) return figure(sum, write);
  return knownIn(sum) > 0 ? `at least ${write(knownIn(sum))}` : '';
}

const countOf = (runs: number): string => `${runs} run${runs === 1 ? '' : 's'}`;

function notesOf({ untold, warnings }: WasteJson): string[] {
  const gaps = untold.map(({ causes, why, runs, energy_j }) => {
    const whose = `${countOf(runs)} of ${energy(energy_j)}`;
    return `nothing tells of ${causes.map((cause) => WORDS[cause]).join(', ')} in ${whose}: ${why}`;
  });
  return [...gaps, ...warnings.map(({ message }) => message)];
}

/** A line for each row and cause, and of all; units stand in the names, and what is not known stays empty. */
export function wasteRows({ rows, by, ...all }: WasteJson): Record<string, string | number | null>[] {
  const currencies = Object.keys(all.total.cost);
  const line = (key: string | null, cause: string, sums: TotalSums | CauseSums) => ({
    ...{ [by ?? 'key']: key, cause, runs: sums.runs },
    ...sumColumns(sums, currencies),
    ...('untold_j' in sums
      ? { untold_runs: sums.untold_runs, untold_j: sums.untold_j }
      : { untold_runs: null, untold_j: null }),
  });
  const lines = (key: string | null, sums: WasteSums) => [
    ...CAUSES.map((cause) => line(key, cause, sums.causes[cause])),
    ...(['waste', 'rest', 'total'] as const).map((name) => line(key, name, sums[name])),
  ];
  return [...rows.flatMap(({ key, ...sums }) => lines(key, sums)), ...lines(null, all)];
}
