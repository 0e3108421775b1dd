// What travels over a real connection: an answer once, packed as the client can take it, and nothing where it has it already.

import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endAt, gpu, runRecord, second, writerOf } from '../../test/helpers/ledger.ts';
import { T0, toldLedger } from '../../test/helpers/told-ledger.ts';
import { createRun } from '../ledger/writer.ts';
import { createServer } from './server.ts';

let app: FastifyInstance;
let ledger: string;
beforeAll(async () => {
  ledger = await toldLedger();
  app = await createServer({ ledger, version: 'test', now: () => 0, pages: null });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

interface Told extends Pick<IncomingMessage, 'statusCode' | 'headers'> {
  readonly bytes: Buffer;
}

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Told> =>
  new Promise((resolve, reject) => {
    const { port } = app.server.address() as AddressInfo;
    get({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      const { statusCode } = response;
      response.on('end', () => resolve({ statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }));
      response.on('error', reject);
    }).on('error', reject);
  });

const ROWS = '/api/runs/run-a?by=step';

test('a long answer is packed with br or gzip, as the client says, and is the same unpacked', async () => {
  const plain = await ask(ROWS);
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(JSON.parse(plain.bytes.toString()).rows.length).toBe(120);
  for (const [encoding, unpacked] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const { headers, bytes } = await ask(ROWS, { 'accept-encoding': encoding });
    expect([headers['content-encoding'], headers.vary]).toEqual([encoding, expect.stringContaining('accept-encoding')]);
    expect(unpacked(bytes).equals(plain.bytes)).toBe(true);
    expect(bytes.length).toBeLessThan(plain.bytes.length / 5);
  }
  const best = await ask(ROWS, { 'accept-encoding': 'gzip, deflate, br, zstd' });
  expect(best.headers['content-encoding']).toBe('br');
  expect((await ask('/api/health', { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined();
});

test('who has the answer already is told so, however it was packed; who has an older one gets the new one', async () => {
  const first = await ask(ROWS, { 'accept-encoding': 'br' });
  const tag = first.headers.etag!;
  expect(tag).toMatch(/^W\/"[^"]+"$/);
  for (const encoding of ['br', 'gzip', 'identity'])
    for (const known of [tag, `"other", ${tag}`, tag.slice(2), '*']) {
      const again = await ask(ROWS, { 'accept-encoding': encoding, 'if-none-match': known });
      expect([known, again.statusCode, again.bytes.length, again.headers.etag]).toEqual([known, 304, 0, tag]);
      expect(again.headers['content-encoding']).toBeUndefined();
      expect(again.headers['cache-control']).toBe('private, no-cache');
    }
  expect((await ask('/api/runs/run-b?by=step', { 'if-none-match': tag })).statusCode).toBe(200);
});

test('a refusal is never told as what is known already', async () => {
  const refused = await ask('/api/runs/no-such');
  expect([refused.statusCode, refused.headers.etag]).toEqual([404, undefined]);
  const again = await ask('/api/runs/no-such', { 'if-none-match': '*' });
  expect([again.statusCode, JSON.parse(again.bytes.toString()).code]).toEqual([404, 'run-not-found']);
});

test('HEAD tells the headers of GET and no body', async () => {
  const { headers } = await ask(ROWS);
  const head = await ask(ROWS, {}, 'HEAD');
  expect([head.statusCode, head.bytes.length, head.headers.etag]).toEqual([200, 0, headers.etag]);
});

test('what comes to the ledger changes the tag', async () => {
  const before = await ask('/api/totals');
  const known = { 'if-none-match': before.headers.etag! };
  expect((await ask('/api/totals', known)).statusCode).toBe(304);
  createRun(ledger, runRecord('run-c', { created_at_ms: (T0 + 1200) * 1000 }));
  const out = writerOf(ledger, 'run-c', 'w', [gpu(0, 'GPU-0')], { started_at_ms: (T0 + 1200) * 1000 });
  out.append('energy', second('gpu-0', T0 + 1200, 500));
  await out.end(endAt((T0 + 1201) * 1000));
  const after = await ask('/api/totals', known);
  expect(after.statusCode).toBe(200);
  // 60 kJ, 48 kJ, and a second of 500 W.
  expect(JSON.parse(after.bytes.toString()).total.energy_j.value).toBeCloseTo(108_500, 6);
});
