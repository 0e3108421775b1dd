// Follows what one writer adds to its files, from the first row on, reading each byte once and nothing twice.
//
// An open segment is read as it grows. One that was sealed before it had been read to its end is read as Parquet, whose
// rows are in another order: what is known already is told by the time up to which a device, or the log, has been read.

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventRow, StepRow } from '../ledger/records.ts';
import { SEGMENT } from '../ledger/records.ts';
import { isParquet } from '../ledger/segments.ts';
import type { LiveRow } from '../run/live-account.ts';
import { COLUMNS, eventIn, rowIn, stepIn } from './rows-in.ts';

export interface TailEvents {
  energy(row: LiveRow): void;
  step(row: StepRow): void;
  event(row: EventRow): void;
}

export interface Tail {
  /** Tells what is new. Never rejects. */
  read(): Promise<void>;
  /** Files that could not be read: what they hold is missing. */
  readonly broken: readonly string[];
}

type Table = 'energy' | 'steps' | 'events';
/** Events first: what a row of energy was used for may be told by one. */
const FOLLOWED: readonly Table[] = ['events', 'energy', 'steps'];
const BLOCK = 1 << 20;

/** Follows the writer whose folder this is. */
export function createTail(folder: string, on: TailEvents): Tail {
  const done = new Set<string>();
  const offsets = new Map<string, number>();
  const broken: string[] = [];
  /** ms up to which rows have been told: of devices, and of steps and events. */
  const metered = new Map<string, number>();
  const reached = new Map<Table, number>();

  const take = (table: Table, value: unknown) => {
    if (table === 'energy') {
      const row = rowIn(value);
      if (row === null || row.from_ms < (metered.get(row.device) ?? 0)) return;
      metered.set(row.device, row.to_ms);
      return on.energy(row);
    }
    const row = table === 'steps' ? stepIn(value) : eventIn(value);
    if (row === null) return;
    reached.set(table, Math.max(reached.get(table) ?? 0, row.at_ms));
    if (table === 'steps') on.step(row as StepRow);
    else on.event(row as EventRow);
  };
  const lines = (table: Table, name: string) => {
    offsets.set(
      name,
      readLines(join(folder, name), offsets.get(name) ?? 0, (line) => take(table, parsed(line))),
    );
  };
  const parquet = async (table: Table, name: string) => {
    const before = reached.get(table) ?? Number.NEGATIVE_INFINITY;
    for (const row of await rowsOf(table, join(folder, name))) {
      // Rows of one instant may be known in part: better one too few than one twice.
      if (table === 'energy' || (row.at_ms as number) > before) take(table, row);
    }
  };
  const readTable = async (table: Table, names: readonly string[]) => {
    const stems = [...new Set(names.map((name) => name.replace(/\.\w+$/, '')))].sort();
    for (const stem of stems) {
      if (done.has(stem)) continue;
      const [open, sealed] = [names.includes(`${stem}.open`), names.includes(`${stem}.parquet`)];
      try {
        if (open) lines(table, `${stem}.open`);
        else if (sealed) await parquet(table, `${stem}.parquet`);
        // A segment is complete when the next one is there, or when it has been sealed.
        if (sealed || stem !== stems.at(-1)) done.add(stem);
        // Others in this thread have their turn between two segments.
        if (stem !== stems.at(-1)) await new Promise((resolve) => setImmediate(resolve));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // sealed just now: next time
        done.add(stem);
        broken.push(`${stem}.${open ? 'open' : 'parquet'}`);
      }
    }
  };
  return {
    broken,
    async read() {
      const names = namesOf(folder);
      for (const table of FOLLOWED) {
        await readTable(
          table,
          names.filter((name) => SEGMENT.exec(name)?.[1] === table),
        );
      }
    },
  };
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Tells the whole lines from an offset on and gives the offset after them; a torn last line waits for its end. */
function readLines(path: string, from: number, tell: (line: string) => void): number {
  const fd = openSync(path, 'r');
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    for (let at = from; ; ) {
      const count = readSync(fd, block, 0, BLOCK, at);
      const end = block.subarray(0, count).lastIndexOf(0x0a);
      if (end < 0 && count < BLOCK) return at;
      // A line of a megabyte is none of ours.
      const text = block.toString('utf8', 0, Math.max(end, 0));
      for (const line of text.split('\n')) if (line !== '') tell(line);
      at += end < 0 ? count : end + 1;
    }
  } finally {
    closeSync(fd);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // torn by a kill, or damaged: the report counts them
  }
}

async function rowsOf(table: Table, path: string): Promise<Record<string, unknown>[]> {
  if (!isParquet(path)) throw new Error('cut short');
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  // Segments sealed before a column was added do not have it.
  const there = new Set(parquetMetadata(file).schema.map(({ name }) => name));
  const columns = COLUMNS[table].filter((name) => there.has(name));
  return (await parquetReadObjects({ file, columns, compressors })) as Record<string, unknown>[];
}
