// Whether what was read of a file still stands in it: its beginning and the last bytes before the reader's place are
// compared, which tells one that was written anew from one that grew.

import { readSync } from 'node:fs';

/** A table's header, and its last row. */
const FIRST = 4096;
const LAST = 64;

export interface Trail {
  /** Remembers what stands before `at`. */
  keep(fd: number, at: number): void;
  /** Whether it still does. */
  stands(fd: number): boolean;
}

/** Of a file of which nothing was read. Throws what the system says. */
export function createTrail(): Trail {
  let first = Buffer.alloc(0);
  let last = Buffer.alloc(0);
  let place = 0;
  return {
    keep(fd, at) {
      place = at;
      first = readAt(fd, 0, Math.min(at, FIRST));
      last = readAt(fd, Math.max(0, at - LAST), Math.min(at, LAST));
    },
    stands: (fd) =>
      readAt(fd, 0, first.length).equals(first) && readAt(fd, Math.max(0, place - LAST), last.length).equals(last),
  };
}

/** The bytes at a place of a file, fewer at its end. Throws what the system says. */
export function readAt(fd: number, at: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
}
