// A cgroup (v2) for the command, so that the kernel itself counts the CPU time of all it ever starts: short-lived
// children and daemons too.
//
// The command is born inside: we step in, start it and step out, so that nothing of it ever runs elsewhere and nothing
// of its own is changed. No controller is needed: cpu.stat has usage_usec without any (the kernel's cgroup-v2.rst). Where
// the group would hide a limit from a command that looks for it, or stand apart as the scheduler sees it, there is none.

import { mkdirSync, readdirSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../core/fault.ts';
import { readQuietly, textOf } from '../meter/sources/quiet-file.ts';

export interface Cgroup {
  readonly path: string;
  /** Moves this process in; throws where it cannot. What is started now is born there. */
  enter(): void;
  /** Moves this process back; false where it has to stay. */
  leave(): boolean;
  /** CPU-seconds of all that was ever in it, this process left out; null where it cannot be read. */
  used_s(): number | null;
  /** Removes it; false where processes still live in it. */
  remove(): boolean;
}

/** The first half of the names of all our groups. */
const PREFIX = 'joulebook-';
/** Limits that runtimes read from their own group alone: Go (golang/go#81180), older JVMs (JDK-8322420). */
const LIMITS = ['memory.max', 'memory.high', 'memory.swap.max', 'cpu.max', 'pids.max', 'cpuset.cpus'];

/** A new group below our own one; in words, why there is none. Throws nothing. */
export function openCgroup(run: string, procfs = '/proc'): Cgroup | { readonly why: string } {
  const own = folderOf(readQuietly(`${procfs}/self/cgroup`) ?? '', readQuietly(`${procfs}/self/mountinfo`) ?? '');
  if (own === null) return { why: 'no cgroup v2 is mounted' };
  if ((textOf(join(own, 'cgroup.subtree_control')) ?? '') !== '')
    return { why: 'controllers are handed on there: the command would have a share of its own' };
  const limit = LIMITS.find((name) => !/^(?:max\b.*)?$/.test(textOf(join(own, name)) ?? ''));
  if (limit !== undefined) return { why: `its ${limit} would be hidden from the command` };
  sweep(own);
  const path = join(own, `${PREFIX}${run}-${pidNamespace()}-${process.pid}`);
  try {
    mkdirSync(path);
  } catch (error) {
    return { why: reasonOf(error) };
  }
  if (textOf(join(path, 'cgroup.type')) !== 'domain') {
    removed(path);
    return { why: 'threaded cgroups hold no processes' };
  }
  return cgroup(own, path);
}

function cgroup(own: string, path: string): Cgroup {
  let inside: NodeJS.CpuUsage | null = null;
  let ours_s = 0;
  const spent_s = () => {
    const { user, system } = process.cpuUsage(inside ?? undefined);
    return inside === null ? 0 : (user + system) / 1e6;
  };
  return {
    path,
    enter() {
      move(path);
      inside = process.cpuUsage();
    },
    leave() {
      try {
        move(own);
      } catch {
        return false;
      }
      ours_s += spent_s();
      inside = null;
      return true;
    },
    used_s() {
      const usage = /^usage_usec (\d+)$/m.exec(readQuietly(join(path, 'cpu.stat')) ?? '')?.[1];
      return usage === undefined ? null : Math.max(0, Number(usage) / 1e6 - ours_s - spent_s());
    },
    remove: () => removed(path),
  };
}

/** Writing 0 moves the process that writes, whatever PID namespace it is in (cgroups(7)). */
function move(folder: string): void {
  writeFileSync(join(folder, 'cgroup.procs'), '0', { flag: 'r+' });
}

/**
 * Our cgroup's folder, from /proc/self/cgroup (cgroups(7)) and /proc/self/mountinfo (proc(5)): null where there is no
 * cgroup v2, where it is mounted elsewhere, or lies outside our cgroup namespace.
 */
export function folderOf(cgroups: string, mountinfo: string): string | null {
  const path = /^0::(\/.*)$/m.exec(cgroups)?.[1];
  if (path === undefined || path.split('/').includes('..')) return null;
  for (const line of mountinfo.split('\n')) {
    const [, , , root = '', point = ''] = line.split(' ').map(plain);
    if (!/ - cgroup2 /.test(line)) continue;
    const below = root === '/' ? path : path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : null;
    if (below !== null) return join(point, below).replace(/(.)\/$/, '$1');
  }
  return null;
}

/** mountinfo writes a blank as \040. */
function plain(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Thaws and removes what joulebooks that were killed have left; one with processes in it the kernel keeps. */
function sweep(own: string): void {
  try {
    for (const name of readdirSync(own)) {
      if (!name.startsWith(PREFIX) || !isStale(name)) continue;
      thaw(join(own, name));
      removed(join(own, name));
    }
  } catch {
    // not ours to see
  }
}

/** Nobody is left who would: its joulebook and the watchdog were killed at once. */
function thaw(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.freeze'), '0', { flag: 'r+' });
  } catch {
    // no freezer, or not ours
  }
}

/** Its joulebook has ended; in another PID namespace that cannot be told. */
function isStale(name: string): boolean {
  const [namespace, pid] = name.split('-').slice(-2);
  if (namespace !== pidNamespace()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '0';
  }
}

function removed(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
