// DuckDB over the ledger's files: loaded only when asked, in memory, with a bounded working set.

import type { DuckDBConnection } from '@duckdb/node-api';
import { fault, reasonOf } from '../core/fault.ts';

export interface Engine {
  /** Columns by name; numbers as numbers (BIGINT included), absent values as null. */
  columns(sql: string): Promise<Record<string, unknown[]>>;
  run(sql: string): Promise<void>;
  close(): void;
}

/**
 * Opens an engine of its own with at most `memory` for its working set. Rejects with Fault engine-missing; its calls
 * with engine-failed.
 */
export async function openEngine(memory = '700MB'): Promise<Engine> {
  let connection: DuckDBConnection;
  try {
    const { DuckDBInstance } = (await import('@duckdb/node-api')).default;
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: memory,
      preserve_insertion_order: 'false',
    });
    connection = await instance.connect();
  } catch (cause) {
    throw fault('engine-missing', { facts: { why: reasonOf(cause) }, cause });
  }
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

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
