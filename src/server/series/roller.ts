// Has roll-ups made by a process beside the server: of a run that is looked at, and, while there is nothing else to do, of all runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Roller {
  /** The run has sealed segments without a roll-up. */
  wanted(run: string): void;
  close(): void;
}

const AHEAD_MS = 600_000;
/** One that could not be made, or that grows, is not tried again at once. */
const AGAIN_MS = 60_000;

/** One process at a time. `cache` null: nothing is made. */
export function rollerOf(ledger: string, cache: string | null): Roller {
  if (cache === null) return { wanted() {}, close() {} };
  const waiting = new Set<string>();
  const tried = new Map<string, number>();
  let child: ChildProcess | null = null;
  let making = ALL;
  const next = () => {
    const run = [...waiting].sort().at(-1); // all of them come last
    if (child !== null || run === undefined) return;
    making = run;
    waiting.delete(run);
    tried.set(run, Date.now());
    child = spawn(process.execPath, [SCRIPT, cache, ledger, ...(run === ALL ? [] : [run])], { stdio: 'ignore' });
    child.unref();
    const ended = () => {
      child = null;
      next();
    };
    child.once('error', ended);
    child.once('exit', ended);
  };
  const wanted = (run: string) => {
    if (Date.now() - (tried.get(run) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    waiting.add(run);
    // Who looks at a run does not wait for all others: what was made of them stays.
    if (run !== ALL && child !== null && making === ALL) {
      waiting.add(ALL);
      child.kill();
    }
    next();
  };
  const soon = setTimeout(() => wanted(ALL), 1000).unref();
  const ahead = setInterval(() => wanted(ALL), AHEAD_MS).unref();
  return {
    wanted,
    close() {
      clearTimeout(soon);
      clearInterval(ahead);
      waiting.clear();
      child?.kill();
    },
  };
}

const ALL = '';
const SCRIPT = fileURLToPath(new URL('./prepare.js', import.meta.url));
