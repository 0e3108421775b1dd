// CPU time of the whole machine since boot, from the first line of /proc/stat; elsewhere from what Node tells.

import { closeSync, openSync, readSync } from 'node:fs';
import { cpus } from 'node:os';

/** USER_HZ of /proc: 100 on every Linux that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
export const TICKS_PER_S = 100;

/** CPU-seconds of all CPUs together. */
export interface MachineTime {
  readonly all_s: number;
  readonly busy_s: number;
}

/** user, nice, system, idle, iowait, irq, softirq, steal; guest time is inside user. Null where it cannot be read. */
export function machineTime(procfs: string): MachineTime | null {
  const fields = firstNumbers(`${procfs}/stat`);
  if (fields === null) {
    if (process.platform === 'linux') return null;
    const times = cpus().map((cpu) => cpu.times);
    const idle_s = times.reduce((s, t) => s + t.idle, 0) / 1000;
    const busy_s = times.reduce((s, t) => s + t.user + t.nice + t.sys + t.irq, 0) / 1000;
    return { all_s: idle_s + busy_s, busy_s };
  }
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = fields;
  const busy_s = (user + nice + system + irq + softirq) / TICKS_PER_S;
  return { busy_s, all_s: busy_s + (idle + iowait) / TICKS_PER_S };
}

const block = Buffer.alloc(256);
const [LF, ZERO] = [10, 48];

/** The numbers of a file's first line, the short way: this is done ten times a second, the file goes on for pages. */
function firstNumbers(file: string): number[] | null {
  let length: number;
  try {
    const fd = openSync(file, 'r');
    try {
      length = readSync(fd, block, 0, block.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
  const numbers: number[] = [];
  let inside = false;
  for (let i = 0; i < length && block[i] !== LF; i++) {
    const digit = block[i]! - ZERO;
    const isDigit = digit >= 0 && digit <= 9;
    if (isDigit && inside) numbers.push(10 * numbers.pop()! + digit);
    else if (isDigit) numbers.push(digit);
    inside = isDigit;
  }
  return numbers;
}
