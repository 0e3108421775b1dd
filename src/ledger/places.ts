// Which writer of which run a file of rows belongs to, and the engine's columns as rows.

import { basename, dirname, join } from 'node:path';
import type { RunEntry, WriterEntry } from './runs.ts';

export interface Place {
  readonly run: string;
  readonly writer: WriterEntry;
}

/** The writers of these runs by their folders, in which the files of their rows lie. */
export function placesOf(runs: readonly RunEntry[]): Map<string, Place> {
  return new Map(
    runs.flatMap((run) => run.writers.map((writer) => [writer.folder, { run: run.record.id, writer }] as const)),
  );
}

export const writersOf = (places: ReadonlyMap<string, Place>): WriterEntry[] =>
  [...places.values()].map(({ writer }) => writer);

/** Columns of equal length turned into objects. */
export function rowsOf<T>(columns: Record<string, unknown[]>): T[] {
  const names = Object.keys(columns);
  const count = columns[names[0]!]?.length ?? 0;
  return Array.from(
    { length: count },
    (_, i) => Object.fromEntries(names.map((name) => [name, columns[name]![i]])) as T,
  );
}

/** As a run's reader sees it: its writer and its name. */
export const damagedFile = (file: string): string =>
  `records were damaged: ${join(basename(dirname(file)), basename(file))}`;
