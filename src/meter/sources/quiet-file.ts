// Small files of the kernel, read where their absence is an answer too.

import { readFileSync } from 'node:fs';

/** A file's text; null where it cannot be read. */
export function readQuietly(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** As readQuietly(), without what surrounds the words. */
export function textOf(file: string): string | null {
  return readQuietly(file)?.trim() ?? null;
}
