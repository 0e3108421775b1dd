// joulebook resume: finishes a move of the run that was cut off (resume-move.ts); else asks that a paused run goes on, by a file in its folder that the joulebook which holds it looks for each
// second, wherever that runs. Limits that hold it are waived, or with --budget the run's own is another from now on.

import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import type { Limit } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { movesOf, unfinishedMove } from '../ledger/moves.ts';
import { askToResume } from '../ledger/pauses.ts';
import { findRun, goesOn, type RunEntry, runOf } from '../ledger/runs.ts';
import { unwritable } from '../ledger/writer.ts';
import { print } from './say.ts';

export interface ResumeOptions {
  budget?: string;
  again?: boolean;
  json?: boolean;
  ledger?: string;
}

/** What was done, as JSON. */
interface ResumedJson {
  readonly schema: 'joulebook/resume/v1';
  readonly run: string;
  readonly budget: string | null;
  /** Null: not seen yet. */
  readonly state: string | null;
}

const LOOK_MS = 100;
/** Who holds the run looks once a second; a thaw takes a moment. */
const MOST_MS = 10_000;

/** Rejects with Fault usage, move-unfinished, run-not-found, run-ambiguous, ledger-unwritable. */
export async function resume(wanted: string, options: ResumeOptions): Promise<void> {
  const limit = options.budget === undefined ? null : limitOf(options.budget, '--budget');
  const settings = await settingsOf(options);
  const { folder: ledger } = settings;
  const entry = findRun(ledger, wanted);
  const { record, state } = entry;
  const unfinished = unfinishedMove(ledger, entry);
  if (unfinished !== null)
    return (await import('./resume-move.ts')).finishMove(unfinished, { ledger, run: record.id, options });
  if (options.again === true)
    throw usage(`--again: no move of ${record.id} waits to begin`, 'joulebook runs tells how it is');
  const moved = movesOf(ledger, record.id).at(-1);
  if (moved !== undefined && moved.taken?.by != null && !goesOn(state))
    throw usage(`${record.id} has begun in ${moved.to.zone}, and is ${state}`, 'joulebook runs tells how it is');
  if (limit !== null) await checkLimit(limit, { ledger, entry });
  if (!goesOn(state) || (state === 'running' && limit === null))
    throw usage(`${record.id} is not paused: it is ${state}`, 'joulebook runs tells which runs are');
  try {
    askToResume(ledger, record.id, { at_ms: Date.now(), user: settings.user, budget: limit?.text ?? null });
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
  const now = state === 'running' ? state : await stateAfter(ledger, record.id);
  const made: ResumedJson = {
    ...{ schema: 'joulebook/resume/v1', run: record.id, budget: limit?.text ?? null, state: now },
  };
  if (options.json === true) return print(JSON.stringify(made, null, 2));
  const went = now === null ? 'is asked to go on; it has not been seen to yet' : 'goes on';
  print(`${record.id} ${went}${limit === null ? '' : `, with ${limit.text}`}`);
}

/** What the run's joulebook could not judge would hold nothing. Rejects with Fault usage. */
async function checkLimit(limit: Limit, { ledger, entry }: { readonly ledger: string; readonly entry: RunEntry }) {
  const [{ checkSight }, { chainOfRun }] = await Promise.all([
    import('./blind-budgets.ts'),
    import('../app/run-chain.ts'),
  ]);
  const { record } = entry;
  const budget = { id: 'run', limit, scope: { of: 'run' }, period: { kind: 'whole' }, rules: [] } as const;
  checkSight([budget], {
    chain: { zone: record.zone, series: chainOfRun(ledger, entry).series },
    record,
    say: () => {},
  });
}

/** The state when it is paused no more; null where it is so still. */
async function stateAfter(ledger: string, run: string): Promise<string | null> {
  for (const until = Date.now() + MOST_MS; Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const state = runOf(ledger, run)?.state ?? 'paused';
    if (state !== 'paused') return state;
  }
  return null;
}
