// The freezer of a cgroup (v2): the kernel stops all that is in it at once, whatever it forks, and no process can tell.
//
// Nothing is stopped by a signal there, so shells see no stopped job and the kernel hangs up on no orphaned group. A
// group that holds joulebook itself is not ours to freeze.

import { accessSync, constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, readQuietly } from '../../meter/sources/quiet-file.ts';

export interface CgroupFreezer {
  readonly path: string;
  /** Those in it and in the groups below it. */
  pids(): Set<number>;
  /** Whether it could freeze now. */
  usable(): boolean;
  /** Asks for it; false where it is refused. */
  set(frozen: boolean): boolean;
  /** Whether all in it is frozen: `frozen` of cgroup.events (the kernel's cgroup-v2.rst). */
  isFrozen(): boolean;
  /** Ends all in it at once, frozen or not; false where the kernel (before 5.14) cannot. */
  kill(): boolean;
}

export function cgroupFreezer(path: string): CgroupFreezer {
  const write = (file: string, value: string): boolean => {
    try {
      writeFileSync(join(path, file), value, { flag: 'r+' });
      return true;
    } catch {
      return false;
    }
  };
  const set = (frozen: boolean) => write('cgroup.freeze', frozen ? '1' : '0');
  const pids = () => new Set(pidsBelow(path));
  return {
    path,
    pids,
    set,
    usable: () => !pids().has(process.pid) && isWritable(join(path, 'cgroup.freeze')),
    isFrozen: () => /^frozen 1$/m.test(readQuietly(join(path, 'cgroup.events')) ?? ''),
    kill: () => write('cgroup.kill', '1'),
  };
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function pidsBelow(folder: string): number[] {
  const own = (readQuietly(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
  // Folders alone: a cgroup's files have a dot in their names, and its children's names may too.
  const below = namesIn(folder).filter((name) => readQuietly(join(folder, name, 'cgroup.procs')) !== null);
  return [...own, ...below.flatMap((name) => pidsBelow(join(folder, name)))];
}
