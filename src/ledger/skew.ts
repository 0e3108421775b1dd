// Brings the clocks of a run's hosts together: each writer's times are moved to the file server's clock, by the offset
// that it found when it began. One host needs none of it, and a host whose offset is not known leaves all as they are.

import { quoted } from './engine.ts';
import type { WriterRecord } from './records.ts';

/** ms by which each of a run's writers is to be moved, in their order. */
export function shiftsOf(writers: readonly WriterRecord[]): number[] {
  const hosts = new Set(writers.map(({ host, boot_id }) => `${host} ${boot_id}`));
  const known = writers.every(({ clock_offset_ms }) => (clock_offset_ms ?? null) !== null);
  if (hosts.size < 2 || !known) return writers.map(() => 0);
  return writers.map(({ clock_offset_ms, clock_bound_ms }) => {
    const offset = clock_offset_ms ?? 0;
    return Math.abs(offset) > (clock_bound_ms ?? 0) ? Math.round(offset) : 0;
  });
}

export interface Moved {
  readonly folder: string;
  readonly shift_ms: number;
}

/** The FROM clause with the times of moved writers' rows moved; as it is where none is. */
export function movedRows(from: string, writers: Iterable<Moved>, columns: readonly string[]): string {
  const moved = [...writers].filter(({ shift_ms }) => shift_ms !== 0);
  if (moved.length === 0) return from;
  const cases = moved
    .map(({ folder, shift_ms }) => `WHEN starts_with(filename, ${quoted(`${folder}/`)}) THEN ${shift_ms}`)
    .join(' ');
  const replaced = columns.map((column) => `${column} + CASE ${cases} ELSE 0 END AS ${column}`).join(', ');
  return `(SELECT * REPLACE (${replaced}) FROM ${from})`;
}
