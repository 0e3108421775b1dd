// Reads the certificates that people bring: CSV or Parquet, a row for each, with the kWh that it stands for and its period.
//
// Periods may overlap and several certificates may be of one hour, so nothing is laid over anything here. A period without an
// end is as long as the rows are usually apart, and never reaches into the next row's: a night without rows stays without.

import { basename } from 'node:path';
import { readTable } from './file.ts';
import { type Bad, badIn, type Table, timeOf, type Wrong } from './file-table.ts';

export interface CertificateFile {
  /** Half-open periods in order of time, kWh, and gCO2e for each of them. */
  readonly rows: readonly Certificate[];
  /** The file's name. */
  readonly source: string;
  /** What was made of the file, in sentences. */
  readonly notes: readonly string[];
}

/** Electricity of so many kWh, generated in [from_ms, to_ms). */
export interface Certificate {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly kwh: number;
  readonly g_per_kwh: number;
}

/** As an intensity's: more is a wrong unit. */
const ABSURD = 3000;
const NAMES = {
  from: ['timestamp', 'from', 'from_ms'],
  to: ['to', 'to_ms', 'end'],
  energy: ['kwh', 'mwh'],
  g: ['g_per_kwh', 'gco2e_per_kwh', 'gco2_per_kwh'],
  id: ['certificate', 'id'],
} as const;
type Columns = Readonly<Record<keyof typeof NAMES, number>>;

/** Rejects with Fault file-unreadable, file-bad (with the line or row). */
export async function readCertificateFile(path: string): Promise<CertificateFile> {
  const table = await readTable(path);
  const header = table.header.map((name) => name.trim().toLowerCase());
  const at = (names: readonly string[]) => names.map((name) => header.indexOf(name)).find((i) => i >= 0) ?? -1;
  const columns = Object.fromEntries(Object.entries(NAMES).map(([key, names]) => [key, at(names)])) as Columns;
  const bad = badIn(path, table.place);
  for (const [name, i] of [['timestamp', columns.from] as const, ['kwh', columns.energy] as const])
    if (i < 0)
      throw bad(
        `there is no column "${name}" (found: ${table.header.join(', ') || 'nothing'})`,
        'a header with timestamp and kwh, and to, g_per_kwh and certificate where they are known',
      );
  if (table.rows.length === 0) throw bad('it has no rows', 'at least one row after the header');
  unique(path, table, columns.id);
  const told = table.rows
    .map(({ at: line, cells }) => rowOf(cells, { header, columns, wrong: (p, h) => bad(p, h, line) }))
    .sort((a, b) => a.from_ms - b.from_ms);
  const rows = withEnds(told, bad);
  const name = basename(path);
  return { rows, source: name, notes: notesOf(rows, columns, header).map((note) => `${name}: ${note}`) };
}

interface Cells {
  readonly header: readonly string[];
  readonly columns: Columns;
  readonly wrong: Wrong;
}

function rowOf(cells: readonly unknown[], { header, columns, wrong }: Cells) {
  const { from, to, energy, g } = columns;
  const from_ms = timeOf(cells[from], header[from]!, wrong);
  const end = to < 0 ? '' : (cells[to] ?? '');
  const to_ms = end === '' ? null : timeOf(end, header[to]!, wrong);
  if (to_ms !== null && to_ms <= from_ms) throw wrong('it ends before it begins', 'an end after the beginning');
  const amount = number(cells[energy], Number.POSITIVE_INFINITY, () =>
    wrong(`"${said(cells[energy])}" is not an amount of energy`, `${header[energy]!.replace('wh', 'Wh')}, 0 or more`),
  );
  const empty = g < 0 || said(cells[g]) === '';
  const g_per_kwh = empty
    ? 0
    : number(cells[g], ABSURD, () =>
        wrong(`"${said(cells[g])}" is not an intensity`, `gCO2e per kWh, from 0 to ${ABSURD}; nothing for 0`),
      );
  return { from_ms, to_ms, kwh: header[energy] === 'mwh' ? amount * 1000 : amount, g_per_kwh };
}

const said = (cell: unknown): string => String(cell ?? '').trim();

function number(cell: unknown, most: number, wrong: () => Error): number {
  const value = said(cell) === '' ? Number.NaN : Number(said(cell));
  if (Number.isFinite(value) && value >= 0 && value <= most) return value;
  throw wrong();
}

/** One certificate counts once. */
function unique(path: string, { rows, place }: Table, column: number): void {
  const seen = new Map<string, number>();
  for (const { at, cells } of column < 0 ? [] : rows) {
    const id = said(cells[column]);
    const before = seen.get(id);
    if (id !== '' && before !== undefined)
      throw badIn(path, place)(
        `certificate "${id.slice(0, 60)}" is in ${place} ${before} already`,
        'each certificate once',
        at,
      );
    seen.set(id, at);
  }
}

type Open = Omit<Certificate, 'to_ms'> & { readonly to_ms: number | null };

function withEnds(told: readonly Open[], bad: Bad): Certificate[] {
  const step_ms = usualStep(told.map(({ from_ms }) => from_ms));
  let next_ms = Number.POSITIVE_INFINITY;
  return told
    .map((_, i) => {
      const { to_ms, ...row } = told[told.length - 1 - i]!;
      const after = told[told.length - i];
      if (after !== undefined && after.from_ms > row.from_ms) next_ms = after.from_ms;
      if (to_ms === null && step_ms === null)
        throw bad('how long the period of a certificate is cannot be told', 'give its end in a column "to"');
      return { ...row, to_ms: to_ms ?? Math.min(row.from_ms + step_ms!, next_ms) };
    })
    .reverse();
}

/** The most common distance of neighbouring beginnings, ms, the shorter where two are; null where all begin at once. */
function usualStep(sorted_ms: readonly number[]): number | null {
  const counts = new Map<number, number>();
  sorted_ms.forEach((at, i) => {
    const step = i === 0 ? 0 : at - sorted_ms[i - 1]!;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  });
  const [usual] = [...counts].sort(([a, n], [b, m]) => m - n || a - b);
  return usual?.[0] ?? null;
}

function notesOf(rows: readonly Certificate[], columns: Columns, header: readonly string[]): string[] {
  const kwh = rows.reduce((s, row) => s + row.kwh, 0);
  const used = new Set(Object.values(columns));
  const unused = header.filter((_, i) => !used.has(i)).map((name) => `"${name}"`);
  return [
    `${rows.length} ${rows.length === 1 ? 'certificate' : 'certificates'} of ${Number(kwh.toPrecision(6))} kWh`,
    ...(columns.g < 0 ? ['there is no column "g_per_kwh": they are taken for electricity of 0 g/kWh'] : []),
    ...(unused.length === 0 ? [] : [`not used: ${unused.join(', ')}`]),
  ];
}
