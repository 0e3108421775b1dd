// Starts that budgets refused: budgets/refused/TIME-RUN.json, one small file each, made once (docs/formats/ledger.md).
//
// Nothing ran, so there is no run, and no energy that anything could be derived from: what was decided stands here alone.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOnce } from './durable.ts';
import { parseText } from './kept.ts';
import type { EventRow } from './records.ts';
import { isRefusedStart } from './shapes.ts';

export interface RefusedStart {
  readonly schema: 'joulebook/refused-start/v1';
  /** The id that it would have had, or of the run that was to go on. */
  readonly run: string;
  readonly name: string | null;
  readonly user: string | null;
  /** As decisions are kept of a run. */
  readonly decision: Pick<EventRow, 'at_ms' | 'event' | 'message' | 'facts'>;
}

const folderOf = (ledger: string) => join(ledger, 'budgets', 'refused');

/** Throws what the file system says. */
export function keepRefused(ledger: string, start: Omit<RefusedStart, 'schema'>): void {
  const file = join(folderOf(ledger), `${start.decision.at_ms}-${start.run}.json`);
  createOnce(file, `${JSON.stringify({ schema: 'joulebook/refused-start/v1', ...start })}\n`);
}

/** By time; `damaged` are files that cannot be understood. Never throws. */
export function readRefused(ledger: string): { readonly refused: RefusedStart[]; readonly damaged: string[] } {
  const refused: RefusedStart[] = [];
  const damaged: string[] = [];
  for (const name of names(folderOf(ledger))) {
    const found = read(join(folderOf(ledger), name));
    if (found === null) damaged.push(name);
    else refused.push(found);
  }
  refused.sort((a, b) => a.decision.at_ms - b.decision.at_ms);
  return { refused, damaged };
}

function read(file: string): RefusedStart | null {
  try {
    return parseText<RefusedStart>(readFileSync(file, 'utf8'), isRefusedStart);
  } catch {
    return null;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+-.*\.json$/.test(name));
  } catch {
    return [];
  }
}
