// The total as a table with bars, and as CSV. A sum of which something is not known stands behind ≥, with the reason below.

import colors from 'picocolors';
import { barTable, type TableOptions, type TableRow } from './bar-table.ts';
import { clean, energy, mass, percent, three } from './format.ts';
import { knownOf, type SumOf, type TotalJson, type TotalRow, type TotalSums } from './total.ts';

export type AnySum = SumOf<'known_j'> | SumOf<'known_g'> | SumOf<'known'>;

/** Lines of at most `columns` characters, as far as names and figures leave room. */
export function totalText(total: TotalJson, options: TableOptions): string {
  const { columns, color, utf8 } = options;
  const paint = colors.createColors(color);
  const wide = columns >= WIDE;
  const head = ['', 'runs', 'energy', 'share', ...(wide ? ['with PUE', 'operational', 'embodied'] : []), 'total CO2e'];
  const priced = Object.keys(total.total.cost).length > 0;
  const line = (name: string, row: TotalSums): string[] => [
    name,
    String(row.runs),
    written(row.energy_j, energy, utf8),
    shareOf(row, total.total),
    ...(wide ? [written(row.facility_j, energy, utf8), written(row.operational_g, mass, utf8)] : []),
    ...(wide ? [written(row.embodied_g, mass, utf8)] : []),
    written(row.total_g, mass, utf8),
    ...(priced ? [costText(row, utf8)] : []),
  ];
  const most = Math.max(...total.rows.map(({ energy_j }) => knownOf(energy_j)), 0);
  const rows = total.rows.map(
    (row): TableRow => ({
      cells: line(clean(nameOf(row, total.by)), row),
      bar: most > 0 ? knownOf(row.energy_j) / most : 0,
    }),
  );
  const all = { cells: line('total', total.total), bold: true };
  return `${[
    paint.bold(titleOf(total)),
    ...barTable([...head, ...(priced ? ['cost'] : [])], [...rows, all], options),
    ...notesOf(total).map((note) => paint.dim(`  ${note}`)),
  ].join('\n')}\n`;
}

/** From so many columns on there are columns of what emissions are made of. */
const WIDE = 120;

const titleOf = ({ by, ...of }: TotalJson): string =>
  `joulebook  total${periodOf(of)}${by === null ? '' : `, by ${divisionOf(by, of.time_zone)}`}`;

/** " from … until …", as far as the window has ends. */
export function periodOf({ since_ms, until_ms }: Pick<TotalJson, 'since_ms' | 'until_ms'>): string {
  const iso = (at_ms: number) => new Date(at_ms).toISOString().replace(/:00\.000Z$/, 'Z');
  return `${since_ms === null ? '' : ` from ${iso(since_ms)}`}${until_ms === null ? '' : ` until ${iso(until_ms)}`}`;
}

/** What rows are of, in words. */
export const divisionOf = (by: string, time_zone: string): string =>
  `${by.replaceAll(',', ' and ')}${/\bmonth\b/.test(by) ? ` (${time_zone})` : ''}`;

function nameOf({ kind, key }: TotalRow, by: TotalJson['by']): string {
  if (kind === 'runs') return by === null ? 'runs' : (key ?? `(no ${by})`);
  return key === null ? kind : `${key} ${kind}`;
}

/** Of the known energy. */
export const shareOf = (row: TotalSums, total: TotalSums): string => {
  const all = knownOf(total.energy_j);
  const share = all > 0 ? knownOf(row.energy_j) / all : 0;
  return all === 0 ? '' : share > 0 && share < 0.0001 ? '<0.01 %' : percent(share);
};

/** What is known of a sum, in its own unit. */
export function knownIn(sum: AnySum): number {
  if (sum.value !== null) return sum.value;
  return 'known_j' in sum ? sum.known_j : 'known_g' in sum ? sum.known_g : sum.known;
}

/** A sum, or what is known of it behind ≥. */
export function written(sum: AnySum, write: (n: number) => string, utf8: boolean): string {
  if (sum.value !== null) return write(sum.value);
  const known = knownIn(sum);
  return known > 0 ? `${utf8 ? '≥' : '>='} ${write(known)}` : 'unknown';
}

/** The sum in each currency; at least so much where runs have no price. */
export function costText({ cost, unpriced_runs }: TotalSums, utf8: boolean): string {
  const all = Object.entries(cost).map(([currency, sum]) => written(sum, (n) => `${three(n)} ${currency}`, utf8));
  if (all.length === 0) return 'unknown';
  const more = unpriced_runs > 0 && !all[0]!.startsWith('≥') && !all[0]!.startsWith('>=');
  return `${more ? `${utf8 ? '≥' : '>='} ` : ''}${all.join(' + ')}`;
}

/** The sum's interval, how far monitors reach, and what is missing. */
function notesOf({ total, monitored_j, warnings, rows }: TotalJson): string[] {
  const { energy_j: e, total_g: g } = total;
  const out: string[] = [];
  if (e.value !== null && e.high > e.low) out.push(`energy ${energy(e.low)} – ${energy(e.high)} (90 %)`);
  if (g.value !== null && g.high > g.low) out.push(`emissions ${mass(g.low)} – ${mass(g.high)} (90 %)`);
  if (rows.some(({ kind }) => kind !== 'runs')) out.push(`monitors metered ${energy(monitored_j)} of it`);
  const missing = [e, g].flatMap((sum) => (sum.value === null ? [sum.why] : []));
  return [...out, ...new Set(missing), ...warnings.map(({ message }) => message)];
}

/** Each sum with its interval and unit in the name, as CSV. */
export const sumColumns = (sums: TotalSums, currencies: readonly string[]): Record<string, string | number | null> => ({
  ...columnsOf('energy_j', sums.energy_j),
  ...columnsOf('facility_j', sums.facility_j),
  ...columnsOf('operational_g', sums.operational_g),
  ...columnsOf('embodied_g', sums.embodied_g),
  ...columnsOf('total_g', sums.total_g),
  ...Object.assign({}, ...currencies.map((name) => columnsOf(`cost_${name}`, sums.cost[name] ?? null))),
  unpriced_runs: sums.unpriced_runs,
});

/** A line a row, and one of the total; units stand in the names, and what is not known stays empty. */
export function totalRows({ rows, total, by }: TotalJson): Record<string, string | number | null>[] {
  const currencies = Object.keys(total.cost);
  const line = (kind: string, key: string | null, sums: TotalSums) => ({
    ...{ kind, [by ?? 'key']: key, runs: sums.runs },
    ...sumColumns(sums, currencies),
  });
  return [...rows.map((row) => line(row.kind, row.key, row)), line('total', null, total)];
}

/** A sum as five columns of CSV. */
function columnsOf(name: string, sum: AnySum | null): Record<string, number | null> {
  const known = sum === null || sum.value === null ? null : sum;
  return {
    ...{ [name]: known?.value ?? null, [`${name}_low`]: known?.low ?? null, [`${name}_high`]: known?.high ?? null },
    [`${name}_known`]: sum === null ? null : knownIn(sum),
    [`${name}_unknown_runs`]: sum === null ? null : sum.value === null ? sum.unknown_runs : 0,
  };
}
