// A pseudo-terminal from the system's own calls: its two ends, its size and how its line discipline is set.
//
// The command is started on it as any other child is (child.ts): in a session of its own, whose leader gets a terminal by
// opening it (tty(4)). Our hold on the command's end keeps the kernel from hanging up before all has been read.

import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { fault, reasonOf } from '../core/fault.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Pty {
  /** The command's end, as a file to open. */
  readonly path: string;
  /** Our end: what the command prints comes out, and what is written goes to it as typed. */
  readonly ours: ReadStream;
  /** The command's end, opened by us. */
  readonly theirs: number;
  resize(size: Size): void;
  /** Takes over how this terminal of ours is set: its erase character, its encoding. */
  adopt(fd: number): void;
  /** Lets a line end as the command writes it, for whoever reads it from a pipe or file. */
  plainLines(): void;
  /** Lets this terminal of ours show what comes out as it is: the command's has made of it what a terminal does. */
  showAsIs(fd: number): void;
  /** The bytes that make signals of a job's, Ctrl-Z, Ctrl-C and Ctrl-\\ by default; none while the command takes keys as they are. */
  signalKeys(): SignalKeys;
  close(): void;
}

/** By the signal that each makes; absent where no key does. */
export type SignalKeys = { readonly [key in 'SIGTSTP' | 'SIGINT' | 'SIGQUIT']?: number };

/** struct termios (asm-generic/termbits.h): flags are 32-bit words, the control characters begin at byte 17. */
const TERMIOS_WORDS = 16;
const [OUTPUT, LOCAL] = [1, 3];
const CONTROL = 17;
const [OPOST, ONLCR, ISIG] = [1, 4, 1];
const MADE_BY = { SIGINT: 0, SIGQUIT: 1, SIGTSTP: 10 } as const; // VINTR, VQUIT, VSUSP
const TIOCSWINSZ = 0x5414;
/** Where those numbers hold. */
const GENERIC = ['x64', 'arm64', 'riscv64', 'loong64', 's390x'];
const NAME_BYTES = 128;

/** Throws Fault pty-missing. */
export async function openPty(): Promise<Pty> {
  const missing = (why: string, cause?: unknown) => fault('pty-missing', { facts: { why }, cause });
  if (process.platform !== 'linux' || !GENERIC.includes(process.arch)) throw missing('it is made on Linux only');
  const libc = await systemCalls().catch((cause: unknown) => {
    throw missing(`koffi could not be loaded (${reasonOf(cause)})`, cause);
  });
  let master: number | null = null;
  try {
    master = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY);
    const name = Buffer.alloc(NAME_BYTES);
    if (libc.grantpt(master) !== 0 || libc.unlockpt(master) !== 0 || libc.ptsname_r(master, name, NAME_BYTES) !== 0) {
      throw new Error('the system refuses one');
    }
    const path = name.toString('latin1', 0, name.indexOf(0));
    return ptyOf(libc, { master, path, theirs: openSync(path, constants.O_RDWR | constants.O_NOCTTY) });
  } catch (cause) {
    if (master !== null) closeSync(master);
    throw missing(reasonOf(cause), cause);
  }
}

type SystemCalls = Awaited<ReturnType<typeof systemCalls>>;

async function systemCalls() {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  return {
    grantpt: libc.func('grantpt', 'int', ['int']),
    unlockpt: libc.func('unlockpt', 'int', ['int']),
    ptsname_r: libc.func('ptsname_r', 'int', ['int', 'void *', 'size_t']),
    tcgetattr: libc.func('tcgetattr', 'int', ['int', 'void *']),
    tcsetattr: libc.func('tcsetattr', 'int', ['int', 'int', 'void *']),
    ioctl: libc.func('int ioctl(int, unsigned long, ...)'),
  };
}

function ptyOf(libc: SystemCalls, ends: { master: number; path: string; theirs: number }): Pty {
  const { master, path, theirs } = ends;
  const settings = (fd: number): Uint32Array | null => {
    const termios = new Uint32Array(TERMIOS_WORDS);
    return libc.tcgetattr(fd, termios) === 0 ? termios : null;
  };
  const unset = (fd: number, flag: number) => {
    const termios = settings(fd);
    if (termios === null) return;
    termios[OUTPUT]! &= ~flag;
    libc.tcsetattr(fd, 0, termios);
  };
  const ours = new ReadStream(master);
  return {
    ...{ path, ours, theirs },
    resize({ columns, rows }) {
      libc.ioctl(theirs, TIOCSWINSZ, 'void *', new Uint16Array([rows, columns, 0, 0]));
    },
    adopt(fd) {
      const termios = settings(fd);
      if (termios !== null) libc.tcsetattr(theirs, 0, termios);
    },
    plainLines: () => unset(theirs, ONLCR),
    showAsIs: (fd) => unset(fd, OPOST),
    signalKeys() {
      const termios = settings(theirs);
      if (termios === null || (termios[LOCAL]! & ISIG) === 0) return {};
      const keys = new Uint8Array(termios.buffer, CONTROL);
      // A key that is 0 is none.
      return Object.fromEntries(Object.entries(MADE_BY).flatMap(([name, at]) => (keys[at] ? [[name, keys[at]]] : [])));
    },
    close() {
      ours.destroy();
      closeSync(theirs);
    },
  };
}
