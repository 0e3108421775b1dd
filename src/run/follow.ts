// Reads what is appended to a file within milliseconds of its being written, at next to no cost.
//
// While lines come the file is looked at every few milliseconds; when nothing came, the system is asked to tell (inotify
// and the like). It tells once: a watch that stays would be woken, and slow the writer, at every single write. Network
// file systems do not tell of other machines, so there is a slow look as well.

import { type FSWatcher, fstatSync, readSync, watch } from 'node:fs';

const BUSY_MS = 10;
const IDLE_MS = 200;
const BLOCK = 1 << 16;

/**
 * Calls `read`, which says whether there was anything, now and whenever the first of `paths` that can be watched has
 * changed. The end is a last read.
 */
export function follow(paths: readonly string[], read: () => boolean): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | null = null;
  let looked_ms = 0;
  const next = (wait_ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(turn, wait_ms).unref();
  };
  const turn = () => {
    watcher?.close();
    looked_ms = performance.now();
    let more = read();
    if (!more) {
      watcher = firstWatch(paths, () => {
        watcher?.close();
        next(Math.max(1, looked_ms + BUSY_MS - performance.now())); // a late look is due at once: Node 24 warns of less
      });
      more = read(); // what came before the watch did
    }
    next(more ? BUSY_MS : IDLE_MS);
  };
  turn();
  return {
    close() {
      clearTimeout(timer);
      watcher?.close();
      read();
    },
  };
}

function firstWatch(paths: readonly string[], onChange: () => void): FSWatcher | null {
  for (const path of paths) {
    try {
      return watch(path, { persistent: false }, onChange).on('error', () => {});
    } catch {
      // not there, or no watch is left for us
    }
  }
  return null;
}

/** Reads from `at` up to `end`, or the present end, and returns how far it came. Throws what the system says. */
export function readOn(fd: number, at: number, onChunk: (chunk: Buffer) => void, end = fstatSync(fd).size): number {
  while (at < end) {
    const block = Buffer.allocUnsafe(BLOCK);
    const count = readSync(fd, block, 0, Math.min(BLOCK, end - at), at);
    if (count === 0) break;
    at += count;
    onChunk(block.subarray(0, count));
  }
  return at;
}

/** Ends a line that will not be finished: its file was truncated or replaced. */
export const LINE_END = Buffer.from('\n');
