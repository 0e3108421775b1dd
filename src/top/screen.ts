// A full screen that is drawn again and again: the terminal is given back as it was, whatever ends us (but kill -9).

import { writeSync } from 'node:fs';
import { stopGroup } from '../run/signals.ts';

export interface ScreenOptions {
  /** The lines to show, for a size. */
  draw(size: { columns: number; rows: number }): readonly string[];
  /** A key, by its name: q, p, j, k; arrows are up and down. */
  key(name: string): void;
}

export interface FullScreen {
  draw(): void;
  /** Resolves when q or Ctrl-C is typed, or a signal asks us to end: with its name. Rejects where drawing failed. */
  readonly ended: Promise<NodeJS.Signals | null>;
  close(): void;
}

/** Alternate screen, no cursor, no wrapping: a line too long for a sudden small size does not push the others away. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const [TO_LINE_END, TO_SCREEN_END] = ['\x1b[K', '\x1b[J'];
const KEYS: Readonly<Record<string, string>> = { '\x1b[A': 'up', '\x1b[B': 'down', '\x1bOA': 'up', '\x1bOB': 'down' };
const [CTRL_C, CTRL_Z] = ['\x03', '\x1a'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Takes the terminal; stdin and stdout have to be one. */
export function openScreen({ draw: lines, key }: ScreenOptions): FullScreen {
  const { stdin, stdout } = process;
  let open = false;
  let end: (signal: NodeJS.Signals | null) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const put = (text: string) => {
    try {
      writeSync(1, text);
    } catch {
      end('SIGHUP'); // the terminal is gone
    }
  };
  const draw = () => {
    if (!open) return;
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    try {
      put(`${HOME}${lines(size).join(`${TO_LINE_END}\r\n`)}${TO_LINE_END}${TO_SCREEN_END}`);
    } catch (error) {
      fail(error); // told when the terminal is given back: here it would be lost with the screen
    }
  };
  const enter = () => {
    open = true;
    stdin.setRawMode(true);
    put(ENTER);
    draw();
  };
  const leave = () => {
    if (!open) return;
    open = false;
    put(LEAVE);
    try {
      stdin.setRawMode(false);
    } catch {
      // the terminal is gone
    }
  };
  const stop = () => {
    leave();
    stopGroup(enter);
  };
  const typed = (chunk: Buffer) => {
    for (const name of keysIn(chunk.toString('latin1'))) {
      if (name === 'q' || name === CTRL_C) end(null);
      else if (name === CTRL_Z) stop();
      else key(name);
    }
    draw();
  };
  const asked = SIGNALS.map((signal) => ({ signal, hear: () => end(signal) }));
  for (const { signal, hear } of asked) process.on(signal, hear);
  process.once('exit', leave);
  stdin.on('data', typed);
  stdin.on('error', () => end('SIGHUP'));
  stdin.on('end', () => end('SIGHUP'));
  stdout.on('resize', draw);
  enter();
  return {
    draw,
    ended,
    close() {
      leave();
      for (const { signal, hear } of asked) process.off(signal, hear);
      stdin.destroy();
      stdout.off('resize', draw);
    },
  };
}

/** The keys in what was read at once. */
function keysIn(text: string): string[] {
  const names: string[] = [];
  for (let i = 0; i < text.length; ) {
    const arrow = KEYS[text.slice(i, i + 3)];
    names.push(arrow ?? text[i]!);
    i += arrow === undefined ? 1 : 3;
  }
  return names;
}
