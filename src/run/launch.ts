// How we were started, which Node forgets before any code of ours runs: it resets ignored signals, raises the limit of
// open files and opens closed descriptors. The launcher (scripts/launcher.sh) saw it before and tells it in a variable.
//
// Started as `node cli.js` there is no launcher: then what can still be told is a guess, and otherwise Node's own way.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

export interface Launch {
  /** Numbers of the signals that were ignored: nohup, background jobs of scripts. */
  readonly ignored: readonly number[];
  /** Soft limit of open files where Node has raised it; null where it has not. */
  readonly openFiles: number | null;
  /** Descriptors of 0, 1, 2 that were closed. */
  readonly closed: readonly number[];
}

export const LAUNCH_VARIABLE = 'JOULEBOOK_LAUNCH';

/** Takes the variable out of the environment, so that the command does not see it. */
export function takeLaunch(env: NodeJS.ProcessEnv): Launch {
  const told = env[LAUNCH_VARIABLE];
  delete env[LAUNCH_VARIABLE];
  const match = /^([0-9a-f]+) (\d+|unlimited) ([012]*)$/.exec(told ?? '');
  if (match === null) return guess(env);
  const mask = BigInt(`0x${match[1]}`);
  const ours = softLimit('self');
  const before = Number(match[2]);
  return {
    ignored: Array.from({ length: 31 }, (_, i) => i + 1).filter((signal) => (mask >> BigInt(signal - 1)) & 1n),
    openFiles: ours !== null && before < ours ? before : null,
    closed: [...match[3]!].map(Number),
  };
}

/** bash names nohup in `_`; the parent's limit is mostly ours. */
function guess(env: NodeJS.ProcessEnv): Launch {
  const ours = softLimit('self');
  const before = softLimit(String(process.ppid));
  return {
    ignored: /(?:^|\/)nohup$/.test(env._ ?? '') ? [constants.signals.SIGHUP] : [],
    openFiles: ours !== null && before !== null && before < ours ? before : null,
    closed: [],
  };
}

function softLimit(pid: string): number | null {
  try {
    const text = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return text === undefined ? null : text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
  } catch {
    return null;
  }
}
