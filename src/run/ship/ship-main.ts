// The process that sends a run's record: a round every two seconds, later and later while the server is away.

import { setPriority } from 'node:os';
import { reasonOf } from '../../core/fault.ts';
import type { FromShipper, ToShipper } from './carrier.ts';
import { END } from './carrier.ts';
import { asker, Refused } from './post.ts';
import { type Round, shipper } from './shipper.ts';

const EVERY_MS = 2000;
const LONGEST_MS = 60_000;
/** How long it goes on when whoever started it has ended or is gone. */
const ALONE_MS = 60_000;

try {
  setPriority(19);
} catch {
  // not allowed here: it mostly waits
}

let wake = (): void => {};
/** Since when nothing more is written. */
let ended_ms: number | null = null;

process.on('message', (message: ToShipper | typeof END) => {
  if (message === END) over();
  else void go(message);
});
process.on('disconnect', over);

function over(): void {
  ended_ms ??= performance.now();
  setTimeout(() => process.exit(0), ALONE_MS);
  wake();
}

async function go({ ledger, run, server, pid }: ToShipper): Promise<void> {
  const ship = shipper({ ledger, run, wants: (writer) => writer.pid === pid }, asker(server));
  for (let failed = 0; ; ) {
    const final = ended_ms !== null;
    let wait_ms = EVERY_MS;
    try {
      const round = await ship.round();
      failed = 0;
      if (process.connected) process.send?.(toldOf(round, final), () => {});
      // Of a process that was killed nothing more comes, and no end.
      if (final && (round.whole || (!process.connected && round.sent_bytes >= round.bytes))) process.exit(0);
      if (final) wait_ms = 200;
    } catch (error) {
      failed++;
      const why = reasonOf(error);
      if (process.connected)
        process.send?.({ whole: false, left_bytes: 0, held: [], why } satisfies FromShipper, () => {});
      wait_ms = Math.max(error instanceof Refused ? error.wait_ms : 0, waitAfter(failed));
      if (final) wait_ms = Math.max(Math.min(wait_ms, 5000), 500);
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait_ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (ended_ms !== null && !final) wake();
    });
  }
}

/** Twice as long each time, and not all at once where many lost the same server. */
const waitAfter = (failed: number): number =>
  Math.min(LONGEST_MS, EVERY_MS * 2 ** Math.min(failed - 1, 10)) * (0.5 + Math.random() / 2);

const toldOf = ({ whole, bytes, sent_bytes, held }: Round, final: boolean): FromShipper => ({
  ...{ whole: whole && final, left_bytes: bytes - sent_bytes, why: null },
  held: [...held].map(([name, why]) => `${name}: ${why}`),
});
