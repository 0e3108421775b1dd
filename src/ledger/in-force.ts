// The budgets of a job for who looks on: in-force.json of the writer whose joulebook judges them.
//
// No account is made of it. A reader elsewhere sees what was judged last, and when; of a writer that is gone it is the end.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { putLightly } from './durable.ts';
import { parseText } from './kept.ts';
import type { InForceRecord } from './records.ts';
import { isInForce } from './shapes.ts';

const FILE = 'in-force.json';

/** What a writer's folder tells of the budgets of its job; null: it has none, or tells nothing that can be understood. */
export function inForceIn(folder: string): InForceRecord | null {
  try {
    return parseText<InForceRecord>(readFileSync(join(folder, FILE), 'utf8'), isInForce);
  } catch {
    return null;
  }
}

/** Says how they stand. Throws what the file system says. */
export function tellInForce(folder: string, { at_ms, budgets }: Omit<InForceRecord, 'schema'>): void {
  putLightly(join(folder, FILE), `${JSON.stringify({ schema: 'joulebook/in-force/v1', at_ms, budgets })}\n`);
}

/** Of several writers of a run the one that was judged last, by the run's own time; null: none tells of a budget. */
export function newestInForce(
  writers: readonly { readonly folder: string; readonly shift_ms: number }[],
): InForceRecord | null {
  const told = writers.flatMap(({ folder, shift_ms }) => {
    const one = inForceIn(folder);
    return one === null ? [] : [{ ...one, at_ms: one.at_ms + shift_ms }];
  });
  return told.reduce<InForceRecord | null>((best, one) => (best === null || one.at_ms > best.at_ms ? one : best), null);
}
