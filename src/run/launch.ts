// How we were started, which Node forgets before any code of ours runs: it resets ignored signals, raises the limit of
// open files, opens closed descriptors and marks others to be closed. The launcher (scripts/launcher.sh) saw it before
// and tells it in variables, with the environment's entries that no shell passes on (bash's exported functions).
//
// Started as `node cli.js` there is no launcher: then what can still be told is a guess, and otherwise Node's own way.

import { fstatSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

export interface Launch {
  /** Numbers of the signals that were ignored: nohup, background jobs of scripts. */
  readonly ignored: readonly number[];
  /** Soft limit of open files where Node has raised it; null where it has not. */
  readonly openFiles: number | null;
  /** Descriptors of 0, 1, 2 that were closed. */
  readonly closed: readonly number[];
  /** Open descriptors beyond 2, for the command. */
  readonly inherited: readonly number[];
  /** Entries NAME=VALUE whose name is none to a shell; they are in the environment. */
  readonly oddEnvironment: readonly string[];
}

/** Takes the launcher's variables out of the environment, so that the command does not see them, and puts odd ones back. */
export function takeLaunch(env: NodeJS.ProcessEnv): Launch {
  const { JOULEBOOK_LAUNCH: told, JOULEBOOK_LAUNCH_ENV: odd } = env;
  delete env.JOULEBOOK_LAUNCH;
  delete env.JOULEBOOK_LAUNCH_ENV;
  const oddEnvironment = Buffer.from(odd ?? '', 'base64')
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry.includes('='));
  for (const entry of oddEnvironment) env[entry.slice(0, entry.indexOf('='))] = entry.slice(entry.indexOf('=') + 1);
  const match = /^([0-9a-f]+) (\d+|unlimited) c([012]*)((?: \d+)*)$/.exec(told ?? '');
  if (match === null) return guess(env);
  const mask = BigInt(`0x${match[1]}`);
  const ours = softLimit('self');
  const before = Number(match[2]);
  return {
    ignored: Array.from({ length: 31 }, (_, i) => i + 1).filter((signal) => (mask >> BigInt(signal - 1)) & 1n),
    openFiles: ours !== null && before < ours ? before : null,
    closed: [...match[3]!].map(Number),
    inherited: match[4]!
      .split(' ')
      .filter(Boolean)
      .map(Number)
      .filter((fd) => fd < MOST_DESCRIPTORS && isOpen(fd)),
    oddEnvironment,
  };
}

/** bash names nohup in `_`; the parent's limit is mostly ours. */
function guess(env: NodeJS.ProcessEnv): Launch {
  const ours = softLimit('self');
  const before = softLimit(String(process.ppid));
  return {
    ignored: /(?:^|\/)nohup$/.test(env._ ?? '') ? [constants.signals.SIGHUP] : [],
    openFiles: ours !== null && before !== null && before < ours ? before : null,
    ...{ closed: [], inherited: [], oddEnvironment: [] },
  };
}

const MOST_DESCRIPTORS = 1024;

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

function softLimit(pid: string): number | null {
  try {
    const text = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return text === undefined ? null : text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
  } catch {
    return null;
  }
}
