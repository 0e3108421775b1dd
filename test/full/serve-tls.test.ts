// joulebook serve to others: encrypted, with a certificate that is renewed; slow and idle clients.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serving } from '../helpers/browser.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';
import { selfSigned } from '../helpers/redfish.ts';

const folder = tempFolder();
const tokens = join(folder, 'tokens');
const ledger = join(folder, 'ledger');
const made = (name: string) => {
  mkdirSync(join(folder, name));
  return selfSigned(join(folder, name));
};
let server: Awaited<ReturnType<typeof serving>>;
let token: string;
let port: number;
beforeAll(async () => {
  made('first');
  copyFileSync(join(folder, 'first', 'key.pem'), join(folder, 'key.pem'));
  copyFileSync(join(folder, 'first', 'cert.pem'), join(folder, 'cert.pem'));
  token = (await joulebook(['token', 'create', 'one', '--tokens', tokens])).stdout.trim();
  const tls = ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')];
  server = await serving(ledger, '--host', '0.0.0.0', '--tokens', tokens, ...tls);
  port = Number(new URL(server.url).port);
});
afterAll(() => server.stop());

function asked(
  options: RequestOptions,
  body?: string,
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const one = request(
      { host: '127.0.0.1', port, ca: readFileSync(join(folder, 'cert.pem')), ...options },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
      },
    );
    one.on('error', reject);
    one.end(body);
  });
}

test('answers over TLS to who has a token, with a cookie that never goes unencrypted', async () => {
  expect(server.url).toMatch(/^https:/);
  expect((await asked({ path: '/api/health' })).status).toBe(401);
  const headers = { authorization: `Bearer ${token}` };
  expect((await asked({ path: '/api/health', headers })).status).toBe(200);
  const json = { 'content-type': 'application/json' };
  const session = await asked({ path: '/api/session', method: 'POST', headers: json }, JSON.stringify({ token }));
  expect(String(session.headers['set-cookie'])).toMatch(
    new RegExp(`^__Host-joulebook-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=\\d+; Secure$`),
  );
});

test('TLS before 1.2, and no TLS, get no answer', async () => {
  const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await expect(asked({ path: '/api/health', ...old })).rejects.toThrow();
  const plain = await new Promise<string>((resolve) => {
    let told = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    socket.on('data', (chunk) => {
      told += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(told));
  });
  expect(plain).not.toContain('joulebook');
});

test('a key of another certificate, and one without the other, are refused before it listens', async () => {
  const { file } = made('second');
  const args = ['serve', '--port', '0', '--ledger', ledger, '--tokens', tokens];
  const wrong = await joulebook([...args, '--tls-cert', file, '--tls-key', join(folder, 'first', 'key.pem')]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(`does not fit ${file}`)]);
  const half = await joulebook([...args, '--tls-cert', file]);
  expect([half.code, half.stderr]).toEqual([2, expect.stringContaining('--tls-cert is given without --tls-key')]);
});

test('without encryption, to others, it warns', async () => {
  const { url, stop } = await serving(ledger, '--host', '0.0.0.0', '--tokens', tokens);
  expect((await fetch(`http://127.0.0.1:${new URL(url).port}/api/health`)).status).toBe(401);
  expect((await stop()).stderr).toContain('is not encrypted');
});

/** What a client that sends a line now and then hears before it is cut off, and after how many seconds. */
async function trickled(first: string, line: string) {
  const started = performance.now();
  const told = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => socket.write(first));
    const timer = setInterval(() => socket.write(line), 500);
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
  return { told, after_s: (performance.now() - started) / 1000 };
}

test('slow clients are cut off: of headers after 10 s, of a whole request after 30 s; others are answered meanwhile', async () => {
  const head = 'POST /api/session HTTP/1.1\r\nHost: localhost\r\n';
  const body = `${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"token":"`;
  const slow = Array.from({ length: 200 }, () => trickled(head, 'X: y\r\n'));
  const slower = trickled(body, 'aaaa');
  const headers = { authorization: `Bearer ${token}` };
  const started = performance.now();
  expect((await asked({ path: '/api/health', headers })).status).toBe(200);
  expect(performance.now() - started).toBeLessThan(2000);
  const cut = await Promise.all(slow);
  expect(cut.filter(({ told }) => !/^HTTP\/1\.1 40[08] /.test(told))).toEqual([]);
  expect(cut.some(({ told }) => told.includes('"the request did not arrive in time"'))).toBe(true);
  expect(Math.min(...cut.map(({ after_s }) => after_s))).toBeGreaterThan(9);
  expect(Math.max(...cut.map(({ after_s }) => after_s))).toBeLessThan(16);
  const { told, after_s } = await slower;
  expect(told).toMatch(/^HTTP\/1\.1 408 /);
  expect(after_s).toBeGreaterThan(25);
  expect(after_s).toBeLessThan(40);
});

test('a renewed certificate is used without a new start', async () => {
  const { file } = made('third');
  const before = statSync(join(folder, 'cert.pem')).mtimeMs;
  copyFileSync(join(folder, 'third', 'key.pem'), join(folder, 'key.pem'));
  copyFileSync(file, join(folder, 'cert.pem'));
  expect(statSync(join(folder, 'cert.pem')).mtimeMs).toBeGreaterThan(before);
  const print = execFileSync('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256'], {
    encoding: 'utf8',
  });
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.end();
      });
      socket.on('error', reject);
    });
  await expect.poll(shown, { timeout: 150_000, interval: 2000 }).toBe(print.trim().split('=')[1]);
});
