// Turns of channels: in order, and none begun when the time is up; what was begun is waited for.

import { expect, onTestFinished, test, vi } from 'vitest';
import { createTurns } from './turns.ts';

test('each channel in its order; left alone it is over with the last that was begun in time', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const begun: string[] = [];
  const answers: unknown[] = [];
  const over = vi.fn();
  const turns = createTurns({ after_ms: 60_000, answer: (told) => answers.push(told), over });
  const channels = [{ kind: 'desktop' }, { kind: 'command', command: 'sleep 1000' }] as const;
  for (const number of [1, 2, 3, 4])
    turns.add({ channels, number }, (channel) => {
      begun.push(`${number} ${channel}`);
      // The desktop at once, the command by its time limit of 30 s.
      const took_ms = channel === 0 ? 0 : 30_000;
      return new Promise((resolve) => setTimeout(() => resolve(channel === 0 ? null : 'took longer'), took_ms));
    });
  await vi.advanceTimersByTimeAsync(3000);
  expect(begun).toEqual(['1 0', '1 1', '2 0', '3 0', '4 0']);
  turns.alone();
  // The second command begins at 30 s, the third at 60 s, 3 s before the time is up; the fourth never.
  await vi.advanceTimersByTimeAsync(61_000);
  expect(begun.slice(5)).toEqual(['2 1', '3 1']);
  expect(over).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(26_000);
  expect(over).toHaveBeenCalledOnce();
  expect(begun).toHaveLength(7);
  expect(answers.slice(-2)).toEqual([
    { number: 3, channel: 1, why: 'took longer' },
    { number: 4, channel: 1, why: 'there was no time left' },
  ]);
});

test('with nothing to tell it is over at once', () => {
  const over = vi.fn();
  createTurns({ after_ms: 1, answer: () => {}, over }).alone();
  expect(over).toHaveBeenCalledOnce();
});
