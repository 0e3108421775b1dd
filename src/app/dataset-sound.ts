// Whether a data set that somebody made can be what it says: its tables as a whole, and single rows, which are left out and
// told where they cannot. Hashes alone do not tell: who changes a table can write its hash anew.

import { join } from 'node:path';
import { badDataset, type Dataset } from '../exchange/dataset/manifest.ts';
import { columnsOf, type Row, TABLE_NAMES, type TableName, wrongWith } from '../exchange/dataset/tables.ts';
import type { Rejections } from '../exchange/found.ts';
import { columnsIn, MOST_MS } from '../ledger/dataset-in.ts';
import type { Engine } from '../ledger/engine.ts';

const NUMBER = /^(DOUBLE|FLOAT|U?(TINY|SMALL|BIG)?INT(EGER)?)$/;
/** The engine's types of what a table's columns hold. */
const TYPES = { text: /^VARCHAR$/, flag: /^BOOLEAN$/, number: NUMBER, integer: NUMBER } as const;

/** Each table can be read and has the columns that it needs. Rejects with Fault dataset-bad. */
export async function haveColumns(engine: Engine, path: string, { folder, manifest }: Dataset): Promise<void> {
  for (const table of TABLE_NAMES) {
    const { file } = manifest.tables[table];
    const there = await columnsIn(engine, join(folder, file)).catch((cause: unknown) => {
      throw badDataset(path, `${file} cannot be read as Parquet`, cause);
    });
    for (const { name, type, empty } of columnsOf(table)) {
      const found = there.get(name);
      if (found === undefined && empty && table !== 'energy' && table !== 'steps') continue; // added later
      if (found === undefined) throw badDataset(path, `${file} has no column ${name}`);
      if (!TYPES[type].test(found)) throw badDataset(path, `${file}: ${name} is ${found}, not a ${type}`);
    }
  }
}

/** Segments that a run can have: each once, and from one time to a later one. */
export function possible(rejected: Rejections): (row: Row, i: number) => boolean {
  const seen = new Set<string>();
  return ({ run, segment, started_at_ms, ended_at_ms }, i) => {
    const [from_ms, to_ms] = [Number(started_at_ms), Number(ended_at_ms ?? started_at_ms)];
    const key = `${run} ${segment}`;
    const wrong = seen.has(key)
      ? 'one that is there already'
      : !(Math.abs(from_ms) <= MOST_MS && Math.abs(to_ms) <= MOST_MS && from_ms <= to_ms)
        ? 'times that cannot be'
        : null;
    seen.add(key);
    if (wrong !== null) rejected.add(`segments: ${wrong}`, i + 1);
    return wrong === null;
  };
}

/** Rows that are what they should be. */
export function sound(
  table: TableName,
  rows: readonly Readonly<Record<string, unknown>>[],
  rejected: Rejections,
): Row[] {
  return rows.flatMap((row, i) => {
    const wrong = wrongWith(table, row);
    if (wrong === null) return [row as Row];
    rejected.add(`${table}: ${wrong}`, i + 1);
    return [];
  });
}
