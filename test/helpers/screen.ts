// A terminal as a person has it: a real pseudo-terminal, an emulator that shows what is on its screen, keys and a size.

import { type ChildProcess, spawn } from 'node:child_process';
import xterm from '@xterm/headless';
import { openPty, type Size } from '../../src/run/pty.ts';
import { until } from './cli.ts';

export interface Screen {
  readonly child: ChildProcess;
  /** All bytes that came, as latin1. */
  readonly raw: string;
  /** Window titles in the order in which they were set. */
  readonly titles: readonly string[];
  readonly alternate: boolean;
  /** The lines on the screen now, right ends trimmed. */
  lines(): string[];
  type(keys: string): void;
  resize(size: Size): void;
  /** Waits until the screen, or with `raw` what ever came, holds this text. */
  shows(what: string | RegExp, where?: 'screen' | 'raw'): Promise<string>;
  /** Closes the terminal, as a person closes a window. */
  hangUp(): void;
  readonly ended: Promise<number | null>;
}

/** Runs a shell line on a terminal of its own. */
export async function onScreen(line: string, size: Size, env: NodeJS.ProcessEnv = {}): Promise<Screen> {
  const pty = await openPty();
  pty.resize(size);
  const emulator = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
  const titles: string[] = [];
  emulator.onTitleChange((title) => titles.push(title));
  let raw = '';
  pty.ours.on('data', (chunk: Buffer) => {
    raw += chunk.toString('latin1');
    emulator.write(chunk);
  });
  pty.ours.on('error', () => {});
  const child = spawn('/bin/sh', ['-c', `exec 0<>${pty.path} 1>&0 2>&0; ${line}`], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
  });
  let open = true;
  const hangUp = () => {
    if (open) pty.close();
    open = false;
  };
  const lines = () =>
    Array.from(
      { length: emulator.rows },
      (_, i) => emulator.buffer.active.getLine(emulator.buffer.active.baseY + i)?.translateToString(true) ?? '',
    );
  return {
    child,
    get raw() {
      return raw;
    },
    titles,
    get alternate() {
      return emulator.buffer.active.type === 'alternate';
    },
    lines,
    hangUp,
    type: (keys) => void pty.ours.write(keys),
    resize(other) {
      emulator.resize(other.columns, other.rows);
      pty.resize(other);
    },
    shows: (what, where = 'screen') =>
      until(`${what}`, () => {
        const text = where === 'raw' ? raw : lines().join('\n');
        return (typeof what === 'string' ? text.includes(what) : what.test(text)) && text;
      }).catch((error: Error) => {
        throw new Error(`${error.message}; the screen:\n${lines().join('\n')}`);
      }),
    ended: new Promise((resolve) =>
      child.on('exit', (code) => {
        // What was written last may not have been read yet.
        setTimeout(() => {
          hangUp();
          resolve(code);
        }, 100);
      }),
    ),
  };
}
