// --checkpoint-signal, --checkpoint-cmd, --checkpoint-done and --checkpoint-grace → how a checkpoint is asked for and seen.

import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { CheckpointWay } from '../cluster/job-control.ts';
import { usage } from '../core/fault.ts';
import { durationMs } from './options.ts';
import type { BudgetRunOptions } from './run-budget-options.ts';

type WayOptions = Pick<BudgetRunOptions, 'checkpointSignal' | 'checkpointCmd' | 'checkpointDone' | 'checkpointGrace'>;

const GRACE = '2min';
const MOST_MS = 86_400_000;
/** What no process can catch, or what stops it. */
const NEVER = new Set(['SIGKILL', 'SIGSTOP', 'SIGCONT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

/** Null: there is no way to make one. Throws Fault usage. */
export function checkpointWayOf(
  options: WayOptions,
  { captured }: { readonly captured: boolean },
): CheckpointWay | null {
  const { checkpointSignal, checkpointCmd: command = null, checkpointDone, checkpointGrace } = options;
  const signal = checkpointSignal === undefined ? null : signalOf(checkpointSignal);
  if (signal === null && command === null) {
    if (checkpointDone === undefined && checkpointGrace === undefined) return null;
    throw usage(
      'it is not said how the job is asked for a checkpoint',
      'give --checkpoint-signal USR1, or a --checkpoint-cmd',
    );
  }
  const done = doneOf(checkpointDone ?? []);
  if (done.pattern !== null && !captured)
    throw usage('--checkpoint-done log=… and --no-capture exclude each other', 'give file=PATH or after=30s');
  const grace_ms = durationMs({ text: checkpointGrace ?? GRACE, from: '--checkpoint-grace' }, 100, MOST_MS);
  return { signal, command, done, grace_ms };
}

function signalOf(text: string): NodeJS.Signals {
  const name = `SIG${text.trim().toUpperCase().replace(/^SIG/, '')}`;
  if (name in constants.signals && !NEVER.has(name)) return name as NodeJS.Signals;
  throw usage(`--checkpoint-signal: "${text}" cannot be used`, 'a signal that a job can catch, such as USR1');
}

function doneOf(signs: readonly string[]): CheckpointWay['done'] {
  const done: { -readonly [K in keyof CheckpointWay['done']]: CheckpointWay['done'][K] } = {
    ...{ file: null, pattern: null, after_ms: null },
  };
  for (const sign of signs) {
    const [, kind, value = ''] = /^(file|log|after)=(.+)$/s.exec(sign) ?? [];
    if (kind === undefined)
      throw usage(`--checkpoint-done: "${sign}" cannot be used`, 'write file=PATH, log=REGEX or after=30s');
    if (kind === 'file') done.file = resolve(value);
    else if (kind === 'log') done.pattern = patternOf(value);
    else done.after_ms = durationMs({ text: value, from: '--checkpoint-done after' }, 100, MOST_MS);
  }
  return done;
}

function patternOf(text: string): string {
  try {
    new RegExp(text);
    return text;
  } catch (cause) {
    throw usage(
      `--checkpoint-done: log=${text} is no regular expression: ${(cause as Error).message}`,
      'write one that JavaScript takes, such as log=saved',
    );
  }
}
