// Who is let in where others can reach the server: tokens by header, sessions by cookie, and how often.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createToken, removeToken, type TokenScope } from '../app/tokens.ts';
import type { Access } from './access.ts';
import { createServer } from './server.ts';

const HOUR_MS = 3_600_000;
const open: FastifyInstance[] = [];
afterEach(() => Promise.all(open.splice(0).map((app) => app.close())));

/** A server that others can reach, on a clock of its own. */
async function reached(more: Partial<Access> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'joulebook-'));
  const folder = join(home, 'tokens');
  const clock = { now_ms: 1_000_000 };
  const token = (name: string, scope: TokenScope = 'read', expires_at_ms: number | null = null) =>
    createToken(folder, { name, scope, created_at_ms: clock.now_ms, expires_at_ms });
  const pages = join(home, 'pages');
  const access: Access = { loopback: false, public_url: null, tokens: folder, tls: null, ...more };
  const app = await createServer({
    ledger: join(home, 'ledger'),
    version: '1',
    now: () => clock.now_ms,
    pages: null,
    access,
  });
  open.push(app);
  app.post('/api/change', { config: { scope: 'write' } }, async ({ holder }) => ({ by: holder!.name }));
  app.delete('/api/all', { config: { scope: 'admin' } }, async () => ({}));
  app.get('/metrics', async () => 'of nobody thought of');
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
  return { app, folder, clock, token, get, pages };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('without a token nothing is told, not even what there is', async () => {
  const { get, app } = await reached();
  const asked = [
    '/api/health',
    '/api/runs',
    '/api/openapi.json',
    '/api/no-such',
    '/metrics',
    '/',
    '/%61pi/runs',
    '/api/runs?x=1',
  ];
  for (const url of asked) {
    const { statusCode, json, headers } = await get(url);
    expect([url, statusCode, json().code]).toEqual([url, 401, 'token-needed']);
    expect(headers['www-authenticate']).toBe('Bearer realm="joulebook"');
  }
  expect((await app.inject({ method: 'HEAD', url: '/api/runs' })).statusCode).toBe(401);
  expect((await app.inject({ method: 'POST', url: '/api/change', payload: {} })).statusCode).toBe(401);
});

test('a token lets in by the header alone: not by the address, not by another scheme', async () => {
  const { get, token } = await reached();
  const good = token('one');
  expect((await get('/api/health', bearer(good))).statusCode).toBe(200);
  expect((await get('/api/health', { authorization: `bearer  ${good}` })).statusCode).toBe(200);
  expect((await get(`/api/health?token=${good}`)).statusCode).toBe(401);
  const basic = `Basic ${Buffer.from(`one:${good}`).toString('base64')}`;
  for (const authorization of [
    good,
    basic,
    `Bearer ${good} `.repeat(2),
    'Bearer ',
    `Bearer ${good}x`,
    `Bearer ${good.slice(0, -1)}`,
  ]) {
    const { statusCode, headers } = await get('/api/health', { authorization });
    expect([authorization, statusCode]).toEqual([authorization, 401]);
    expect(headers['www-authenticate']).toContain('error="invalid_token"');
  }
});

test('an expired token is refused at its very moment, one that is taken away within a second', async () => {
  const { get, token, folder, clock } = await reached();
  const [short, gone] = [token('short', 'read', clock.now_ms + HOUR_MS), token('gone')];
  clock.now_ms += HOUR_MS - 1;
  expect((await get('/api/health', bearer(short))).statusCode).toBe(200);
  clock.now_ms += 1;
  expect((await get('/api/health', bearer(short))).json().code).toBe('token-needed');
  expect((await get('/api/health', bearer(gone))).statusCode).toBe(200);
  removeToken(folder, 'gone');
  clock.now_ms += 1000;
  expect((await get('/api/health', bearer(gone))).statusCode).toBe(401);
  // And one that is made while the server runs is let in at once.
  expect((await get('/api/health', bearer(token('late')))).statusCode).toBe(200);
});

test('each scope does what it allows and no more', async () => {
  const { app, token } = await reached();
  const asked = [
    ['GET', '/api/health'],
    ['GET', '/metrics'],
    ['POST', '/api/change'],
    ['DELETE', '/api/all'],
  ] as const;
  const statuses = async (scope: TokenScope) => {
    const headers = bearer(token(scope, scope));
    const answers = await Promise.all(asked.map(([method, url]) => app.inject({ method, url, headers })));
    return answers.map(({ statusCode }) => statusCode);
  };
  expect(await statuses('read')).toEqual([200, 200, 403, 403]);
  expect(await statuses('write')).toEqual([200, 200, 200, 403]);
  expect(await statuses('admin')).toEqual([200, 200, 200, 200]);
});

const signIn = (app: FastifyInstance, token: unknown, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/api/session', payload: { token }, headers });

test('a browser gets a cookie for a token, which other sites and the page itself cannot use or read', async () => {
  const { app, get, token, folder, clock } = await reached();
  const good = token('one', 'read');
  expect((await get('/api/session')).json()).toEqual({
    ...{ schema: 'joulebook/session/v1', needed: true, name: null, scope: null },
  });
  const answer = await signIn(app, good);
  expect(answer.json()).toMatchObject({ name: 'one', scope: 'read' });
  const set = String(answer.headers['set-cookie']);
  expect(set).toMatch(/^joulebook-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
  expect(set).not.toContain(good);
  const cookie = set.split(';')[0]!;
  expect((await get('/api/health', { cookie: `other=1; ${cookie}` })).statusCode).toBe(200);
  expect((await get('/api/session', { cookie })).json()).toMatchObject({ name: 'one', scope: 'read' });
  // A wrong header is not made good by a cookie.
  expect((await get('/api/health', { cookie, ...bearer('wrong') })).statusCode).toBe(401);
  // What a page of another site sends is refused, cookie or not.
  const foreign = { cookie, origin: 'http://evil.example.org' };
  expect((await app.inject({ method: 'POST', url: '/api/change', payload: {}, headers: foreign })).json().code).toBe(
    'origin-refused',
  );
  // Signed out, it is worth nothing.
  const out = await app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } });
  expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
  expect((await get('/api/health', { cookie })).statusCode).toBe(401);
  // Nor after its time, nor after its token was taken away.
  const second = String((await signIn(app, good)).headers['set-cookie']).split(';')[0]!;
  clock.now_ms += 604_800_000 - 1;
  expect((await get('/api/health', { cookie: second })).statusCode).toBe(200);
  clock.now_ms += 1;
  expect((await get('/api/health', { cookie: second })).statusCode).toBe(401);
  const third = String((await signIn(app, good)).headers['set-cookie']).split(';')[0]!;
  removeToken(folder, 'one');
  clock.now_ms += 1000;
  expect((await get('/api/health', { cookie: third })).statusCode).toBe(401);
});

test('a session ends with its token, and over an encrypted way its cookie takes no other', async () => {
  const { app, token, clock } = await reached({ loopback: true, public_url: new URL('https://energy.example.org/') });
  const good = token('one', 'read', clock.now_ms + HOUR_MS);
  const set = String((await signIn(app, good, { host: 'energy.example.org' })).headers['set-cookie']);
  expect(set).toMatch(/^__Host-joulebook-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure$/);
});

test('signing in with what is no token is refused in words, also from another page', async () => {
  const { app } = await reached();
  expect((await signIn(app, 'joulebook_wrong')).json()).toMatchObject({ code: 'token-needed' });
  for (const token of [null, 7, ['a'], { $ne: 1 }, 'x'.repeat(300)])
    expect((await signIn(app, token)).statusCode).toBe(400);
  const text = { method: 'POST', url: '/api/session', payload: 'token=a' } as const;
  expect(
    (await app.inject({ ...text, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).statusCode,
  ).toBe(415);
  const foreign = await signIn(app, 'x', { origin: 'http://evil.example.org' });
  expect(foreign.json().code).toBe('origin-refused');
});

test('a client that asks too often is told to wait, and holds up nobody else', async () => {
  const { app, get, token } = await reached({ rates: { holder: 5, stranger: 4, wrong: 2 } });
  const [one, other] = [token('one'), token('other')];
  const statuses = async (times: number, headers: Record<string, string>, remoteAddress = '192.0.2.1') => {
    const all: number[] = [];
    for (let i = 0; i < times; i++)
      all.push((await app.inject({ url: '/api/health', headers, remoteAddress })).statusCode);
    return all;
  };
  expect(await statuses(7, bearer(one))).toEqual([200, 200, 200, 200, 200, 429, 429]);
  const { headers, json } = await get('/api/health', bearer(one));
  expect(json()).toMatchObject({ code: 'asked-too-often' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  // Guesses run out, from one address and from one network of IPv6; a right token from there is still let in.
  expect(await statuses(4, bearer('guess'), '192.0.2.2')).toEqual([401, 401, 429, 429]);
  expect(await statuses(1, bearer(other), '192.0.2.2')).toEqual([200]);
  expect(await statuses(2, bearer('guess'), '2001:db8::1')).toEqual([401, 401]);
  expect(await statuses(1, bearer('guess'), '2001:db8::ffff')).toEqual([429]);
  // Guesses on the page are counted as others.
  const guess = { method: 'POST', url: '/api/session', payload: { token: 'x' }, remoteAddress: '192.0.2.3' } as const;
  const tried = [await app.inject(guess), await app.inject(guess), await app.inject(guess)];
  expect(tried.map(({ statusCode }) => statusCode)).toEqual([401, 401, 429]);
});

test('an open stream ends when its token is taken away', async () => {
  const { app, token, folder } = await reached();
  app.get('/api/beat', { config: { stream: true } }, (_, reply) => {
    reply.hijack().raw.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
  });
  const at = await app.listen({ host: '127.0.0.1', port: 0 });
  const { body } = await fetch(`${at}/api/beat`, { headers: bearer(token('one')) });
  const reader = body!.getReader();
  expect((await reader.read()).done).toBe(false);
  removeToken(folder, 'one');
  await expect(reader.read()).rejects.toThrow();
}, 10_000);

test('tokens that cannot be read let nobody in, and strangers learn nothing of them', async () => {
  const { get, token, folder, clock } = await reached();
  const good = token('one');
  writeFileSync(join(folder, 'two.json'), 'broken', { mode: 0o600 });
  clock.now_ms += 1000;
  const { statusCode, body } = await get('/api/health', bearer(good));
  expect(statusCode).toBe(500);
  expect(body).not.toContain(folder);
});

test('on this machine alone no token is wanted', async () => {
  const { get } = await reached({ loopback: true, tokens: null });
  expect((await get('/api/health')).statusCode).toBe(200);
  expect((await get('/api/session')).json()).toMatchObject({ needed: false, scope: 'read' });
});
