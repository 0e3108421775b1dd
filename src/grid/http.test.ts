import { describe, expect, test } from 'vitest';
import { createHttp, type HttpOptions } from './http.ts';

const wrong = (status: number, headers: Record<string, string> = {}) => new Response('{}', { status, headers });
const signal = new AbortController().signal;

/** A client whose questions are answered in turn, and what it waited, ms. */
function clientOf(answers: readonly (() => Response)[], more: Partial<HttpOptions> = {}) {
  const waited: number[] = [];
  let asked = 0;
  const http = createHttp({
    ...{ provider: 'x', base: 'https://x.invalid', random: () => 0.5, wait: async (ms) => void waited.push(ms) },
    transport: async () => answers[Math.min(asked++, answers.length - 1)]!(),
    ...more,
  });
  return { http, waited, asked: () => asked };
}

describe('how a client waits', () => {
  test('ever longer: 0.5, 1 and 2 seconds, times 0.5 to 1.5 by chance', async () => {
    for (const [random, wanted] of [
      [0.5, [500, 1000, 2000]],
      [0, [250, 500, 1000]],
      [1, [750, 1500, 3000]],
    ] as const) {
      const { http, waited } = clientOf([() => wrong(500)], { random: () => random });
      await expect(http.json('/', { signal })).rejects.toMatchObject({ code: 'grid-unreachable' });
      expect(waited).toEqual(wanted);
    }
  });

  test('Retry-After in seconds, or as a date', async () => {
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 20_000).toUTCString();
    const { http, waited } = clientOf([
      () => wrong(429, { 'retry-after': '3' }),
      () => wrong(503, { 'retry-after': soon }),
      () => new Response('{"a":1}'),
    ]);
    expect(await http.json('/', { signal })).toEqual({ a: 1 });
    expect(waited[0]).toBe(3000);
    expect(waited[1]).toBeGreaterThan(15_000);
    expect(waited[1]).toBeLessThanOrEqual(21_000);
  });

  test('a Retry-After of more than a minute is not waited for', async () => {
    const { http, waited, asked } = clientOf([() => wrong(429, { 'retry-after': '61' })]);
    await expect(http.json('/', { signal })).rejects.toMatchObject({ code: 'grid-busy' });
    expect([waited, asked()]).toEqual([[], 1]);
  });

  test('one who leaves is not asked for again', async () => {
    const stop = new AbortController();
    const { http, asked } = clientOf([], {
      transport: async () => {
        stop.abort(new Error('enough'));
        throw new TypeError('fetch failed');
      },
    });
    await expect(http.json('/', { signal: stop.signal })).rejects.toThrow('enough');
    expect(asked()).toBe(0);
  });
});

test('a user and password in the address, and what else is hidden, are in no message', async () => {
  const said = 'no ada, not with pa55word7 or other-one';
  const { http } = clientOf([() => new Response(said, { status: 400 })], {
    ...{ base: 'https://ada:pa55word7@x.invalid', hidden: ['other-one'] },
  });
  await expect(http.json('/', { signal })).rejects.toThrow('no [redacted], not with [redacted] or [redacted]');
});
