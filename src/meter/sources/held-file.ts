// A file of one whole number that is opened once and read many times, as the kernel's counters are.
//
// It may vanish, fail once, or be replaced by another of its name (a driver loaded again): then the old descriptor would
// show the last value for ever. So a number that stands still, an error and every few seconds are reasons to look.

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

export interface HeldFile {
  /** The number; throws what the system says, or that it is none. `at_ms` is only compared with earlier ones. */
  read(at_ms: number): number;
  close(): void;
}

/** A file that failed twice running is opened again no more often than this. */
const RETRY_MS = 2000;
/** A file that goes on is compared with its name no more often than this. */
const COMPARE_MS = 5000;

const block = Buffer.alloc(64);

export type Opener = (file: string) => number;

/** A whole number alone on its line. */
const NUMBER = /^\s*(\d+)\s*$/;

/** Opens nothing until it is read. `open` stands for openSync; the first group of `form` is the number. */
export function heldFile(file: string, open: Opener = (name) => openSync(name, 'r'), form: RegExp = NUMBER): HeldFile {
  let fd: number | null = null;
  let identity = '';
  let last: number | null = null;
  let compared_ms = 0;
  let failed: { readonly at_ms: number; readonly error: unknown; readonly times: number } | null = null;

  const close = () => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  const opened = (at_ms: number): number => {
    if (fd === null) {
      fd = open(file);
      const { dev, ino } = fstatSync(fd, { bigint: true });
      identity = `${dev} ${ino}`;
      compared_ms = at_ms;
    }
    return fd;
  };
  const number = (at_ms: number): number => {
    const length = readSync(opened(at_ms), block, 0, block.length, 0);
    const text = block.toString('latin1', 0, length);
    const digits = form.exec(text.split('\n', 1)[0]!)?.[1];
    if (digits === undefined) throw new Error(`it holds ${JSON.stringify(text.slice(0, 20))}, not a number`);
    return Number(digits);
  };
  const replaced = (at_ms: number): boolean => {
    compared_ms = at_ms;
    const { dev, ino } = statSync(file, { bigint: true });
    return identity !== `${dev} ${ino}`;
  };

  return {
    read(at_ms) {
      if (failed !== null && failed.times > 1 && at_ms - failed.at_ms < RETRY_MS) throw failed.error;
      try {
        let value: number;
        try {
          value = number(at_ms);
        } catch (error) {
          if (fd === null || codeOf(error) === null) throw error;
          close(); // another file of its name may be readable
          value = number(at_ms);
        }
        if ((value === last || at_ms - compared_ms >= COMPARE_MS) && replaced(at_ms)) {
          close();
          value = number(at_ms);
        }
        last = value;
        failed = null;
        return value;
      } catch (error) {
        if (codeOf(error) !== null) close();
        failed = fd === null ? { at_ms, error, times: 1 + (failed?.times ?? 0) } : null;
        throw error;
      }
    },
    close,
  };
}

/** The system's word for an error: EACCES; null where it is not the system's. */
export function codeOf(error: unknown): string | null {
  return (error as NodeJS.ErrnoException).code ?? null;
}
