// The process that launched the ranks of a host: the nearest above us that has not got the variable it gives to them.
// Scripts between it and us have the variable too, so every rank finds the same one.

import { readFileSync } from 'node:fs';
import { thisProcess } from '../ledger/process.ts';

const MOST_LEVELS = 32;

/** Boot, pid and start time of that process, which no other ever has; null where /proc does not tell. */
export function launcherProcess(variable: string): string | null {
  try {
    let pid = process.ppid;
    for (let i = 0; i < MOST_LEVELS && pid > 0; i++) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in brackets may hold anything, brackets and spaces included.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (!has(pid, variable)) return `${thisProcess().boot_id} ${pid} ${fields[19]}`;
      pid = Number(fields[1]);
    }
  } catch {
    // another user's, or gone
  }
  return null;
}

function has(pid: number, variable: string): boolean {
  return readFileSync(`/proc/${pid}/environ`, 'latin1')
    .split('\0')
    .some((entry) => entry.startsWith(`${variable}=`));
}
