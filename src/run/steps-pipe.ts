// The file that the Python helper appends lines to, followed while it grows: made for a command, or given by a process.
//
// It is a file and not a pipe, so that a writer never waits and our death leaves it one. One that has grown large is
// replaced under its name: helpers look at the name every 50 ms, so the old one is read on for a while. The folder's name
// tells who reads it, and what a killed joulebook left is taken away by the next one, or by the helper.

import {
  closeSync,
  constants,
  existsSync,
  type FSWatcher,
  fstatSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  watch,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { follow, readOn } from './follow.ts';

export interface StepsPipe {
  readonly path: string;
  /** Reads what is left and takes the file and its folder away. */
  close(): void;
}

const FILE = 'steps.jsonl';
const PREFIX = 'joulebook-steps';
const OURS = /^joulebook-steps\.(\d{1,10})\.(\d{1,20})\.[A-Za-z0-9_]{6,12}$/;
const LARGEST = 8 << 20;
const OLD_READ_MS = 10_000;
const UNUSED_LOOK_MS = 1000;

/** Makes the file in a private folder; null where there is no place for it. */
export function makeSteps(): string | null {
  void sweep();
  try {
    const folder = mkdtempSync(join(tmpdir(), `${PREFIX}.${process.pid}.${pidNamespace()}.`));
    const path = join(folder, FILE);
    closeSync(openSync(path, 'wx', 0o600));
    return path;
  } catch {
    return null;
  }
}

/** Follows the file from its beginning until close(). Throws what the system says where it cannot be opened. */
export function followSteps(
  path: string,
  onChunk: (chunk: Buffer) => void,
  { largest = LARGEST, onLook = () => {} }: { readonly largest?: number; onLook?(): void } = {},
): StepsPipe {
  let file = { fd: openOnce(path), at: 0 };
  let old: { readonly fd: number; at: number; readonly until: number } | null = null;

  const dropOld = () => {
    if (old !== null) closeSync(old.fd);
    old = null;
  };
  const replace = () => {
    const next = `${path}.next`;
    closeSync(openSync(next, 'wx', 0o600));
    const fd = openSync(next, constants.O_RDONLY);
    renameSync(next, path);
    dropOld();
    old = { ...file, until: performance.now() + OLD_READ_MS };
    file = { fd, at: 0 };
  };
  const read = (): boolean => {
    const before = file.at + (old?.at ?? 0);
    try {
      if (old !== null) old.at = readOn(old.fd, old.at, onChunk);
      if (old !== null && performance.now() > old.until) dropOld();
      const { at, fd } = file;
      file.at = readOn(fd, at, onChunk);
      if (file.at > largest && old === null) replace();
      return file.at + (old?.at ?? 0) > before;
    } catch {
      return false; // the file system refuses: it is tried again
    } finally {
      onLook();
    }
  };
  const follower = followOnceUsed(path, () => fstatSync(file.fd).size > 0, read);
  return {
    path,
    close() {
      follower.close();
      dropOld();
      closeSync(file.fd);
      removeSteps(path);
    },
  };
}

/** Most programs have no helper: until something is written the file costs next to nothing. */
function followOnceUsed(path: string, used: () => boolean, read: () => boolean): { close(): void } {
  let follower: { close(): void } | null = null;
  const begin = () => {
    if (follower !== null || !used()) return;
    watcher?.close();
    clearInterval(timer);
    follower = follow([path], read);
  };
  // The system may have no watch left for us, or not tell.
  const timer = setInterval(begin, UNUSED_LOOK_MS).unref();
  const watcher = watchQuietly(path, begin);
  begin();
  return {
    close() {
      watcher?.close();
      clearInterval(timer);
      if (follower === null) read();
      else follower.close();
    },
  };
}

function watchQuietly(path: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(path, { persistent: false }, onChange).on('error', () => {});
  } catch {
    return null;
  }
}

/** Only a file is followed: opening a FIFO would wait for its writer. */
function openOnce(path: string): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new Error('it is no file');
}

/** Takes away a file that was made for us, with its folder; another file stays. */
function removeSteps(path: string): void {
  const folder = dirname(path);
  if (basename(path) !== FILE || !OURS.test(basename(folder))) return;
  try {
    rmSync(`${path}.next`, { force: true });
    if (existsSync(path)) unlinkSync(path);
    rmdirSync(folder); // only if nobody else has put something there
  } catch {
    // it goes with the next sweep
  }
}

/** Takes away what processes that live no more have left. Never rejects. */
async function sweep(): Promise<void> {
  try {
    const [folder, namespace] = [tmpdir(), pidNamespace()];
    for (const name of await readdir(folder)) {
      const [, pid, where] = OURS.exec(name) ?? [];
      if (pid === undefined || where !== namespace || lives(Number(pid))) continue;
      if ((await stat(join(folder, name))).uid === process.getuid?.())
        await rm(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // another time
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A number that pids are counted in; 0 where the system has no such thing. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}
