// The notifier's side in joulebook: what is warned of, with a process that is played.

import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { createNotifier, type ToNotifier } from './notifier.ts';
import type { Channel } from './notify/channel.ts';

const CHANNELS: Channel[] = [{ kind: 'command', command: './tell.sh' }, { kind: 'desktop' }];
const document = (decision: number) => ({ run: 'r', run_name: null, writer: 'w', message: 'm', decision });

class Played extends EventEmitter {
  readonly sent: ToNotifier[] = [];
  send(message: ToNotifier, done: (error: Error | null) => void) {
    this.sent.push(message);
    done(null);
  }
  answers = (number: number, channel: number, why: string | null) => this.emit('message', { number, channel, why });
}

function played(channels = CHANNELS) {
  const warned: string[] = [];
  const processes: Played[] = [];
  const notifier = createNotifier(channels, {
    ...{ env: {}, warn: (message: string) => warned.push(message) },
    start: () => {
      processes.push(new Played());
      return processes.at(-1) as unknown as ChildProcess;
    },
  });
  return { notifier, warned, processes };
}

test('no process before the first decision; each channel answers for itself', async () => {
  const { notifier, warned, processes } = played();
  await notifier.settle();
  expect(processes).toHaveLength(0);
  notifier.tell(document(1));
  notifier.tell(document(2));
  expect(processes).toHaveLength(1);
  expect(processes[0]!.sent.map(({ number, document }) => [number, document.decision])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  processes[0]!.answers(1, 0, null);
  processes[0]!.answers(1, 1, null);
  processes[0]!.answers(2, 0, 'ended with exit code 3');
  const settled = notifier.settle();
  processes[0]!.answers(2, 1, null);
  await settled;
  expect(warned).toEqual(['decision 2 could not be told by the command: ended with exit code 3']);
});

test('that there is no desktop is told once', () => {
  const { notifier, warned, processes } = played();
  for (const n of [1, 2, 3]) {
    notifier.tell(document(n));
    processes[0]!.answers(n, 1, 'there is no notify-send here');
  }
  expect(warned).toEqual(['decision 1 could not be told by the desktop: there is no notify-send here']);
});

test('what has no answer by the end is warned of after three seconds; later answers change nothing', async () => {
  vi.useFakeTimers();
  try {
    const { notifier, warned, processes } = played([CHANNELS[0]!]);
    notifier.tell(document(1));
    const settled = notifier.settle();
    await vi.advanceTimersByTimeAsync(2999);
    expect(warned).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await settled;
    processes[0]!.answers(1, 0, 'late');
    expect(warned).toEqual([
      'decision 1 could not be told by the command: not by the end of the run; it is tried for a minute more',
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('a process that ends is told of, and the next decision has a new one', () => {
  const { notifier, warned, processes } = played([CHANNELS[0]!]);
  notifier.tell(document(1));
  processes[0]!.emit('exit');
  notifier.tell(document(2));
  expect(processes).toHaveLength(2);
  expect(warned).toEqual(['decision 1 could not be told by the command: the process that tells decisions ended']);
});

test('more than a hundred on their way are too many, and each that is given up is told', () => {
  const { notifier, warned, processes } = played([CHANNELS[0]!]);
  for (let n = 1; n <= 102; n++) notifier.tell(document(n));
  expect(processes[0]!.sent).toHaveLength(100);
  expect(warned).toEqual(
    [101, 102].map((n) => `decision ${n} could not be told by the command: too many are on their way already`),
  );
});

test('no process can be had', () => {
  const warned: string[] = [];
  const notifier = createNotifier(CHANNELS, { env: {}, warn: (message) => warned.push(message), start: () => null });
  notifier.tell(document(1));
  expect(warned).toHaveLength(2);
});
