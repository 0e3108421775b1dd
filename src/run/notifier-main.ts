// The process that tells decisions: each channel for itself, its documents one after the other, in their order.
//
// When whoever started it is gone it goes on with what it has, for a minute.

import type { FromNotifier, ToNotifier } from './notifier.ts';
import { SECRET } from './notify/channel.ts';
import { tell } from './notify/tell.ts';

const AFTER_MS = 60_000;
/** The last that was begun on each channel. */
const queues: Promise<void>[] = [];
let open = 0;
let alone = false;

process.on('message', ({ channels, document, number, env }: ToNotifier) => {
  const sending = { env, secret: env[SECRET] || null };
  for (const [i, channel] of channels.entries()) {
    open++;
    const before = queues[i] ?? Promise.resolve();
    queues[i] = before.then(async () => {
      const why = await tell(channel, document, sending).catch((error: unknown) => String(error));
      open--;
      if (process.connected) process.send?.({ number, channel: i, why } satisfies FromNotifier, () => {});
      if (alone && open === 0) process.exit(0);
    });
  }
});
process.on('disconnect', () => {
  alone = true;
  if (open === 0) process.exit(0);
  setTimeout(() => process.exit(0), AFTER_MS);
});
