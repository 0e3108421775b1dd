// Which process wrote this, and whether it still lives: pid, start time, boot and pid namespace together name one.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessName {
  readonly host: string;
  readonly boot_id: string | null;
  readonly pid_namespace: string | null;
  readonly pid: number;
  readonly pid_start: string | null;
}

/** The name of the process that calls; parts that the system does not tell are null. */
export const thisProcess = (): ProcessName => processNamed(process.pid);

/** The name of a process of this machine; its start is null where it does not live. */
export function processNamed(pid: number): ProcessName {
  return {
    host: hostname(),
    boot_id: quiet(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pid_namespace: quiet(() => readlinkSync('/proc/self/ns/pid')),
    pid,
    pid_start: startOf(pid),
  };
}

/** True or false where it can be told; null for a process of another host, boot or container. */
export function isAlive(other: ProcessName, self: ProcessName = thisProcess()): boolean | null {
  if (other.host === self.host && other.boot_id !== self.boot_id) return false; // the machine was restarted
  if (other.boot_id !== self.boot_id || other.pid_namespace !== self.pid_namespace) return null;
  if (other.pid_start === null) {
    try {
      process.kill(other.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }
  return startOf(other.pid) === other.pid_start;
}

/** Start time in ticks since boot; null for a process that is gone, a zombie, or where there is no /proc. */
function startOf(pid: number): string | null {
  const stat = quiet(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  // The name in brackets may hold anything, brackets and spaces included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function quiet<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
