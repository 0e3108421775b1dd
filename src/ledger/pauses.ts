// Whether a run's writer holds its job paused, and what people ask a paused run for: paused.json of the writer, resume.NNNNNN.json
// of the run.
//
// The first is the writer's own and goes when the job goes on; of a writer that is gone it says nothing. The others are made
// by whoever asks, once each, and stay.

import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { putWhole } from './durable.ts';
import { parseText } from './kept.ts';
import { createNext, readNumbered, type Sequel } from './numbered.ts';
import { type PausedRecord, type ResumeRecord, runFolder } from './records.ts';
import { isPaused, isResume } from './shapes.ts';

const REQUESTS: Sequel<ResumeRecord> = {
  stem: 'resume',
  check: (value): value is ResumeRecord => isResume(value),
};
const FILE = 'paused.json';

/** What a writer's folder tells of a pause; null: nothing is held by it. */
export function pausedIn(folder: string): PausedRecord | null {
  try {
    return parseText<PausedRecord>(readFileSync(join(folder, FILE), 'utf8'), isPaused);
  } catch {
    return null;
  }
}

/** Says that the job is held, or with null that it goes on. Throws what the file system says. */
export function tellPaused(folder: string, paused: Omit<PausedRecord, 'schema'> | null): void {
  const file = join(folder, FILE);
  try {
    if (paused !== null) putWhole(file, `${JSON.stringify({ schema: 'joulebook/paused/v1', ...paused })}\n`);
    else unlinkSync(file);
  } catch (error) {
    if (paused !== null || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Asks that a run goes on. Throws what the file system says. */
export function askToResume(ledger: string, run: string, asked: Omit<ResumeRecord, 'schema'>): void {
  createNext(runFolder(ledger, run), REQUESTS, () => ({ schema: 'joulebook/resume-asked/v1', ...asked }));
}

/** All that was asked of a run so far, in order; null of one that cannot be understood. Never throws. */
export const resumesAsked = (ledger: string, run: string): (ResumeRecord | null)[] =>
  readNumbered(runFolder(ledger, run), REQUESTS).map(({ value }) => value);
