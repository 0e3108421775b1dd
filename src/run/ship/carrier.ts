// Sends a run's record to a server while it is written, by a process of its own at the lowest priority.
//
// The command waits for none of it and the record here is whole whatever the server does. At the end a few seconds are waited
// for the rest; after that, and where we are killed, the process goes on alone for a minute at most.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from '../within.ts';
import type { Server } from './post.ts';

export interface ToShipper {
  readonly ledger: string;
  readonly run: string;
  readonly server: Server;
  /** The process whose writers are sent. */
  readonly pid: number;
}

/** How far it has come; `why`: what is in the way, in words. */
export interface FromShipper {
  readonly whole: boolean;
  readonly left_bytes: number;
  readonly held: readonly string[];
  readonly why: string | null;
}

export interface Carrier {
  /** All is written: resolves when it is there, or after a few seconds; what is not there is told. Never rejects. */
  end(): Promise<void>;
}

const LAST_MS = 3000;
/** Its channel is not left open, so that it sees us go. */
export const END = 'end';

/** Starts to send, now. Never throws. `warn` is called at the end, once at most. */
export function carry(order: ToShipper, warn: (message: string) => void): Carrier {
  const { run } = order;
  const server = nameOf(order.server);
  const again = `the record here is whole: joulebook push ${run} sends the rest`;
  const child = start();
  let last: FromShipper | null = null;
  let hear = (): void => {};
  let gone = child === null;
  child?.on('message', (message: FromShipper) => {
    last = message;
    hear();
  });
  const left = () => {
    gone = true;
    hear();
  };
  child?.on('error', left);
  child?.on('exit', left);
  child?.send(order, () => {});
  return {
    async end() {
      last = null; // what was told before is of a record that was not whole
      if (!gone) child?.send(END, () => {});
      const done = new Promise<void>((resolve) => {
        hear = () => {
          if (gone || last?.whole === true) resolve();
        };
        hear();
      });
      await within(done, LAST_MS);
      const said = last as FromShipper | null;
      const held = said?.held[0];
      if (held !== undefined) warn(`${server} does not take all of the run: ${held}`);
      else if (said?.whole !== true) {
        const why = said?.why ?? (gone ? 'the process that sends it ended' : 'it has not answered in time');
        warn(`${server} has not got all of the run: ${why}; ${again}`);
      }
      child?.removeAllListeners();
      if (child?.connected === true) child.disconnect();
    },
  };
}

/** Without what may stand in an address as a secret. */
export function nameOf({ url }: Pick<Server, 'url'>): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Null where no process can be had. The token comes by message: other users see arguments. */
function start(): ChildProcess | null {
  try {
    const child = fork(fileURLToPath(new URL('./ship.js', import.meta.url)), {
      ...{ detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    });
    child.unref();
    child.channel?.unref();
    return child;
  } catch {
    return null;
  }
}
