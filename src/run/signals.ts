// Signals that reach us reach the command exactly once.
//
// One sent to the whole process group (Ctrl-C, timeout, kill -- -PGID) has reached the command already; one sent to us
// alone has not. A witness in the same group tells which it was (witness.ts). A command in a session of its own is in
// another group: what reached all of ours is for all of its.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

export const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

const SETTLE_MS = 30;

/** Makes us ignore again what was ignored when we were started: Node has reset it. */
export function ignoreAgain(signals: readonly number[]): void {
  for (const signal of FORWARDED) if (signals.includes(constants.signals[signal])) process.on(signal, () => {});
}

/**
 * Passes on what reaches us alone while the child lives; after its end signals are heard and do nothing, so that a
 * second Ctrl-C does not keep us from closing the books. `heard` is told of each while the child lives. `ignored` are the numbers of signals that neither of us hears.
 */
export function forwardSignals(
  child: { pid: number; alive(): boolean; readonly apart: boolean; heard?(signal: NodeJS.Signals): void },
  ignored: readonly number[],
  groupSaw: (signal: NodeJS.Signals) => Promise<boolean> = probablyGroup,
): void {
  for (const signal of FORWARDED) {
    if (ignored.includes(constants.signals[signal])) continue;
    process.on(signal, async () => {
      if (!child.alive()) return;
      child.heard?.(signal);
      const group = await groupSaw(signal);
      if ((group && !child.apart) || !child.alive()) return;
      try {
        process.kill(group ? -child.pid : child.pid, signal);
      } catch {
        // it has just ended
      }
    });
  }
}

/** Without a witness: a keyboard signal while we are the terminal's foreground group went to the whole group. */
async function probablyGroup(signal: NodeJS.Signals): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  if (signal !== 'SIGINT' && signal !== 'SIGQUIT') return false;
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === fields[5]; // pgrp, tpgid
  } catch {
    return false;
  }
}

/** Without a shell that does job control nobody would start us again: then a stop does not happen. */
const STOP_MS = 100;

/** Stops our process group, as Ctrl-Z does, and calls `goesOn` once it is continued. */
export function stopGroup(goesOn: () => void): void {
  let over = false;
  const goOn = () => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    process.off('SIGCONT', goOn);
    goesOn();
  };
  process.on('SIGCONT', goOn);
  const timer = setTimeout(goOn, STOP_MS);
  signalTo(0, 'SIGTSTP');
}

/** Sends a signal to a process, which may have just ended, or with -PGID or 0 to a group. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has just ended
  }
}
