// A job under joulebook run that a budget or a dirty grid holds: a replayed kilowatt, so that each second is 1 kJ, a clock that
// can be set, and what is seen of it from outside.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { openReader } from '../../src/ledger/reader.ts';
import type { EventRow } from '../../src/ledger/records.ts';
import { findRun, listRuns, type RunState } from '../../src/ledger/runs.ts';
import { start, tempFolder } from './cli.ts';
import { livingWith } from './job-tree.ts';

export interface HeldRun {
  readonly folder: string;
  readonly ledger: string;
  /** Starts it: options of joulebook run, --, and the job. */
  begin(words: readonly string[], env?: NodeJS.ProcessEnv): ReturnType<typeof start>;
  /** The options of every run here. */
  readonly options: readonly string[];
  state(): RunState | null;
  /** Its living processes. */
  living(): readonly number[];
  events(): Promise<readonly EventRow[]>;
}

/** Whatever becomes of the test, nothing of the job is left. */
export function heldRun({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): HeldRun {
  const folder = tempFolder();
  const ledger = join(folder, 'ledger');
  const trace = join(folder, 'kilowatt.csv');
  const rows = Array.from({ length: 3000 }, (_, i) => `${1_700_000_000 + i / 10},gpu-0,1000`);
  writeFileSync(trace, `timestamp,device,power_w\n${rows.join('\n')}\n`);
  const begun: ChildProcess[] = [];
  const one = () => (existsSync(join(ledger, 'runs')) ? (listRuns(ledger)[0] ?? null) : null);
  const living = () => {
    const run = one();
    return run === null ? [] : livingWith(`JOULEBOOK_RUN_ID=${run.record.id}`);
  };
  onTestFinished(() => {
    for (const { pid, exitCode, signalCode } of begun)
      if (exitCode === null && signalCode === null) process.kill(pid!, 'SIGKILL');
    for (const pid of living()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has just ended
      }
    }
  });
  const options = ['--ledger', ledger, '--replay', trace];
  return {
    ...{ folder, ledger, living, options },
    begin(words, env = {}) {
      const started = start(['run', ...options, ...words], { env, detached: true });
      begun.push(started.child);
      return started;
    },
    state: () => one()?.state ?? null,
    async events() {
      const reader = await openReader();
      try {
        const run = findRun(ledger, 'last');
        return (await reader.events([run])).get(run.record.id) ?? [];
      } finally {
        reader.close();
      }
    },
  };
}

/** What was decided, in order. */
export const actsOf = (events: readonly EventRow[]) =>
  events.filter(({ event }) => event === 'decision').map(({ facts }) => facts?.act);

/**
 * A wall clock for programs, which runs as fast as the real one and can be set while they run; with `sleeps` the machine slept
 * for as long as it is set forward.
 */
export interface WallClock {
  readonly env: NodeJS.ProcessEnv;
  /** ms ahead of the real one. */
  set(ahead_ms: number): void;
}

export function wallClock(folder: string, ahead_ms: number, { sleeps = false } = {}): WallClock {
  const [library, file] = [join(folder, 'clock.so'), join(folder, 'clock-ahead')];
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'clock.c'), '-ldl']);
  const set = (ms: number) => {
    writeFileSync(`${file}.new`, String(Math.round(ms)));
    renameSync(`${file}.new`, file);
  };
  set(ahead_ms);
  const env = {
    LD_PRELOAD: library,
    CLOCK_AHEAD_FILE: file,
    CLOCK_STAMPS: 'own',
    ...(sleeps && { CLOCK_SLEEPS: '1' }),
  };
  return { env, set };
}

/** What a training printed of its losses, as it printed them. */
export const lossesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => /"loss": ?([\d.]+)/.exec(line)?.[1] ?? /^step \d+ loss ([\d.]+)$/.exec(line)?.[1] ?? []);

export const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
