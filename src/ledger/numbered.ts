// Files of a run that follow one another: amend.000001.json, statement.000001.json. Each is made once, with the next number.
//
// Nobody overwrites one: of two writers at once the second finds its number taken and looks again.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOnce } from './durable.ts';

export interface Numbered<T> {
  readonly number: number;
  readonly file: string;
  /** Null where the file is missing, as numbers leave no gap, or cannot be understood. */
  readonly value: T | null;
}

/** A kind of such files: the beginning of their names, and whether a JSON value is one. */
export interface Sequel<T> {
  readonly stem: 'amend' | 'statement' | 'resume' | 'move';
  check(value: unknown): value is T;
}

/** All of a kind in a run's folder, in order. */
export function readNumbered<T>(folder: string, { stem, check }: Sequel<T>): Numbered<T>[] {
  const name = new RegExp(`^${stem}\\.(\\d{6,})\\.json$`);
  const last = Math.max(0, ...names(folder).map((one) => Number(name.exec(one)?.[1] ?? 0)));
  return Array.from({ length: last }, (_, i) => {
    const file = fileName(stem, i + 1);
    return { number: i + 1, file, value: read(join(folder, file), check) };
  });
}

/**
 * Makes the next of a kind, from what is there; `make` gives null where nothing is to be kept after all. It is asked again
 * where another writer was faster. Throws what the file system says.
 */
export function createNext<T>(
  folder: string,
  sequel: Sequel<T>,
  make: (there: readonly Numbered<T>[]) => T | null,
): { readonly number: number; readonly value: T } | null {
  for (;;) {
    const there = readNumbered(folder, sequel);
    const value = make(there);
    if (value === null) return null;
    const number = (there.at(-1)?.number ?? 0) + 1;
    if (createOnce(join(folder, fileName(sequel.stem, number)), `${JSON.stringify(value)}\n`)) return { number, value };
  }
}

const fileName = (stem: string, number: number): string => `${stem}.${String(number).padStart(6, '0')}.json`;

function read<T>(file: string, check: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return check(value) ? value : null;
  } catch {
    return null;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
