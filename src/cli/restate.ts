// joulebook restate: what is known of the grid and of the runs by now, against what was last said of them.

import { restate } from '../app/restate.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { findRun, goesOn, listRuns, type RunEntry } from '../ledger/runs.ts';
import { unwritable } from '../ledger/writer.ts';
import { restatementJson, restatementText } from '../report/restate-text.ts';
import { colorOn } from './color.ts';
import { timeOf } from './options.ts';

declare const JOULEBOOK_VERSION: string;

export interface RestateOptions {
  since?: string;
  dryRun?: boolean;
  json?: boolean;
  ledger?: string;
}

/** Prints what changed of the runs named, else of all, and records it. Rejects with a Fault. */
export async function restateRuns(wanted: readonly string[], options: RestateOptions): Promise<void> {
  const since_ms = timeOf('--since', options.since);
  if (since_ms !== null && wanted.length > 0)
    throw usage('runs are named, and --since too', 'name the runs, or all that ended since a time');
  const { folder: ledger, user } = await settingsOf(options);
  const entries = wanted.length > 0 ? named(ledger, wanted) : listRuns(ledger).filter((run) => isSince(run, since_ms));
  const now_ms = Date.now();
  const dry_run = options.dryRun === true;
  const how = { now_ms, user, version: JOULEBOOK_VERSION, record: !dry_run };
  const made = restatementJson(await recorded(ledger, () => restate(ledger, entries, how)), { now_ms, dry_run });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
    return;
  }
  for (const { message } of made.warnings) process.stderr.write(`joulebook: ${message}\n`);
  process.stdout.write(restatementText(made, colorOn(process.stdout)));
}

/** What the file system says as a fault of the ledger. */
async function recorded<T>(ledger: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw isSystemError(cause) ? unwritable(ledger, cause) : cause;
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

/** Each run once, the newest first; one that goes on has no account to be restated. */
function named(ledger: string, wanted: readonly string[]): RunEntry[] {
  const found = new Map(wanted.map((name) => findRun(ledger, name)).map((run) => [run.record.id, run]));
  const running = [...found.values()].find(({ state }) => goesOn(state));
  if (running !== undefined)
    throw usage(
      `run ${running.record.id} is still running`,
      'restate it when it has ended: joulebook top shows it now',
    );
  return [...found.values()].sort((a, b) => b.record.created_at_ms - a.record.created_at_ms);
}

const isSince = ({ writers, record }: RunEntry, since_ms: number | null): boolean =>
  since_ms === null ||
  Math.max(record.created_at_ms, ...writers.map(({ end }) => end?.ended_at_ms ?? Number.POSITIVE_INFINITY)) >= since_ms;
