// Reads a PUE or a price that changes with time, as people bring it: CSV or Parquet with `timestamp` and a column of values.
//
// Rows hold until the next one, as those of an intensity do (file-series.ts).

import { basename } from 'node:path';
import { readTable } from './file.ts';
import { orderedRows } from './file-series.ts';
import { type Bad, badIn, type FileRow, type Table, timeOf } from './file-table.ts';
import type { ValueSeries } from './values.ts';

export interface ValueFile extends ValueSeries {
  /** What was made of the file, in sentences. */
  readonly notes: readonly string[];
}
export interface PriceFile extends ValueFile {
  /** Three capital letters; the values are of 1 kWh. */
  readonly currency: string;
}

/** Facility energy over IT energy by time: columns `timestamp`, `pue`. Rejects with Fault file-unreadable, file-bad. */
export async function readPueFile(path: string): Promise<ValueFile> {
  const table = await readTable(path);
  const column = table.header.findIndex((name) => name.trim().toLowerCase() === 'pue');
  if (column < 0) throw missing(path, table, 'pue');
  const convert = (value: number) => (value >= 1 && value <= 10 ? value : null);
  return valuesOf(path, table, { column, convert, right: 'a PUE: facility energy over IT energy, from 1 to 10' });
}

/** `eur_per_kwh`, `USD/MWh`, and the downloads of ENTSO-E: `Day-ahead Price [EUR/MWh]`. */
const PRICE = /(?:^|[^a-z])([a-z]{3})(?:_per_|\/)([km])wh\]?$/i;

/**
 * Prices of electricity by time: columns `timestamp` and one such as `eur_per_kwh` or `eur_per_mwh`, which may be below 0.
 * Rejects with Fault file-unreadable, file-bad.
 */
export async function readPriceFile(path: string): Promise<PriceFile> {
  const table = await readTable(path);
  const found = table.header.map((name) => PRICE.exec(name.trim()));
  const column = found.findIndex((match) => match !== null);
  if (column < 0) throw missing(path, table, 'eur_per_kwh');
  const [, currency, unit] = found[column]!;
  const scale = unit!.toLowerCase() === 'm' ? 1e-3 : 1;
  const convert = (value: number) => value * scale;
  const values = valuesOf(path, table, { column, convert, right: 'a price, such as 0.12' });
  return { ...values, currency: currency!.toUpperCase() };
}

interface Wanted {
  readonly column: number;
  /** Null: it cannot be. */
  convert(value: number): number | null;
  /** What would be right. */
  readonly right: string;
}

function valuesOf(path: string, table: Table, { column, convert, right }: Wanted): ValueFile {
  const bad = badIn(path, table.place);
  const header = table.header.map((name) => name.trim().toLowerCase());
  const from = ['timestamp', 'from', 'from_ms'].map((name) => header.indexOf(name)).find((i) => i >= 0);
  if (from === undefined) throw missing(path, table, 'timestamp');
  const to = ['to', 'to_ms', 'end'].map((name) => header.indexOf(name)).find((i) => i >= 0);
  if (table.rows.length === 0) throw bad('it has no rows', 'at least one row after the header');
  const rows = table.rows.map(({ at, cells }): FileRow => {
    const wrong = (problem: string, hint: string) => bad(problem, hint, at);
    const end = to === undefined ? '' : (cells[to] ?? '');
    const row = { at, from_ms: timeOf(cells[from], header[from]!, wrong), quality: 'measured' as const };
    const to_ms = end === '' ? null : timeOf(end, header[to!]!, wrong);
    return { ...row, to_ms, g_per_kwh: checked(cells[column], { convert, right, wrong }) };
  });
  const { unique, to_ms, said } = orderedRows(path, { rows, place: table.place });
  const name = basename(path);
  return {
    ...{ from_ms: unique.map(({ from_ms }) => from_ms), to_ms, value: unique.map(({ g_per_kwh }) => g_per_kwh!) },
    ...{ source: name, notes: said.map((note) => `${name}: ${note}`) },
  };
}

function checked(
  cell: unknown,
  { convert, right, wrong }: Pick<Wanted, 'convert' | 'right'> & { wrong(problem: string, hint: string): Error },
): number {
  const text = String(cell ?? '').trim();
  const value = text === '' ? Number.NaN : Number(text);
  const known = Number.isFinite(value) ? convert(value) : null;
  if (known === null) throw wrong(`"${text}" cannot be used`, `${right}; leave rows out where nothing is known`);
  return known;
}

function missing(path: string, { header, place }: Table, column: string): Error {
  const bad: Bad = badIn(path, place);
  return bad(
    `there is no column "${column}" (found: ${header.join(', ') || 'nothing'})`,
    `a header with timestamp and ${column}, separated by commas`,
  );
}
