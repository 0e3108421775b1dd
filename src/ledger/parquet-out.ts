// A table of rows as a Parquet file, written by the engine.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine, quoted } from './engine.ts';

export interface Column {
  readonly name: string;
  readonly type: 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN';
}

/** Writes the columns in their order. Rejects with Fault engine-missing, engine-failed. */
export async function writeParquet(
  file: string,
  columns: readonly Column[],
  rows: readonly Readonly<Record<string, string | number | boolean | null>>[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'joulebook-'));
  const engine = await openEngine();
  try {
    const draft = join(folder, 'rows.json');
    writeFileSync(draft, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const types = columns.map(({ name, type }) => `${quoted(name)}: ${quoted(type)}`).join(', ');
    const from = `read_json(${quoted(draft)}, format = 'newline_delimited', columns = {${types}})`;
    const none = columns.map(({ name, type }) => `NULL::${type} AS "${name}"`).join(', ');
    const all = rows.length === 0 ? `SELECT ${none} WHERE false` : `SELECT * FROM ${from}`;
    await engine.run(`COPY (${all}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    engine.close();
    rmSync(folder, { recursive: true });
  }
}
