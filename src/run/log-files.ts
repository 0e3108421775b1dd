// Follows the files named by --log: from their present end, through truncation and replacement, until the run ends.

import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { follow, LINE_END, readOn } from './follow.ts';

/**
 * Follows the files until close(), which reads what is left; `onChunk` is told which of them by its place. What is in a
 * file when this is called is not this run's progress; a file that appears later is read from its beginning.
 */
export function followLogs(
  files: readonly string[],
  onChunk: (index: number, chunk: Buffer) => void,
): { close(): void } {
  const followers = files.map((file, index) => followLog(file, (chunk) => onChunk(index, chunk)));
  return {
    close() {
      for (const follower of followers) follower.close();
    },
  };
}

function followLog(file: string, onChunk: (chunk: Buffer) => void): { close(): void } {
  let log = openLog(file);
  let at = log?.size ?? 0;
  const readRest = (): boolean => {
    if (log === null) return false;
    const from = at;
    at = readOn(log.fd, at, onChunk);
    return at > from;
  };
  const read = (): boolean => {
    try {
      if (log !== null && fstatSync(log.fd).size < at) {
        at = 0;
        onChunk(LINE_END);
      }
      const more = readRest();
      if (log !== null && isStill(file, log.identity)) return more;
      const next = openLog(file);
      if (next === null) return more; // not there yet, or moved away and still written
      readRest(); // what was written before it was replaced
      if (log !== null) {
        closeSync(log.fd);
        onChunk(LINE_END);
      }
      log = next;
      at = 0;
      return readRest() || more;
    } catch {
      return false; // the file system refuses: it is tried again
    }
  };
  const follower = follow([file, dirname(file)], read);
  return {
    close() {
      follower.close();
      if (log !== null) closeSync(log.fd);
    },
  };
}

interface Log {
  readonly fd: number;
  readonly size: number;
  readonly identity: string;
}

/** Null where there is none, or it cannot be read; only files: opening a FIFO would wait for its writer. */
function openLog(file: string): Log | null {
  try {
    if (!statSync(file).isFile()) return null;
    const fd = openSync(file, 'r');
    const { dev, ino, size } = fstatSync(fd);
    return { fd, size, identity: `${dev}:${ino}` };
  } catch {
    return null;
  }
}

function isStill(file: string, identity: string): boolean {
  try {
    const { dev, ino } = statSync(file);
    return `${dev}:${ino}` === identity;
  } catch {
    return false;
  }
}
