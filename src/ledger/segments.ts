// The files that hold a table's rows. Of a segment in both forms the Parquet file counts, unless it is damaged.

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT, type TableName } from './records.ts';

export interface Segments {
  readonly open: readonly string[];
  readonly parquet: readonly string[];
  /** Files whose rows are lost: no Parquet, and no open segment of the same stem is left. */
  readonly broken: readonly string[];
}

/** The segments of a table in some writers' folders, as they lie there now. */
export function segmentsOf(folders: readonly string[], table: TableName): Segments {
  const open: string[] = [];
  const parquet: string[] = [];
  const broken: string[] = [];
  for (const folder of folders) {
    const found = names(folder).filter((name) => SEGMENT.exec(name)?.[1] === table);
    const sealed = new Set<string>();
    for (const name of found.filter((one) => one.endsWith('.parquet'))) {
      const path = join(folder, name);
      const stem = name.slice(0, -'.parquet'.length);
      if (isParquet(path)) {
        parquet.push(path);
        sealed.add(stem);
      } else if (!found.includes(`${stem}.open`)) broken.push(path);
    }
    for (const name of found.filter((one) => one.endsWith('.open'))) {
      const path = join(folder, name);
      if (!sealed.has(name.slice(0, -'.open'.length)) && sizeOf(path) > 0) open.push(path);
    }
  }
  return { open, parquet, broken };
}

/** How many lines of open segments are not whole: torn by a kill or damaged. They are left out of every figure. */
export function brokenLines(segments: Segments): number {
  let broken = 0;
  for (const path of segments.open) {
    const text = quiet(() => readFileSync(path, 'utf8')) ?? '';
    const lines = text.split('\n');
    const last = lines.pop();
    if (last !== '') broken++;
    for (const line of lines) if (!(line.startsWith('{') && line.endsWith('}'))) broken++;
  }
  return broken;
}

/** Whether a file begins and ends as Parquet does: one cut short or emptied does not. */
export function isParquet(path: string): boolean {
  return (
    quiet(() => {
      const fd = openSync(path, 'r');
      try {
        const size = statSync(path).size;
        const magic = Buffer.alloc(8);
        readSync(fd, magic, 0, 4, 0);
        readSync(fd, magic, 4, 4, Math.max(0, size - 4));
        return size >= 12 && magic.toString('latin1') === 'PAR1PAR1';
      } finally {
        closeSync(fd);
      }
    }) === true
  );
}

function names(folder: string): string[] {
  return quiet(() => readdirSync(folder).sort()) ?? [];
}

function sizeOf(file: string): number {
  return quiet(() => statSync(file).size) ?? 0;
}

function quiet<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
