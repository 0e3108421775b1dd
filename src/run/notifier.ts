// Tells decisions to people and other programs, by a process of its own that is started with the first of them.
//
// The job waits for none of it, and neither does a look at budgets. What does not get through is told as a warning of the run;
// what is still on its way at the end is tried by that process for a minute more.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Channel, type Document, NO_DESKTOP, nameOf } from './notify/channel.ts';
import { within } from './within.ts';

export interface ToNotifier {
  readonly channels: readonly Channel[];
  readonly document: Document;
  /** Counts documents. */
  readonly number: number;
  /** Of commands; what webhooks are signed with is in it too. */
  readonly env: NodeJS.ProcessEnv;
}

/** What came of one document on one channel. */
export interface FromNotifier {
  readonly number: number;
  readonly channel: number;
  /** Null: it got through. */
  readonly why: string | null;
}

export interface Notifier {
  /** Never throws, never waits. */
  tell(document: Document): void;
  /** Resolves when all was answered, or after a few seconds; what was not by then is warned of. */
  settle(): Promise<void>;
}

const LAST_MS = 3000;
/** More that are on their way are given up: somebody does not answer, and each of them is in the ledger. */
const MOST_OPEN = 100;

export function createNotifier(
  channels: readonly Channel[],
  {
    env,
    warn,
    start = startProcess,
  }: { env: NodeJS.ProcessEnv; warn(message: string): void; start?: typeof startProcess },
): Notifier {
  /** What is on its way, by number and channel, in words. */
  const open = new Map<string, string>();
  let child: ChildProcess | null = null;
  let number = 0;
  let settled = (): void => {};
  let no_desktop = false;
  const close = (key: string) => {
    open.delete(key);
    if (open.size === 0) settled();
  };
  const lost = (key: string, why: string) => {
    const what = open.get(key);
    if (what === undefined) return;
    if (why !== NO_DESKTOP || !no_desktop) warn(`${what}: ${why}`);
    if (why === NO_DESKTOP) no_desktop = true;
    close(key);
  };
  const allLost = (why: string) => {
    for (const key of [...open.keys()]) lost(key, why);
  };
  const begin = (): ChildProcess | null => {
    const made = start();
    made?.on('message', ({ number, channel, why }: FromNotifier) => {
      const key = `${number} ${channel}`;
      if (why === null) close(key);
      else lost(key, why);
    });
    const gone = () => {
      if (child !== made) return;
      child = null;
      allLost('the process that tells decisions ended');
    };
    made?.on('error', gone);
    made?.on('exit', gone);
    return made;
  };
  return {
    tell(document) {
      number++;
      const full = open.size + channels.length > MOST_OPEN;
      const what = document.act === 'refuse' ? 'the refusal' : `decision ${document.decision}`;
      const words = (channel: Channel) => `${what} could not be told by ${nameOf(channel)}`;
      for (const [i, channel] of channels.entries()) open.set(`${number} ${i}`, words(channel));
      if (full) {
        for (const i of channels.keys()) lost(`${number} ${i}`, 'too many are on their way already');
        return;
      }
      child ??= begin();
      if (child === null) allLost('no process can be had for it');
      child?.send({ channels, document, number, env } satisfies ToNotifier, (error) => {
        if (error !== null) allLost(error.message);
      });
    },
    async settle() {
      if (open.size > 0) await within(new Promise<void>((resolve) => (settled = resolve)), LAST_MS);
      allLost('not by the end of the run; it is tried for a minute more');
    },
  };
}

/** Null where no process can be had. Its channels come by message: addresses of webhooks are secrets to other users. */
function startProcess(): ChildProcess | null {
  try {
    const child = fork(fileURLToPath(new URL('./notifier.js', import.meta.url)), {
      // In a session of its own: what is typed at our terminal is not for it.
      ...{ detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    });
    child.unref();
    child.channel?.unref();
    return child;
  } catch {
    return null;
  }
}
