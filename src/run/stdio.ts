// What our stdout and stderr are decides how the command gets them: a file, terminal or device is simply inherited;
// a pipe or socket goes through the relay, so that its output can be read and still outlives us.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { isatty } from 'node:tty';

export type StreamKind = 'terminal' | 'device' | 'file' | 'pipe';

export interface Stream {
  readonly fd: 1 | 2;
  readonly kind: StreamKind;
  /** Equal for descriptors of one open pipe, socket or file. */
  readonly identity: string;
}

/** What a descriptor of ours is. Throws what the system says for one that is closed. */
export function classify(fd: 1 | 2): Stream {
  const stat = fstatSync(fd);
  const kind = isatty(fd) ? 'terminal' : stat.isFile() ? 'file' : stat.isFIFO() || stat.isSocket() ? 'pipe' : 'device';
  return { fd, kind, identity: `${stat.dev}:${stat.ino}` };
}

const POLL_MS = 250;
const BLOCK = 1 << 16;

/** Reads what is appended to the file behind one of our descriptors from now on, until closed. */
export function followOwn(fd: 1 | 2, onChunk: (chunk: Buffer) => void): { close(): void } | null {
  let input: number;
  let at: number;
  try {
    const folder = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';
    input = openSync(`${folder}/${fd}`, 'r');
    at = startOf(fd, fstatSync(input).size);
  } catch {
    return null; // opened for writing only by someone else: its content stays unread
  }
  const read = () => {
    try {
      if (fstatSync(input).size < at) at = 0; // truncated under us
      for (;;) {
        const block = Buffer.allocUnsafe(BLOCK);
        const count = readSync(input, block, 0, BLOCK, at);
        if (count === 0) return;
        at += count;
        onChunk(block.subarray(0, count));
      }
    } catch {
      // the file system refuses: nothing to parse
    }
  };
  const timer = setInterval(read, POLL_MS);
  return {
    close() {
      clearInterval(timer);
      read();
      closeSync(input);
    },
  };
}

/** Where the next write will go: the end in append mode, else the descriptor's own position. */
function startOf(fd: number, size: number): number {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
    const append = (flags & 0o2000) !== 0;
    return append ? size : Number(/^pos:\s*(\d+)/m.exec(info)?.[1] ?? size);
  } catch {
    return size;
  }
}
