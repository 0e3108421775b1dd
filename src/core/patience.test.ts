import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { patience } from './patience.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const ended = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

test('the time is up, though nobody but a listener holds the signal and garbage is collected', async () => {
  const end = ended(patience(new AbortController().signal, 60).signal);
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  expect(await end).toMatchObject({ name: 'TimeoutError', message: 'no answer within 0.06 s' });
});

test('it ends with the other, at once where that has ended already, with its reason', async () => {
  const outer = new AbortController();
  const one = patience(outer.signal, 60_000);
  const end = ended(one.signal);
  outer.abort('enough');
  expect([await end, one.over]).toEqual(['enough', false]);
  const late = patience(outer.signal, 60_000);
  expect([late.signal.aborted, late.signal.reason]).toEqual([true, 'enough']);
  for (const each of [one, late]) each.release();
});

test('what is released ends no more', async () => {
  const { signal, release } = patience(new AbortController().signal, 5);
  release();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(signal.aborted).toBe(false);
});
