// A small shell that thaws the job when joulebook dies: started before the first freeze, told before each stop.
//
// It is in a session of its own, so that what ends us all at once from a keyboard does not end it. Where we and the job
// share a session it stays in that, to hold the job's process group together when we are gone (hold-main.ts); where that
// cannot be had, it is the shell alone. kill -9 of both at once leaves a frozen job frozen.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Named } from './tree.ts';
import { WATCHDOG } from './watchdog-script.ts';

export interface WatchdogOptions {
  readonly root: Named;
  readonly entry: string | null;
  readonly cgroup: string | null;
  /** Whether the job's process group has to be held together. */
  readonly hold: boolean;
  /** The driver's library, for limits of power; null = the system's. */
  readonly library: string | null;
  /** Told once, where it ends without being asked to. */
  died(): void;
}

export interface Watchdog {
  readonly pid: number;
  /** Whether it answers. */
  answers(): Promise<boolean>;
  /** Tells it words; false where it has not got them: it has ended. */
  tell(...lines: readonly string[]): Promise<boolean>;
  /** Lets it end without doing anything. */
  close(): void;
}

/** On a busy machine a Node takes its time. */
const START_MS = 5000;
const ANSWER_MS = 2000;

/** Resolves when it watches; null where none can be started. */
export async function startWatchdog(options: WatchdogOptions): Promise<Watchdog | null> {
  const held = options.hold && existsSync(HOLD_PROGRAM) ? await watching(spawnHolding(options), options.died) : null;
  return held ?? watching(spawnShell(options), options.died);
}

/** The program that sets limits of power (power-main.ts). */
export const POWER_PROGRAM = fileURLToPath(new URL('./power.js', import.meta.url));
const HOLD_PROGRAM = fileURLToPath(new URL('./hold.js', import.meta.url));

const wordsFor = ({ root, entry, cgroup, library }: WatchdogOptions): string[] => [
  ...[String(root.pid), String(root.started), entry ?? '', cgroup ?? ''],
  ...[process.execPath, POWER_PROGRAM, library ?? ''],
];

const spawnShell = (options: WatchdogOptions) =>
  spawn('/bin/sh', ['-c', WATCHDOG, 'sh', ...wordsFor(options), ''], {
    ...{ detached: true, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] },
  });

/** Descriptor 3 ends when we do: so the holder learns of it without hearing what is told. */
const spawnHolding = (options: WatchdogOptions) =>
  spawn(process.execPath, [HOLD_PROGRAM, WATCHDOG, ...wordsFor(options)], {
    ...{ cwd: '/', stdio: ['pipe', 'pipe', 'ignore', 'pipe'] },
  });

function watching(shell: ChildProcess, died: () => void): Promise<Watchdog | null> {
  const [stdin, stdout] = [shell.stdin as Writable, shell.stdout as Readable];
  let alive = true;
  let asked: (() => void) | null = null;
  let closing = false;
  const end = () => {
    if (!alive) return;
    alive = false;
    asked?.();
    if (started && !closing) died();
  };
  let started = false;
  shell.on('error', end).on('exit', end);
  for (const stream of [stdin, stdout, shell.stdio[3] as Writable | undefined]) stream?.on('error', () => {});
  stdout.on('data', () => asked?.());
  release(shell);
  const heard = async (most_ms: number): Promise<boolean> => {
    if (!alive) return false;
    let timer: NodeJS.Timeout | undefined;
    const answered = await new Promise<boolean>((resolve) => {
      asked = () => resolve(alive);
      timer = setTimeout(() => resolve(false), most_ms);
    });
    clearTimeout(timer);
    asked = null;
    return answered;
  };
  /** Resolves when the words are in the pipe, where our death cannot take them back. */
  const tell = (...lines: readonly string[]) =>
    new Promise<boolean>((resolve) => {
      if (!alive) resolve(false);
      else stdin.write(`${lines.join('\n')}\n`, (error) => resolve(!error && alive));
    });
  const watchdog: Watchdog = {
    pid: shell.pid ?? 0,
    tell,
    async answers() {
      const answer = heard(ANSWER_MS);
      return (await tell('ask')) && (await answer);
    },
    close() {
      closing = true;
      stdin.end('bye\n');
      stdout.destroy();
      (shell.stdio[3] as Writable | undefined)?.end();
    },
  };
  return heard(START_MS).then((ready) => {
    started = ready;
    if (!ready && shell.pid !== undefined) watchdog.close();
    return ready ? watchdog : null;
  });
}

/** So that it keeps no process of ours from ending. */
function release(shell: ChildProcess): void {
  shell.unref();
  for (const stream of shell.stdio) (stream as unknown as { unref?(): void } | null)?.unref?.();
}
