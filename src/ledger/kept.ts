// Files that people bring, kept by a ledger under the hash of what was made of them, so that an account can be repeated.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fault, reasonOf } from '../core/fault.ts';
import type { FileRef } from './account-spec.ts';
import { createOnce } from './durable.ts';
import { gridFile, ID } from './records.ts';

export interface Kept extends FileRef {
  readonly text: string;
}

/** What is to be kept of a file, with its name and hash. */
export function keptAs(file: string, content: object): Kept {
  const text = `${JSON.stringify(content)}\n`;
  return { file, hash: createHash('sha256').update(text).digest('hex').slice(0, 32), text };
}

/** As a run names it; null of none. */
export function refOf(kept: FileRef): FileRef;
export function refOf(kept: FileRef | null): FileRef | null;
export function refOf(kept: FileRef | null): FileRef | null {
  return kept && { file: kept.file, hash: kept.hash };
}

/** Keeps it; what is there already stays. Throws what the file system says. */
export function keep(ledger: string, kept: readonly Kept[]): void {
  for (const { hash, text } of kept) createOnce(gridFile(ledger, hash), text);
}

/** What was kept, as `check` says that it is. Throws Fault file-unreadable, file-bad. */
export function keptFile<T>(ledger: string, hash: string, check: (value: unknown) => boolean): T {
  // A ledger may be another's, and a name in it leads nowhere else.
  if (!ID.test(hash)) {
    const problem = `"${hash}" is no name of a file that a ledger keeps`;
    throw fault('file-bad', { facts: { file: ledger, where: '', problem, hint: 'bring the run back from a copy' } });
  }
  const file = gridFile(ledger, hash);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  const found = parseText<T>(text, check);
  if (found !== null) return found;
  throw fault('file-bad', {
    facts: { file, where: '', problem: 'it does not hold what it should', hint: 'bring it back from a copy' },
  });
}

/** What a text of JSON holds, where it is what it should be; null where not. */
export function parseText<T>(text: string, check: (value: unknown) => boolean): T | null {
  try {
    const value: unknown = JSON.parse(text);
    return check(value) ? (value as T) : null;
  } catch {
    return null;
  }
}
