// How far the file server's clock is from ours: of a file just written, its time of change says what the server's clock
// showed between two looks at ours. On a file system of this machine that is this machine's own clock.
//
// Some network file systems let each client stamp its files: there it tells nothing.

import { closeSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface ServerClock {
  /** ms to add to our clock to get the server's. */
  readonly offset_ms: number;
  /** The truth lies within so much of it, ms. */
  readonly bound_ms: number;
}

/** The kernel stamps files with the time of its last tick: 10 ms at 100 Hz, the slowest that Linux is built with. */
const TICK_MS = 10;
/** f_type of statfs(2) of file systems whose clients stamp: Lustre, GPFS, Ceph, BeeGFS, OrangeFS. */
const CLIENT_STAMPS = new Set([0x0bd00bd0, 0x47504653, 0x00c36400, 0x19830326, 0x20030528]);

/** Looks at the clock of what holds `folder`, by writing a byte there; null where that cannot be told. */
export function serverClock(folder: string, now: () => number): ServerClock | null {
  const file = join(folder, `.clock-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    if (CLIENT_STAMPS.has(statfsSync(folder).type)) return null;
    try {
      const fd = openSync(file, 'wx');
      const before = now();
      writeSync(fd, '.');
      closeSync(fd); // close-to-open: the server has it, and the stamp is its own
      const stamp = statSync(file).mtimeMs;
      const after = now();
      // The stamp was true somewhere in [before, after], and is up to a tick old.
      const middle = (before + after - TICK_MS) / 2;
      return { offset_ms: Math.round(stamp - middle), bound_ms: Math.ceil((after - before + TICK_MS) / 2) };
    } finally {
      unlinkSync(file);
    }
  } catch {
    return null;
  }
}
