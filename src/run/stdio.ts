// What our stdout and stderr are decides how the command gets them: a file, terminal or device is simply inherited;
// a pipe or socket goes through the relay, so that its output can be read and still outlives us.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { reasonOf } from '../core/fault.ts';
import { follow, LINE_END, readOn } from './follow.ts';

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

/** Reads what is appended to the file behind one of our descriptors from now on, until closed; `unread` says why not. */
export function followOwn(
  fd: 1 | 2,
  onChunk: (chunk: Buffer) => void,
): { close(): void; readonly unread: string | null } {
  const path = `${process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'}/${fd}`;
  let input: number;
  let at: number;
  try {
    input = openSync(path, 'r');
    at = startOf(fd, fstatSync(input).size);
  } catch (error) {
    return { close() {}, unread: reasonOf(error) }; // a file we may write to but not read
  }
  const follower = follow([path], () => {
    const from = at;
    try {
      const { size } = fstatSync(input);
      // Truncated under us; a writer that does not append goes on from its place all the same.
      if (size < at && startOf(fd, size) < at) {
        at = 0;
        onChunk(LINE_END);
      }
      at = readOn(input, at, onChunk);
    } catch {
      // the file system refuses: nothing to parse
    }
    return at > from;
  });
  return {
    close() {
      follower.close();
      closeSync(input);
    },
    unread: null,
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
