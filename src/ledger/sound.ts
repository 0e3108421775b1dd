// Asks a question over a table's segments and survives damaged ones: one bad file must not blind the ledger.

import { Fault } from '../core/fault.ts';
import type { Engine } from './engine.ts';
import type { TableName } from './records.ts';
import { type Segments, segmentsOf } from './segments.ts';
import { tableOf } from './tables.ts';

/**
 * What `ask` makes of a FROM clause over the segments in these folders (null where there are none) and of the files
 * that cannot be read. Where the engine fails on it, the files that break it are found one by one and it is asked
 * once more without them.
 */
export async function askSound<T>(
  engine: Engine,
  table: TableName,
  folders: readonly string[],
  ask: (from: string | null, broken: readonly string[]) => Promise<T>,
): Promise<T> {
  const segments = segmentsOf(folders, table);
  try {
    return await ask(tableOf(table, segments), segments.broken);
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'engine-failed')) throw error;
    // Listed anew: a segment that was compacted meanwhile has another name.
    const sound = await soundOf(engine, table, segmentsOf(folders, table));
    return ask(tableOf(table, sound), sound.broken);
  }
}

/** The segments that can be read to their end, each tried alone. */
export async function soundOf(engine: Engine, table: TableName, segments: Segments): Promise<Segments> {
  const broken = new Set(segments.broken);
  for (const kind of ['open', 'parquet'] as const) {
    for (const file of segments[kind]) {
      const from = tableOf(table, { open: [], parquet: [], [kind]: [file] });
      if (!(await isReadable(engine, from!))) broken.add(file);
    }
  }
  const kept = (files: readonly string[]) => files.filter((file) => !broken.has(file));
  return { open: kept(segments.open), parquet: kept(segments.parquet), broken: [...broken] };
}

async function isReadable(engine: Engine, from: string): Promise<boolean> {
  try {
    await engine.run(`SELECT bit_xor(hash(t)) FROM ${from} t`); // every value of every row
    return true;
  } catch {
    return false;
  }
}
