// A job of a few seconds that is moved from one zone to another, both on this machine: by a real command line on either side.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { CLI, start, tempFolder } from './cli.ts';

const TRAINER = resolve(import.meta.dirname, 'step-trainer.mjs');
/** One each 40 ms. */
export const STEPS = 250;

export interface MoveCase {
  readonly folder: string;
  readonly ledger: string;
  /** A shell's command: the job with its joulebook over there, in the background. */
  readonly there: string;
  begin(more?: {
    readonly command?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly options?: readonly string[];
  }): ReturnType<typeof start>;
  lines(name: string): readonly string[];
  /** Each step was done once, the last one too. */
  done(): boolean;
}

export function moveCase(): MoveCase {
  const folder = tempFolder();
  const ledger = join(folder, 'ledger');
  const trace = join(folder, 'kilowatt.csv');
  const rows = Array.from({ length: 1200 }, (_, i) => `${1_700_000_000 + i / 10},gpu-0,1000`);
  writeFileSync(trace, `timestamp,device,power_w\n${rows.join('\n')}\n`);
  const lines = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1) : [];
  const job = [process.execPath, TRAINER, folder, String(STEPS)];
  // What ends a process of this side at a step is not for that side.
  const there = `unset NODE_OPTIONS KILL_AT; ${process.execPath} ${CLI} run --quiet --resume "$JOULEBOOK_RESUME" --replay ${trace} -- ${job.join(' ')} >> ${folder}/there 2>&1 &`;
  return {
    ...{ folder, ledger, there, lines },
    begin: ({ command = there, env = {}, options = [] } = {}) =>
      start(
        [
          ...['run', '--ledger', ledger, '--replay', trace, '--zone', 'DE', '--budget', '2.5kJ', '--on-breach', 'move'],
          ...['--move-to', `zone=FR,cost=500ms,cmd=${command}`, ...options, '--', ...job],
        ],
        { env, detached: true },
      ),
    done: () => lines('steps').at(-1) === String(STEPS),
  };
}

/** Nothing was lost, nothing done twice. */
export function eachOnce({ lines }: MoveCase): void {
  expect(lines('steps').join(' ')).toBe(Array.from({ length: STEPS }, (_, i) => i + 1).join(' '));
}
