// Reads an intensity series that people bring: CSV, Parquet or JSON, told apart by what is in the file.
//
// A small CSV is what `joulebook run` begins with, so all else is loaded only when it is there.

import { readFile } from 'node:fs/promises';
import { fault, reasonOf } from '../core/fault.ts';
import { isParquet, parquetRows } from '../core/parquet.ts';
import { type IntensityFile, seriesOfRows } from './file-series.ts';
import { badIn, type FileRows, type Table, tableRows } from './file-table.ts';

/** Rejects with Fault file-unreadable, file-bad (with the line or row). */
export async function readIntensityFile(path: string): Promise<IntensityFile> {
  return seriesOfRows(path, await rowsOf(path, await bytesOf(path)));
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file: path, why: reasonOf(cause) }, cause });
  }
}

async function rowsOf(file: string, bytes: Buffer): Promise<FileRows> {
  if (isParquet(bytes)) return tableRows(await parquetTable(file, bytes), badIn(file, 'row'));
  const bad = badIn(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw bad('it is compressed', 'give <(zcat FILE), or unpack it');
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const first = text.trimStart()[0];
  if (first === '{' || first === '[') return (await import('./file-json.ts')).jsonRows(file, text);
  if (first === '<') throw bad('it is HTML or XML', 'CSV, Parquet or JSON: see docs/formats/files.md');
  return tableRows(await csvTable(file, text), bad);
}

/** A CSV or Parquet file as a table of cells. Rejects with Fault file-unreadable, file-bad. */
export async function readTable(path: string): Promise<Table> {
  const bytes = await bytesOf(path);
  if (isParquet(bytes)) return parquetTable(path, bytes);
  return csvTable(path, bytes.toString('utf8').replace(/^\ufeff/, ''));
}

async function csvTable(file: string, text: string): Promise<Table> {
  const { parse } = await import('csv-parse/sync');
  const options = { relax_column_count: true, skip_empty_lines: true, trim: true, info: true } as const;
  let found: { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
  try {
    found = parse(text, options) as unknown as typeof found;
  } catch (cause) {
    throw badIn(file)(reasonOf(cause), 'one row a line, fields separated by commas', undefined, cause);
  }
  const rows = found.slice(1).map(({ record, info }) => ({ at: info.lines, cells: record }));
  return { header: found[0]?.record ?? [], rows, place: 'line' };
}

async function parquetTable(file: string, bytes: Buffer): Promise<Table> {
  try {
    const { rows, local } = await parquetRows(bytes);
    const header = Object.keys(rows[0] ?? {});
    return {
      header,
      local,
      place: 'row',
      rows: rows.map((row, i) => ({ at: i + 1, cells: header.map((name) => row[name]) })),
    };
  } catch (cause) {
    throw badIn(file)(
      `not a readable Parquet file: ${reasonOf(cause)}`,
      'write it again, or give CSV',
      undefined,
      cause,
    );
  }
}
