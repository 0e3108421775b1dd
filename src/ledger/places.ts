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
  const lists = names.map((name) => columns[name]!);
  return Array.from({ length: lists[0]?.length ?? 0 }, (_, i) => {
    const row: Record<string, unknown> = {};
    for (let k = 0; k < names.length; k++) row[names[k]!] = lists[k]![i]; // rows of one shape: many times faster than fromEntries
    return row as T;
  });
}

/** As a run's reader sees it: its writer and its name. */
export const damagedFile = (file: string): string =>
  `records were damaged: ${join(basename(dirname(file)), basename(file))}`;
