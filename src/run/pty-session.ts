// A command on a pseudo-terminal of ours: keys go in, output comes out, sizes and stops are passed on.
//
// Its end is not the end of its output, which may still lie in the kernel: after it we write a mark of our own into the
// command's end of the terminal and pass on all that comes out before it. What programs left behind print later is not
// passed on: their terminal is closed then, as when a window is.

import { randomInt } from 'node:crypto';
import { readFileSync, write } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../meter/sources/quiet-file.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import type { Pty, Size } from './pty.ts';
import { signalTo, stopGroup } from './signals.ts';

export interface PtySession {
  /** What a shell runs first, so that the command has the terminal as its own. */
  readonly redirection: string;
  /** The command's pid, as soon as it has one. */
  started(pid: number): void;
  /** Resolves when all that the command printed has been passed on, and gives our own terminal back. */
  finished(): Promise<void>;
}

export interface PtyOptions {
  readonly pty: Pty;
  /** Whether the command's stdin is the terminal: ours is one then. */
  readonly keys: boolean;
  readonly stderr: boolean;
  onOutput(chunk: Buffer): void;
  /** What goes to our stdout in place of the command's output. */
  around(chunk: Buffer): Buffer;
  /** Gets the way to our stdout, on which whatever else is drawn there has to go. */
  outlet(outlet: Outlet): void;
  /** A key was passed on that makes this signal of the command's. */
  typed(signal: 'SIGINT' | 'SIGQUIT'): void;
  /** About to be stopped by the terminal's user: what is drawn has to go. */
  stopping(): void;
}

const MOST_WAITING = 1 << 18;
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };
/** A terminal whose output somebody has stopped (Ctrl-S, tcflow) and that does not show our mark after so long. */
const PATIENCE_MS = 2000;
const FRONT_MS = 300;

/** Connects our terminal and the pseudo-terminal until finished() resolves. */
export function connectPty(options: PtyOptions): PtySession {
  const { pty, keys } = options;
  const { ours } = pty;
  let pid = 0;
  let mark: Buffer | null = null;
  let tail: Buffer = Buffer.alloc(0);
  let over = false;
  let marked: () => void = () => {};

  const outlet = createOutlet(1, {
    // As without us: the next write of the command finds nobody, and ends it.
    gone: () => void (pid > 0 && signalTo(-pid, 'SIGPIPE')),
    drained: () => void ours.resume(),
  });
  options.outlet(outlet);
  const pass = (chunk: Buffer) => {
    if (chunk.length === 0) return;
    options.onOutput(chunk);
    outlet.write(options.around(chunk));
    if (outlet.waiting > MOST_WAITING) ours.pause();
  };
  ours.on('data', (chunk: Buffer) => {
    if (over) return;
    if (mark === null) return pass(chunk);
    const all = Buffer.concat([tail, chunk]);
    const at = all.indexOf(mark);
    // The last bytes may be the beginning of the mark.
    const whole = at >= 0 ? at : Math.max(0, all.length - mark.length + 1);
    pass(all.subarray(0, whole));
    tail = all.subarray(whole);
    over = at >= 0;
    if (over) marked();
  });
  ours.on('error', () => marked());

  if (keys) pty.adopt(0);
  if (process.stdout.isTTY !== true) pty.plainLines();
  pty.resize(sizeNow());
  const resized = () => pty.resize(sizeNow());
  const keyboard = keys ? takeKeys(pty, { stop: () => stop(), typed: options.typed }) : null;
  const stop = stopper({
    pid: () => pid,
    stopping() {
      options.stopping();
      keyboard?.release();
    },
    goesOn() {
      keyboard?.take();
      resized();
    },
  });
  process.on('SIGWINCH', resized);
  // Also sent to our group where the keys are not ours to read, by a shell or from the terminal's own keyboard.
  process.on('SIGTSTP', stop);
  const continued = () => keyboard?.take();
  process.on('SIGCONT', continued);

  return {
    redirection: `exec ${keys ? `0<>${pty.path} 1>&0` : `1<>${pty.path}`}${options.stderr ? ' 2>&1' : ''}`,
    started(child) {
      pid = child;
    },
    async finished() {
      mark = Buffer.from(Array.from({ length: 32 }, () => String(randomInt(10))).join(''));
      await reachingMark(
        (done) => (marked = done),
        outlet,
        () => write(pty.theirs, mark!, () => {}),
      );
      if (!over) pass(tail);
      over = true;
      await outlet.idle();
      process.off('SIGWINCH', resized);
      process.off('SIGTSTP', stop);
      process.off('SIGCONT', continued);
      keyboard?.close();
      pty.close();
    },
  };
}

/** Resolves at the mark; a reader of ours that takes its time is waited for, a terminal that stands still is not. */
function reachingMark(hear: (done: () => void) => void, outlet: Outlet, put: () => void): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const wait = () => {
      timer = setTimeout(() => (outlet.waiting > 0 ? wait() : done()), PATIENCE_MS);
    };
    hear(done);
    wait();
    put();
  });
}

interface Keyboard {
  take(): void;
  release(): void;
  close(): void;
}

/** Passes what is typed on, as it is typed; the key that stops a job is ours. */
function takeKeys(pty: Pty, { stop, typed: signals }: { stop(): void } & Pick<PtyOptions, 'typed'>): Keyboard {
  const { stdin } = process;
  let listening = false;
  let held = false;
  const typed = (keys: Buffer) => {
    const { SIGTSTP: key, ...ending } = pty.signalKeys();
    const at = key === undefined ? -1 : keys.indexOf(key);
    if (at < 0) pty.ours.write(keys);
    else {
      if (at > 0) pty.ours.write(keys.subarray(0, at));
      stop();
      if (at + 1 < keys.length) pty.ours.write(keys.subarray(at + 1));
    }
    for (const signal of ['SIGINT', 'SIGQUIT'] as const)
      if (ending[signal] !== undefined && keys.includes(ending[signal])) signals(signal);
  };
  const keyboard: Keyboard = {
    take() {
      // A job in the background would be stopped for reading or asking.
      if (!inForeground()) return;
      try {
        stdin.setRawMode(true);
        pty.showAsIs(0);
      } catch {
        return; // the terminal is gone
      }
      if (!listening) stdin.on('data', typed);
      listening = true;
      held = true;
      stdin.resume();
    },
    release() {
      held = false;
      stdin.pause();
      try {
        if (stdin.isRaw) stdin.setRawMode(false);
      } catch {
        // the terminal is gone
      }
    },
    close() {
      clearInterval(look);
      keyboard.release();
      stdin.destroy();
    },
  };
  stdin.on('error', () => {});
  keyboard.take();
  // A shell that brings a running job to the front says nothing of it.
  const look = setInterval(() => {
    if (!held) keyboard.take();
  }, FRONT_MS);
  look.unref();
  return keyboard;
}

/**
 * Stops the command's whole session and then our group, as a shell's job control expects of a job; resumes both. The
 * command cannot be stopped by its own terminal: no shell of its session would start it again (an orphaned group).
 */
function stopper(on: { pid(): number; stopping(): void; goesOn(): void }): () => void {
  const stop = () => {
    const stopped = sessionOf(on.pid());
    for (const pid of stopped) signalTo(pid, 'SIGSTOP');
    on.stopping();
    process.off('SIGTSTP', stop);
    stopGroup(() => {
      process.on('SIGTSTP', stop);
      on.goesOn();
      for (const pid of stopped) signalTo(pid, 'SIGCONT');
    });
  };
  return stop;
}

/** Processes of a session that are not stopped already, the leader first. */
function sessionOf(leader: number): number[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [state, , , session] = statOf(String(pid));
      return Number(session) === leader && state !== 'T';
    })
    .sort((a, b) => a - b);
}

function inForeground(): boolean {
  const [, , group, , , foreground] = statOf('self');
  return group === undefined || group === foreground;
}

/** state, ppid, pgrp, session, tty_nr, tpgid, … of proc(5); empty where it is not told. */
function statOf(name: string): string[] {
  try {
    const stat = readFileSync(join('/proc', name, 'stat'), 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Of the terminal that people look at; a terminal that does not know its size says 0. */
function sizeNow(): Size {
  const shown = [process.stdout, process.stderr].find(({ isTTY }) => isTTY === true);
  return { columns: shown?.columns || DEFAULT_SIZE.columns, rows: shown?.rows || DEFAULT_SIZE.rows };
}
