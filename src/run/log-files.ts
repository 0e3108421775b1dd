// Follows the files named by --log: from their present end, through truncation and replacement, until the run ends.

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const POLL_MS = 200;
const BLOCK = 1 << 16;

/** Follows the files until close(), which reads what is left. */
export function followLogs(files: readonly string[], onChunk: (chunk: Buffer) => void): { close(): Promise<void> } {
  const followers = files.map((file) => follow(file, onChunk));
  const readAll = () => {
    for (const read of followers) read();
  };
  const timer = files.length > 0 ? setInterval(readAll, POLL_MS) : undefined;
  return {
    async close() {
      clearInterval(timer);
      readAll();
    },
  };
}

function follow(file: string, onChunk: (chunk: Buffer) => void): () => void {
  let fd: number | null = null;
  let inode = 0;
  let at = 0;
  let first = true;
  return () => {
    try {
      const found = statSync(file);
      if (fd !== null && (found.ino !== inode || found.size < at)) {
        if (found.ino !== inode) {
          closeSync(fd);
          fd = null;
        }
        at = 0;
      }
      if (fd === null) {
        fd = openSync(file, 'r');
        inode = fstatSync(fd).ino;
        // What was there before the run is not this run's progress; a file that appears later is, from its beginning.
        at = first ? found.size : 0;
      }
      for (;;) {
        const block = Buffer.allocUnsafe(BLOCK);
        const count = readSync(fd, block, 0, BLOCK, at);
        if (count === 0) break;
        at += count;
        onChunk(block.subarray(0, count));
      }
    } catch {
      // not there yet, or gone: it is looked for again
    } finally {
      first = false;
    }
  };
}
