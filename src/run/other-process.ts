// A process that we did not start: who it is, which GPUs it may use, and when it ends. It is only looked at.

import { statSync } from 'node:fs';
import { fault } from '../core/fault.ts';
import { redactCommand } from '../core/redact.ts';
import { isAlive, processNamed } from '../ledger/process.ts';
import { readQuietly } from '../meter/sources/quiet-file.ts';

export interface OtherProcess {
  readonly pid: number;
  /** Secrets are redacted. */
  readonly command: readonly string[];
  /** Its CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER, as they were when it was started. */
  readonly gpus: { readonly visible: string | null; readonly order: string | null };
  /** Resolves when it has ended, or the signal is given. */
  ended(stop: AbortSignal): Promise<void>;
}

/** The end is seen so late at most. */
const LOOK_MS = 100;

/** Throws Fault usage for what is no pid, process-missing for one that is gone or not ours to look at. */
export function otherProcess(text: string): OtherProcess {
  const pid = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(pid)) {
    throw fault('usage', { facts: { problem: `"${text}" is no pid`, hint: 'give the number of a running process' } });
  }
  const missing = (why: string, hint: string) => fault('process-missing', { facts: { pid, why, hint } });
  const name = processNamed(pid);
  if (name.pid_start === null) throw missing('there is no such process', 'list processes with: ps -ef');
  if (pid === process.pid) throw missing('it is this joulebook itself', 'name another process');
  const environment = readQuietly(`/proc/${pid}/environ`);
  const self = process.geteuid?.();
  if (self !== 0 && ownerOf(pid) !== self) {
    throw missing('it belongs to another user', 'run joulebook as its user, or as root');
  }
  const value = (key: string) =>
    environment
      ?.split('\0')
      .find((entry) => entry.startsWith(`${key}=`))
      ?.slice(key.length + 1) ?? null;
  const words = readQuietly(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1) ?? [];
  return {
    pid,
    command: words.length > 0 ? redactCommand(words) : [`pid ${pid}`],
    gpus: { visible: value('CUDA_VISIBLE_DEVICES'), order: value('CUDA_DEVICE_ORDER') },
    ended: (stop) =>
      new Promise((resolve) => {
        const look = setInterval(() => {
          if (!stop.aborted && isAlive(name) !== false) return;
          clearInterval(look);
          resolve();
        }, LOOK_MS);
      }),
  };
}

function ownerOf(pid: number): number | null {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return null;
  }
}
