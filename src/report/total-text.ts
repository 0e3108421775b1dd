// The total as a table with bars, and as CSV. A sum of which something is not known stands behind ≥, with the reason below.

import colors from 'picocolors';
import { energy, mass, percent, three } from './format.ts';
import { knownOf, type SumOf, type TotalJson, type TotalRow, type TotalSums } from './total.ts';

export interface TotalOptions {
  readonly columns: number;
  readonly color: boolean;
  readonly utf8: boolean;
}

type AnySum = SumOf<'known_j'> | SumOf<'known_g'> | SumOf<'known'>;

/** Lines of at most `columns` characters, as far as names and figures leave room. */
export function totalText(total: TotalJson, { columns, color, utf8 }: TotalOptions): string {
  const paint = colors.createColors(color);
  const wide = columns >= WIDE;
  const head = ['', 'runs', 'energy', 'share', ...(wide ? ['with PUE', 'operational', 'embodied'] : []), 'emissions'];
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
  const rows = total.rows.map((row) => line(clean(nameOf(row, total.by)), row));
  const table = [[...head, ...(priced ? ['cost'] : [])], ...rows, line('total', total.total)];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((cells) => [...cells[i]!].length)));
  const used = 2 + widths.reduce((a, b) => a + b + 2, 0);
  widths[0] = Math.max(LEAST_NAME, Math.min(widths[0]!, widths[0]! + columns - used - LEAST_BAR));
  const bar = Math.max(0, Math.min(MOST_BAR, columns - 2 - widths.reduce((a, b) => a + b + 2, 0)));
  const most = Math.max(...total.rows.map(({ energy_j }) => knownOf(energy_j)), 0);
  const text = (cells: readonly string[], part: number | null): string => {
    const [name, ...rest] = cells.map((cell, i) => fitted(cell, widths[i]!, i === 0));
    const drawn = part === null || bar < LEAST_BAR ? '' : `  ${paint.green(barOf(part, bar, utf8))}`;
    return `  ${[name, ...rest].join('  ')}${drawn}`.trimEnd();
  };
  return `${[
    paint.bold(titleOf(total)),
    paint.dim(text(table[0]!, null)),
    ...total.rows.map((row, i) => text(table[i + 1]!, most > 0 ? knownOf(row.energy_j) / most : 0)),
    paint.bold(text(table.at(-1)!, null)),
    ...notesOf(total).map((note) => paint.dim(`  ${note}`)),
  ].join('\n')}\n`;
}

/** From so many columns on there are columns of what emissions are made of. */
const WIDE = 120;
const LEAST_NAME = 12;
const LEAST_BAR = 6;
const MOST_BAR = 40;

function titleOf({ since_ms, until_ms, by, time_zone }: TotalJson): string {
  const iso = (at_ms: number) => new Date(at_ms).toISOString().replace(/:00\.000Z$/, 'Z');
  const from = since_ms === null ? '' : ` from ${iso(since_ms)}`;
  const to = until_ms === null ? '' : ` until ${iso(until_ms)}`;
  const of = by === null ? '' : `, by ${by.replaceAll(',', ' and ')}${/\bmonth\b/.test(by) ? ` (${time_zone})` : ''}`;
  return `joulebook  total${from}${to}${of}`;
}

function nameOf({ kind, key }: TotalRow, by: TotalJson['by']): string {
  if (kind === 'runs') return by === null ? 'runs' : (key ?? `(no ${by})`);
  return key === null ? kind : `${key} ${kind}`;
}

const shareOf = (row: TotalSums, total: TotalSums): string => {
  const all = knownOf(total.energy_j);
  return all > 0 ? percent(knownOf(row.energy_j) / all) : '';
};

function knownIn(sum: AnySum): number {
  if (sum.value !== null) return sum.value;
  return 'known_j' in sum ? sum.known_j : 'known_g' in sum ? sum.known_g : sum.known;
}

function written(sum: AnySum, write: (n: number) => string, utf8: boolean): string {
  if (sum.value !== null) return write(sum.value);
  const known = knownIn(sum);
  return known > 0 ? `${utf8 ? '≥' : '>='} ${write(known)}` : 'unknown';
}

function costText({ cost, unpriced_runs }: TotalSums, utf8: boolean): string {
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

const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

function fitted(cell: string, width: number, left: boolean): string {
  const letters = [...cell];
  const fitting = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : cell;
  const pad = ' '.repeat(width - [...fitting].length);
  return left ? fitting + pad : pad + fitting;
}

/** Eighths of a block, where there are such letters. */
function barOf(part: number, width: number, utf8: boolean): string {
  if (!utf8) return '#'.repeat(Math.round(part * width));
  const eighths = Math.round(part * width * 8);
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]!;
}

/** A line a row, and one of the total; units stand in the names, and what is not known stays empty. */
export function totalRows({ rows, total, by }: TotalJson): Record<string, string | number | null>[] {
  const currencies = Object.keys(total.cost);
  const line = (kind: string, key: string | null, sums: TotalSums) => ({
    ...{ kind, [by ?? 'key']: key, runs: sums.runs },
    ...columnsOf('energy_j', sums.energy_j),
    ...columnsOf('facility_j', sums.facility_j),
    ...columnsOf('operational_g', sums.operational_g),
    ...columnsOf('embodied_g', sums.embodied_g),
    ...columnsOf('total_g', sums.total_g),
    ...Object.assign({}, ...currencies.map((name) => columnsOf(`cost_${name}`, sums.cost[name] ?? null))),
    unpriced_runs: sums.unpriced_runs,
  });
  return [...rows.map((row) => line(row.kind, row.key, row)), line('total', null, total)];
}

function columnsOf(name: string, sum: AnySum | null): Record<string, number | null> {
  const known = sum === null || sum.value === null ? null : sum;
  return {
    ...{ [name]: known?.value ?? null, [`${name}_low`]: known?.low ?? null, [`${name}_high`]: known?.high ?? null },
    [`${name}_known`]: sum === null ? null : knownIn(sum),
    [`${name}_unknown_runs`]: sum === null ? null : sum.value === null ? sum.unknown_runs : 0,
  };
}
