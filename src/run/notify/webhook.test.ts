// Webhooks against a server on the loopback: signatures checked by hand, busy, hanging and leading elsewhere.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Resolve } from './address.ts';
import { deliver, type PostOptions, signature } from './webhook.ts';

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly method: string;
}

/** A server that answers each request by its number, from 0. */
async function serving(answer: (response: ServerResponse, number: number) => void) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body, method: request.method! });
      answer(response, heard.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, port, url: `http://127.0.0.1:${port}/hook` };
}
const status = (response: ServerResponse, code: number, headers = {}) => response.writeHead(code, headers).end('words');

const message = { id: 'r1.w1.3', body: '{"act":"pause","why":"größer"}' };
const waits: number[] = [];
const options: PostOptions = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  wait: async (ms) => void waits.push(ms),
  now: () => 1_614_265_330_900,
};
const to = (url: string, allow_private = true) => ({ kind: 'webhook' as const, url, allow_private });

test('the signature is that of the test vector that libraries of Standard Webhooks share', () => {
  const vector = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
  expect(signature(vector, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 1_614_265_330)).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('what arrives is signed over id, time and body; a secret without whsec_ is the key itself', async () => {
  const { heard, url } = await serving((response) => status(response, 204));
  expect(await deliver(to(url), message, { ...options, secret: 'our secret' })).toBeNull();
  const [{ headers, body, method }] = heard as [Heard];
  expect({ method, body }).toEqual({ method: 'POST', body: message.body });
  expect(headers).toMatchObject({
    'webhook-id': 'r1.w1.3',
    'webhook-timestamp': '1614265330',
    'content-type': 'application/json',
  });
  const by_hand = createHmac('sha256', 'our secret').update(`r1.w1.3.1614265330.${body}`).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${by_hand}`);
});

test('without a secret it is not signed', async () => {
  const { heard, url } = await serving((response) => status(response, 200));
  expect(await deliver(to(url), message, { ...options, secret: null })).toBeNull();
  expect(heard[0]!.headers).not.toHaveProperty('webhook-signature');
});

test('500 and then 200: told once more, with the same id, after a second or so', async () => {
  const { heard, url } = await serving((response, number) => status(response, number === 0 ? 500 : 200));
  waits.length = 0;
  expect(await deliver(to(url), message, options)).toBeNull();
  expect(heard.map(({ headers }) => headers['webhook-id'])).toEqual(['r1.w1.3', 'r1.w1.3']);
  expect(waits).toEqual([expect.closeTo(1000, -3)]);
});

test('a server that stays busy is given up after six tries, each later than the last', async () => {
  const { heard, url } = await serving((response) => status(response, 503));
  waits.length = 0;
  expect(await deliver(to(url), message, options)).toBe('it answered 503 (6 tries)');
  expect(heard).toHaveLength(6);
  expect(waits).toHaveLength(5);
  for (const [i, ms] of waits.entries()) {
    expect(ms).toBeGreaterThanOrEqual(750 * 2 ** i);
    expect(ms).toBeLessThanOrEqual(1250 * 2 ** i);
  }
});

test('what it refuses is not tried again, and a redirect is not followed', async () => {
  const other = await serving((response) => status(response, 200));
  const { heard, url } = await serving((response, number) =>
    number === 0 ? status(response, 401) : status(response, 302, { location: other.url }),
  );
  expect(await deliver(to(url), message, options)).toBe('it answered 401');
  expect(await deliver(to(url), message, options)).toBe('it answered 302, a redirect, which is not followed');
  expect([heard.length, other.heard.length]).toEqual([2, 0]);
});

test('a server that hangs, and one that drips its answer, hold nothing up', async () => {
  const { url } = await serving(() => {}); // never an answer
  const told = await deliver(to(url), message, { ...options, tries: 2, patience_ms: 50 });
  expect(told).toBe('no answer within 0.05 s (2 tries)');
  const slow = await serving((response) => {
    response.writeHead(200);
    response.write('x'); // and never the end
  });
  expect(await deliver(to(slow.url), message, options)).toBeNull();
});

test('nobody there: tried again, and told', async () => {
  const { url, port } = await serving(() => {});
  const closed = url.replace(String(port), '1');
  expect(await deliver(to(closed), message, { ...options, tries: 2 })).toMatch(/ECONNREFUSED.*\(2 tries\)$/);
});

test('the loopback and private addresses are refused unless they are allowed: by address, and by name', async () => {
  const { heard, port } = await serving((response) => status(response, 200));
  const refused = /is a private, link-local or loopback address: allow it with notify\.allow_private$/;
  for (const host of [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
    '2130706433',
    '0x7f.1',
    '169.254.169.254',
  ])
    expect(await deliver(to(`http://${host}:${port}/`, false), message, options), host).toMatch(refused);
  expect(heard).toHaveLength(0);
});

test('a name is looked up anew for each try: one that leads to the loopback by then is never connected to', async () => {
  const { heard, port } = await serving((response) => status(response, 200));
  let asked = 0;
  const rebinding: Resolve = (_name, _options, done) => {
    if (asked++ === 0) done(Object.assign(new Error('not now'), { code: 'EAI_AGAIN' }), []);
    else done(null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const told = await deliver(to(`http://rebind.example:${port}/`, false), message, { ...options, resolve: rebinding });
  expect(told).toMatch(/^127\.0\.0\.1 is a private/);
  expect([asked, heard.length]).toEqual([2, 0]);
  const allowed = await deliver(to(`http://rebind.example:${port}/`), message, { ...options, resolve: rebinding });
  expect([allowed, asked, heard.length]).toEqual([null, 3, 1]);
});
