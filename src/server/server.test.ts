// What strangers get from a server that listens on loopback: nothing, in words.

import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addLimits, LIMITS } from './limits.ts';
import { createServer } from './server.ts';

let app: FastifyInstance;
beforeAll(async () => {
  const ledger = join(mkdtempSync(join(tmpdir(), 'joulebook-')), 'ledger');
  app = await createServer({ ledger, version: '1', now: () => 0, pages: null });
  app.post('/api/echo', async ({ body }) => ({ told: body }));
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

/** What comes back for bytes as they are. */
function raw(text: string): Promise<string> {
  const { port } = app.server.address() as { port: number };
  return new Promise((resolve, reject) => {
    let told = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      told += chunk;
    });
    socket.on('close', () => resolve(told));
    socket.on('error', reject);
  });
}
const health = (headers: Record<string, string>) => app.inject({ url: '/api/health', headers });

test('another name for 127.0.0.1 is refused, whatever is asked for', async () => {
  for (const url of ['/api/health', '/', '/api/no-such']) {
    const { statusCode, json } = await app.inject({ url, headers: { host: 'rebound.example.org:8480' } });
    expect([statusCode, json().code]).toEqual([421, 'host-refused']);
  }
  expect((await health({ host: '[::1]:8480' })).statusCode).toBe(200);
});

test('pages of other sites get nothing, and no answer allows another site to read it', async () => {
  const foreign = await health({ origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' });
  expect([foreign.statusCode, foreign.json().code]).toEqual([403, 'origin-refused']);
  const preflight = await app.inject({
    ...{ method: 'OPTIONS', url: '/api/runs' },
    headers: { origin: 'https://evil.example.org', 'access-control-request-method': 'GET' },
  });
  expect(preflight.statusCode).toBe(403);
  for (const { headers } of [foreign, preflight, await health({})])
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('an address written otherwise is the same address: %61pi is api', async () => {
  const { statusCode } = await app.inject({ url: '/%61pi/health', headers: { 'sec-fetch-site': 'cross-site' } });
  expect(statusCode).toBe(403);
  const { port } = app.server.address() as { port: number };
  const whole = `GET http://127.0.0.1:${port}/api/health HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n`;
  expect(await raw(whole)).toMatch(/^HTTP\/1\.1 403 /);
});

test('every answer carries the policy, refusals too', async () => {
  for (const url of ['/api/health', '/api/no-such', '/api/runs?x=1', `/api/${'x'.repeat(300)}`]) {
    const { headers } = await app.inject({ url });
    const policy = String(headers['content-security-policy']);
    expect([url, policy.includes('unsafe'), policy.includes("default-src 'none'")]).toEqual([url, false, true]);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['strict-transport-security']).toBeUndefined();
  }
  const bare = await app.inject({ url: '/%zz' });
  expect([bare.statusCode, bare.json().code]).toEqual([400, 'usage']);
  expect(bare.headers['content-security-policy']).toContain("default-src 'none'");
  expect((await health({})).headers['cache-control']).toBe('private, no-cache');
});

const post = (payload: Buffer | string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/echo',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });

test('a body is bounded as it is after unpacking', async () => {
  const small = await post(gzipSync('{"a":1}'), { 'content-encoding': 'gzip' });
  expect(small.json()).toEqual({ told: { a: 1 } });
  expect((await post(JSON.stringify('x'.repeat(LIMITS.body)))).statusCode).toBe(413);
  // 100 MB in 100 kB.
  const bomb = gzipSync(Buffer.alloc(100 << 20, ' '));
  expect(bomb.length).toBeLessThan(LIMITS.body / 4);
  const before = process.memoryUsage().rss;
  expect((await post(bomb, { 'content-encoding': 'gzip' })).statusCode).toBe(413);
  expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  for (const encoding of ['br', 'deflate', 'gzip, gzip', 'compress'])
    expect((await post('x', { 'content-encoding': encoding })).statusCode).toBe(415);
});

test('a body that would reach into prototypes is refused', async () => {
  expect((await post('{"__proto__":{"x":1}}')).statusCode).toBe(400);
  expect((await post('{"constructor":{"prototype":{"x":1}}}')).statusCode).toBe(400);
  expect((await app.inject({ url: '/api/runs?__proto__[x]=1&constructor=2' })).statusCode).toBe(400);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test('what is no HTTP, or too much of it, is told so and cut off', async () => {
  expect(await raw('\x16\x03\x01\x02\x00\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"usage"/s);
  expect(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(LIMITS.header_bytes)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 .*"message":"the headers are too long"/s,
  );
  // Two lengths, and a length beside chunks: what a proxy before us might read otherwise.
  const both =
    'POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(await raw(both)).toMatch(/^HTTP\/1\.1 400 /);
  const two = 'POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!';
  expect(await raw(two)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw('GET /api/health HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('other methods than a route knows are no routes', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'] as const) {
    const { statusCode, json } = await app.inject({ method: method as 'POST', url: '/api/runs' });
    expect([method, statusCode, json().code]).toEqual([method, 404, 'route-not-found']);
  }
});

test('as many as can be answered at one time are, the next one is told to come back', async () => {
  const { default: Fastify } = await import('fastify');
  const one = Fastify();
  addLimits(one, { at_once: 2, streams: 1 });
  const go: (() => void)[] = [];
  const held = () => new Promise<string>((resolve) => go.push(() => resolve('here')));
  one.get('/slow', held);
  one.get('/stream', { config: { stream: true } }, held);
  const first = [one.inject('/slow'), one.inject('/slow')];
  await expect.poll(() => go.length).toBe(2);
  const third = await one.inject('/slow');
  expect([third.statusCode, third.headers['retry-after'], third.json().code]).toEqual([500, '1', 'server-busy']);
  // Streams have places of their own.
  const stream = one.inject('/stream');
  await expect.poll(() => go.length).toBe(3);
  expect((await one.inject('/stream')).json().code).toBe('server-busy');
  for (const answer of go) answer();
  expect((await Promise.all([...first, stream])).map(({ body }) => body)).toEqual(['here', 'here', 'here']);
  const again = one.inject('/slow');
  await expect.poll(() => go.length).toBe(4);
  go[3]!();
  expect((await again).statusCode).toBe(200);
});
