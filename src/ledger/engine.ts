// DuckDB over the ledger's files: loaded only when asked, in memory, with a bounded working set.

import type { DuckDBConnection } from '@duckdb/node-api';
import { fault, reasonOf } from '../core/fault.ts';

export interface Engine {
  /** Columns by name; numbers as numbers (BIGINT included), absent values as null. */
  columns(sql: string): Promise<Record<string, unknown[]>>;
  run(sql: string): Promise<void>;
  close(): void;
}

/** One engine for many questions at a time, each on a connection of its own; close it when no connection is in use. */
export interface Engines {
  connect(): Promise<Engine>;
  close(): void;
}

/**
 * Opens an engine of its own with at most `memory` for its working set. Rejects with Fault engine-missing; its calls
 * with engine-failed.
 */
export async function openEngine(memory = '700MB'): Promise<Engine> {
  return (await openEngines(memory)).connect();
}

/** The same for many connections. Footers of Parquet files are kept in memory where `footers` says so. */
export async function openEngines(memory = '700MB', { footers = false } = {}): Promise<Engines> {
  try {
    const { DuckDBInstance } = (await import('@duckdb/node-api')).default;
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: memory,
      preserve_insertion_order: 'false',
    });
    const first = await instance.connect();
    if (footers) await first.run('LOAD parquet; SET parquet_metadata_cache = true');
    first.closeSync();
    return { connect: async () => engineOn(await instance.connect()), close: () => instance.closeSync() };
  } catch (cause) {
    throw fault('engine-missing', { facts: { why: reasonOf(cause) }, cause });
  }
}

function engineOn(connection: DuckDBConnection): Engine {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw fault('engine-failed', { facts: { why: reasonOf(cause) }, cause });
    }
  };
  return {
    columns: (sql) =>
      guarded(async () => {
        const result = await connection.run(sql);
        const names = result.columnNames();
        const out: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]));
        for (
          let chunk = await result.fetchChunk();
          chunk !== null && chunk.rowCount > 0;
          chunk = await result.fetchChunk()
        ) {
          for (let i = 0; i < names.length; i++) {
            const into = out[names[i]!]!;
            for (const value of chunk.getColumnValues(i)) into.push(typeof value === 'bigint' ? Number(value) : value);
          }
        }
        return out;
      }),
    run: (sql) => guarded(async () => void (await connection.run(sql))),
    close: () => connection.closeSync(),
  };
}

/** A text in a query. A NUL would end the whole query there: it stands as U+FFFD, which no name of ours has. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''").replaceAll('\0', '\ufffd')}'`;
