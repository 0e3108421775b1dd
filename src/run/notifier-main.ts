// The process that tells decisions. When whoever started it is gone it goes on with what it has, for a minute.

import type { FromNotifier, ToNotifier } from './notifier.ts';
import { SECRET } from './notify/channel.ts';
import { tell } from './notify/tell.ts';
import { createTurns } from './notify/turns.ts';

const turns = createTurns({
  after_ms: 60_000,
  answer(told: FromNotifier) {
    if (process.connected) process.send?.(told, () => {});
  },
  over: () => process.exit(0),
});

process.on('message', (sent: ToNotifier) => {
  const { channels, document, env } = sent;
  turns.add(sent, (channel) => tell(channels[channel]!, document, { env, secret: env[SECRET] || null }));
});
process.on('disconnect', () => {
  setInterval(() => {}, 60_000); // a command that is waited for keeps nobody alive
  turns.alone();
});
