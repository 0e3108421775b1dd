// Small files and folders of the kernel, read where their absence is an answer too.

import { readdirSync, readFileSync } from 'node:fs';

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

/** The names in a folder, as the system lists them; none where it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
