// The tables as SQL over their segments: Parquet where sealed, JSON lines where still open.

import { quoted } from './engine.ts';
import type { TableName } from './records.ts';
import type { Segments } from './segments.ts';

const COLUMNS: Record<TableName, Record<string, string>> = {
  energy: {
    ...{ device: 'VARCHAR', from_ms: 'BIGINT', to_ms: 'BIGINT', energy_j: 'DOUBLE', low_j: 'DOUBLE', high_j: 'DOUBLE' },
    ...{ min_w: 'DOUBLE', max_w: 'DOUBLE', source: 'VARCHAR', quality: 'VARCHAR', why: 'VARCHAR' },
  },
  steps: {
    ...{ at_ms: 'DOUBLE', step: 'DOUBLE', epoch: 'DOUBLE', tokens: 'DOUBLE', tokens_are: 'VARCHAR', samples: 'DOUBLE' },
    ...{ batch: 'DOUBLE', lr: 'DOUBLE', loss: 'DOUBLE', phase: 'VARCHAR', metrics: 'JSON', it_j: 'DOUBLE' },
    ...{ total: 'DOUBLE', units: 'JSON', rank: 'DOUBLE', told: 'VARCHAR' },
  },
  events: { at_ms: 'DOUBLE', event: 'VARCHAR', device: 'VARCHAR', message: 'VARCHAR', facts: 'JSON' },
  usage: {
    ...{ device: 'VARCHAR', from_ms: 'BIGINT', to_ms: 'BIGINT', pid: 'BIGINT', pid_start: 'BIGINT' },
    ...{ ancestors: 'VARCHAR', uid: 'BIGINT', name: 'VARCHAR', share: 'DOUBLE' },
  },
};

/** What the segments of one sort order their rows by when they are sealed. */
const SORTED: Record<TableName, string> = {
  ...{ energy: 'device, from_ms', steps: 'at_ms', events: 'at_ms', usage: 'from_ms, device' },
};

/** What every row has. A line that is not whole JSON (torn by a kill) reads as a row of nulls; brokenLines() counts it. */
const WHOLE: Record<TableName, string> = {
  energy: 'device IS NOT NULL AND to_ms > from_ms',
  steps: 'at_ms IS NOT NULL',
  events: 'at_ms IS NOT NULL AND event IS NOT NULL',
  usage: 'device IS NOT NULL AND to_ms > from_ms',
};

/** What WHOLE asks for, and the kind of each column, before a row is in a table. */
const NEEDED: Record<TableName, readonly string[]> = {
  ...{ energy: ['device', 'from_ms', 'to_ms'], steps: ['at_ms'], events: ['at_ms', 'event'] },
  usage: ['device', 'from_ms', 'to_ms'],
};
const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...{ VARCHAR: (value) => typeof value === 'string', JSON: (value) => typeof value === 'object' },
  ...{ DOUBLE: Number.isFinite, BIGINT: Number.isFinite },
};
const CHECKS = Object.fromEntries(
  Object.entries(COLUMNS).map(([table, columns]) => [
    table,
    Object.entries(columns).map(([name, type]) => [name, KINDS[type]!] as const),
  ]),
) as Record<TableName, (readonly [string, (value: unknown) => boolean])[]>;

/** Whether a line's value is a whole row of the table; columns that are not known here are left alone. */
export function isRow(table: TableName, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Record<string, unknown>;
  for (const name of NEEDED[table]) if (row[name] === undefined || row[name] === null) return false;
  for (const [name, fits] of CHECKS[table]) {
    const cell = row[name];
    if (cell !== undefined && cell !== null && !fits(cell)) return false;
  }
  return !('to_ms' in row) || (row.to_ms as number) > (row.from_ms as number);
}

/** A FROM clause over the whole rows of the segments, with the column `filename`; null where there are none. */
export function tableOf(table: TableName, { open, parquet }: Pick<Segments, 'open' | 'parquet'>): string | null {
  const select = `SELECT ${Object.keys(COLUMNS[table]).join(', ')}, filename FROM`;
  const parts: string[] = [];
  // By name, beside no rows of all columns: segments sealed before a column was added have it as null.
  const sealed = `(${noRows(table)} UNION ALL BY NAME SELECT * FROM read_parquet(${list(parquet)}, filename = true, union_by_name = true))`;
  if (parquet.length > 0) parts.push(`${select} ${sealed} WHERE ${WHOLE[table]}`);
  if (open.length > 0) parts.push(`${select} ${linesOf(table, open)} WHERE ${WHOLE[table]}`);
  return parts.length === 0 ? null : `(${parts.join(' UNION ALL ')})`;
}

function noRows(table: TableName): string {
  const columns = Object.entries(COLUMNS[table]).map(([name, type]) => `NULL::${type} AS ${name}`);
  return `SELECT ${columns.join(', ')} WHERE false`;
}

/** A FROM clause over Parquet files of other rows, with the column `filename`. */
export const parquetRows = (files: readonly string[]): string => `read_parquet(${list(files)}, filename = true)`;

/** The statement that writes one open segment as Parquet. */
export function sealStatement(table: TableName, open: string, parquet: string): string {
  const names = Object.keys(COLUMNS[table]).join(', ');
  return (
    `COPY (SELECT ${names} FROM ${linesOf(table, [open])} WHERE ${WHOLE[table]} ORDER BY ${SORTED[table]}) ` +
    `TO ${quoted(parquet)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`
  );
}

function linesOf(table: TableName, files: readonly string[]): string {
  const columns = Object.entries(COLUMNS[table])
    .map(([name, type]) => `${name}: ${quoted(type)}`)
    .join(', ');
  return `read_json(${list(files)}, format = 'newline_delimited', columns = {${columns}}, ignore_errors = true, filename = true, maximum_object_size = 4194304)`;
}

/** Each file by its own name: the engine would take [ ] * ? in a path for a pattern and read others' files. */
function list(files: readonly string[]): string {
  return `[${files.map((path) => quoted(path.replace(/[[*?]/g, '[$&]'))).join(', ')}]`;
}
