// A process beside a run that works something out for it: in a session of its own, as what is typed at our terminal is not
// for it, and never what holds us up.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts one of the files of dist with an order as JSON; it answers by messages. Null where no process can be had. */
export function startKeeper(file: 'grid-keeper.js' | 'budget-keeper.js', order: object): ChildProcess | null {
  try {
    const child = fork(fileURLToPath(new URL(`./${file}`, import.meta.url)), [JSON.stringify(order)], {
      ...{ detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    });
    child.unref();
    child.channel?.unref();
    return child;
  } catch {
    return null;
  }
}
