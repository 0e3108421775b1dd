// Starts the command as if we were not there: same group, session, terminal, stdin, limits and ignored signals; or, where
// that is asked for, in a session of its own on a pseudo-terminal.

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants as fsConstants, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { isatty } from 'node:tty';
import { reasonOf } from '../core/fault.ts';
import type { Launch } from './launch.ts';
import type { Outlet } from './outlet.ts';
import type { Pty } from './pty.ts';
import { connectPty, type PtySession } from './pty-session.ts';
import { type Relay, startRelay } from './relay.ts';
import { forwardSignals } from './signals.ts';
import { classify, followOwn, type Stream } from './stdio.ts';
import type { Witness } from './witness.ts';

export interface ChildOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** False leaves stdout and stderr alone, and a pseudo-terminal unused. */
  readonly capture: boolean;
  readonly launch: Launch;
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer, at_ms: number): void;
  /** Told at the command's end, before its output is all delivered. */
  onExit(at_ms: number): void;
  /** Told of each signal that reaches us while the command lives, before it is passed on, and of those made by keys on its terminal. */
  onSignal?(signal: NodeJS.Signals): void;
  now(): number;
  /** Calls `start` at once, wherever the command is to be born. */
  begin<T>(start: () => T): T;
  readonly witness: Witness | null;
  /** A terminal for the command, and what is drawn around its output on ours. */
  readonly pty: { readonly pty: Pty; readonly screen: Screen } | null;
}

/** What else is drawn where the command's output goes. */
export interface Screen {
  /** What is written in place of a piece of the command's output. */
  around(chunk: Buffer): Buffer;
  /** Gets the way to our stdout that all of it has to take. */
  outlet(outlet: Outlet): void;
  /** Takes away what is drawn. */
  clear(): void;
}

export interface Child {
  readonly pid: number | null;
  readonly notes: readonly string[];
  readonly ended: Promise<ChildEnd>;
}

export interface ChildEnd {
  /** As a shell would say it: 128 + signal, 127 not found, 126 not executable. */
  readonly code: number;
  readonly exit_code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ended_at_ms: number;
  /** Why it never started, in words. */
  readonly failure: string | null;
}

/** Grandchildren may hold the output open for ever: the relay then serves them without us. */
const DELIVERY_MS = 2000;

/** Starts the command; never rejects: a command that cannot start has ended with 126 or 127 and words. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { now } = options;
  const notes: string[] = [];
  const stdio: ('inherit' | 'ignore' | number)[] = ['inherit', 'inherit', 'inherit'];
  // Descriptors beyond 2 that we were given (make's jobserver, exec 3>log): Node would close them. 'ignore' opens none.
  for (const fd of options.launch.inherited) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio[fd] = fd;
  }
  const relays: Relay[] = [];
  const followers: { close(): void }[] = [];
  let terminal: PtySession | null = null;
  if (options.capture) {
    const [out, err] = [classify(1), classify(2)];
    if (options.pty !== null) terminal = ontoPty(options, options.pty, { out, err, stdio });
    for (const { fd, kind, identity } of [out, err]) {
      const name = fd === 1 ? 'stdout' : 'stderr';
      const same = fd === 2 && identity === out.identity;
      if (terminal !== null && (fd === 1 || same)) continue;
      if (same && typeof stdio[1] === 'number') {
        stdio[2] = stdio[1]; // one open pipe: one relay, order kept
      } else if (kind === 'file' && !same) {
        const follower = followOwn(fd, (chunk) => options.onOutput(name, chunk, now()));
        if (follower.unread !== null) {
          notes.push(`${name} is a file that cannot be read: ${follower.unread}`);
          continue;
        }
        followers.push(follower);
      } else if (kind === 'pipe') {
        try {
          const relay = startRelay(fd, (chunk) => options.onOutput(name, chunk, now()));
          relays.push(relay);
          stdio[fd] = relay.childFd;
        } catch (error) {
          notes.push(`${name} is passed on unread: ${reasonOf(error)}`);
        }
      } else if (kind === 'device' && fd === 1) {
        notes.push('stdout goes to a device, such as /dev/null: no steps are read from it; name a log with --log FILE');
      } else if (kind === 'terminal' && fd === 1) {
        notes.push(
          'stdout is a terminal and stays one for the command, so no steps are read from it: --pty reads them, --log FILE too',
        );
      }
    }
  }

  const refused = whyNotRunnable(options.command[0]!, options.env);
  const release = () => {
    for (const relay of relays) relay.started();
  };
  const close = async () => {
    await Promise.all([...relays.map((relay) => relay.finished(DELIVERY_MS)), terminal?.finished()]);
    for (const follower of followers) follower.close();
  };
  if (refused !== null) {
    release();
    const end = { code: refused.code, exit_code: refused.code, signal: null, ended_at_ms: now(), failure: refused.why };
    return { pid: null, notes, ended: close().then(() => end) };
  }
  const [file, args] = untouched(options.command, options.launch, terminal?.redirection ?? null);
  // Before the command is there to be seen: a signal in between must not end us. Handlers run after this stretch of code.
  const target = {
    pid: 0,
    alive: () => false,
    apart: terminal !== null,
    heard: options.onSignal?.bind(options) ?? (() => {}),
  };
  forwardSignals(target, options.launch.ignored, options.witness?.saw);
  const child = options.begin(() => spawn(file, args, { stdio, env: options.env, detached: terminal !== null }));
  if (child.pid !== undefined) {
    terminal?.started(child.pid);
    target.pid = child.pid;
    target.alive = () => child.exitCode === null && child.signalCode === null;
  }
  release();
  const ended = endOf(child, now).then(async (end) => {
    options.onExit(end.ended_at_ms);
    await close();
    return end;
  });
  return { pid: child.pid ?? null, notes, ended };
}

/** stdout goes to the terminal, stderr where it is the same place, and stdin where people type and look at one. */
function ontoPty(
  { onOutput, onSignal, now }: ChildOptions,
  { pty, screen }: NonNullable<ChildOptions['pty']>,
  { out, err, stdio }: { out: Stream; err: Stream; stdio: ('inherit' | 'ignore' | number)[] },
): PtySession {
  const keys = out.kind === 'terminal' && isatty(0);
  const stderr = err.identity === out.identity;
  for (const fd of [...(keys ? [0] : []), 1, ...(stderr ? [2] : [])]) stdio[fd] = 'ignore';
  return connectPty({
    ...{ pty, keys, stderr, around: screen.around, outlet: screen.outlet, stopping: screen.clear },
    onOutput: (chunk) => onOutput('stdout', chunk, now()),
    typed: (signal) => onSignal?.(signal),
  });
}

function endOf(child: ChildProcess, now: () => number): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return; // a signal could not be sent: not its end
      const code = error.code === 'ENOENT' ? 127 : 126;
      resolve({
        code,
        exit_code: code,
        signal: null,
        ended_at_ms: now(),
        failure: code === 127 ? 'command not found' : reasonOf(error),
      });
    });
    child.on('exit', (exit_code, signal) => {
      const code = exit_code ?? 128 + constants.signals[signal!];
      resolve({ code, exit_code, signal, ended_at_ms: now(), failure: null });
    });
  });
}

/** The shell's verdict before the start, so that 127 and 126 come with words. */
function whyNotRunnable(command: string, env: NodeJS.ProcessEnv): { code: 126 | 127; why: string } | null {
  // Names are left relative: the working directory may have been deleted.
  const places = command.includes('/')
    ? [command]
    : (env.PATH ?? '/usr/bin:/bin').split(delimiter).map((folder) => join(folder || '.', command));
  let found: string | null = null;
  for (const place of places) {
    try {
      if (statSync(place).isDirectory()) {
        if (command.includes('/')) return { code: 126, why: 'is a directory' };
        continue;
      }
      found ??= place;
      accessSync(place, fsConstants.X_OK);
      return null;
    } catch {
      // not here, or not for us
    }
  }
  if (found !== null) return { code: 126, why: 'permission denied' };
  return { code: 127, why: command.includes('/') ? 'no such file or directory' : 'command not found' };
}

/**
 * Node raises the soft limit of open files, resets every signal to its default and opens closed descriptors. Where that
 * would change the command, a shell puts it back and then becomes the command (same pid). `onto` is what it runs last.
 */
function untouched(
  command: readonly string[],
  { ignored, openFiles, closed, oddEnvironment }: Launch,
  onto: string | null,
): [string, string[]] {
  const before = [
    ...(ignored.length > 0 ? [`trap '' ${ignored.join(' ')}`] : []),
    ...(openFiles === null ? [] : [`ulimit -Sn ${openFiles}`]),
    ...(onto === null ? [] : [onto]),
  ];
  if (before.length === 0 && closed.length === 0) return [command[0]!, command.slice(1)];
  // A pseudo-terminal stands for what was closed.
  const close = closed.map((fd) => (fd > 0 && onto !== null ? '' : ` ${fd}>&-`)).join('');
  const script = (exec: string) => ['-c', [...before, exec + close].join('; ')];
  // The shell forgets variables whose names are none to it (exported functions): env gives them back.
  if (oddEnvironment.length === 0) return ['/bin/sh', [...script('exec "$0" "$@"'), ...command]];
  return ['/bin/sh', [...script('exec env "$@"'), 'sh', ...oddEnvironment, ...command]];
}
