// The API under attack: every parameter of every endpoint with paths, SQL and nonsense, over a ledger that is itself hostile.
//
// Whatever is asked, it is answered or refused in words, nothing beside the ledger is told or made, and the ledger stays as it was.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer } from '../../src/server/server.ts';
import { tempFolder } from '../helpers/cli.ts';
import { type Hostile, hostileLedger, sqlWords } from '../helpers/hostile-ledger.ts';

const folder = tempFolder();
const CANARY = 'canary-4711-nobody-asks-for-this';
let hostile: Hostile;
let app: FastifyInstance;
let before: string;
let paths: { path: string; names: string[] }[];
beforeAll(async () => {
  hostile = await hostileLedger(folder, CANARY);
  app = await createServer({
    ...{ ledger: hostile.ledger, version: '1', now: () => 100_000, pages: null },
    cache: join(folder, 'cache'),
  });
  await app.ready();
  before = sumOf(hostile.ledger);
  const { paths: told } = (await app.inject('/api/openapi.json')).json();
  paths = Object.entries(told as Record<string, { get?: { parameters?: { name: string; in: string }[] } }>)
    // What is sent is taken by token alone: ingest.test.ts.
    .filter(([path, { get }]) => get !== undefined && path !== '/api/live' && !path.startsWith('/api/ingest/'))
    .map(([path, { get }]) => ({ path, names: [...new Set((get!.parameters ?? []).map(({ name }) => name))] }));
});
afterAll(() => app.close());

/** Of the names, sizes and contents of all files below. */
function sumOf(root: string): string {
  const hash = createHash('sha256');
  for (const name of (readdirSync(root, { recursive: true }) as string[]).sort()) {
    hash.update(name);
    if (statSync(join(root, name)).isFile()) hash.update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

const up = '../'.repeat(8);
const TRAVERSAL = [
  '../secret',
  '../secret.json',
  '..%2fsecret.json',
  '%2e%2e%2fsecret.json',
  '%252e%252e%252fsecret.json',
  '..\\secret.json',
  '....//secret.json',
  '/etc/passwd',
  `${up}etc/passwd`,
  `${up}etc/passwd%00.json`,
  'file:///etc/passwd',
  '\0',
  'run-0\0.json',
  '.',
  '..',
  '~',
];
const NONSENSE = [
  ...['', ' ', '-1', '0', '1e400', 'NaN', '9007199254740993', '8640000000000000', 'null', '[]', '{}', 'a'.repeat(5000)],
  ...['\ud800', '٣', '%', '\r\nSet-Cookie: a=b', '{{7*7}}', '__proto__', 'constructor', 'toString', 'last,last', ','],
];

/** What an answer to anything must be. */
function check(
  asked: string,
  { statusCode, body, headers }: { statusCode: number; body: string; headers: object },
): void {
  if (![200, 400, 404, 409, 414].includes(statusCode))
    throw new Error(`${asked} → ${statusCode}: ${body.slice(0, 300)}`);
  if (body.includes(CANARY) || body.includes('root:x:0')) throw new Error(`${asked} tells what is beside the ledger`);
  if (!String((headers as Record<string, unknown>)['content-type']).startsWith('application/json'))
    throw new Error(`${asked}: no JSON`);
  if ('set-cookie' in headers) throw new Error(`${asked} sets a cookie`);
  const told = JSON.parse(body);
  if (statusCode !== 200 && told.schema !== 'joulebook/error/v1') throw new Error(`${asked}: ${body.slice(0, 200)}`);
}

const filled = (path: string, value: string) => path.replace(/\{\w+\}/g, () => value);

test('there is something to attack', () => {
  expect(paths.length).toBeGreaterThan(8);
  expect(paths.filter(({ path }) => path.includes('{')).length).toBeGreaterThan(2);
});

test('each hostile run is told as it is, by id and by its name', async () => {
  const { runs } = (await app.inject('/api/runs?limit=1000')).json();
  expect(runs).toHaveLength(hostile.words.length);
  expect(new Set(runs.map(({ name }: { name: string }) => name))).toEqual(new Set(hostile.words));
  for (const [i, word] of hostile.words.entries()) {
    for (const path of paths.filter(({ path }) => path.includes('{run}')).map(({ path }) => path)) {
      const url = filled(path, `run-${i}`);
      const answer = await app.inject({ url });
      check(url, answer);
    }
    const named = await app.inject({ url: `/api/runs/${safe(word)}` });
    if (named.statusCode === 200) expect(named.json().run.name).toBe(word);
  }
});

test('every part of every path, with other paths, SQL and nonsense', async () => {
  const words = [...TRAVERSAL, ...NONSENSE, ...hostile.words];
  let asked = 0;
  for (const { path } of paths.filter(({ path }) => path.includes('{')))
    for (const word of words)
      for (const written of [word, safe(word), safe(safe(word))]) {
        if (/[\s\0\ud800-\udfff#?]/.test(written)) continue; // no address: inject() itself refuses it
        const url = filled(path, written);
        check(url, await app.inject({ url }));
        asked += 1;
      }
  expect(asked).toBeGreaterThan(200);
});

test('every name of every query, with other paths, SQL and nonsense, once and twice', async () => {
  const words = [...TRAVERSAL, ...NONSENSE, ...hostile.words];
  let asked = 0;
  for (const { path, names } of paths)
    for (const name of names.filter((name) => !path.includes(`{${name}}`)))
      for (const word of words) {
        const other = name === 'runs' ? '&runs=run-1' : '';
        const url = `${filled(path, path.includes('zone') ? 'DE' : 'run-1')}?${name}=${safe(word)}${other}`;
        check(url, await app.inject({ url }));
        asked += 1;
      }
  for (const { path } of paths)
    for (const query of [
      '__proto__=1',
      '__proto__[x]=1',
      'constructor[prototype][x]=1',
      'x'.repeat(500),
      '=',
      '&&&',
      '%zz',
      'run=run-0&run=run-1',
    ]) {
      const url = `${filled(path, path.includes('zone') ? 'DE' : 'run-1')}?${query}`;
      check(url, await app.inject({ url }));
    }
  expect(asked).toBeGreaterThan(300);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test('what would take long is refused before it is begun', async () => {
  const runs = Array.from({ length: 60 }, (_, i) => `runs=run-${i % 15}`).join('&');
  const asked = [
    `/api/compare?${runs}`,
    '/api/grid/DE?from_ms=0&to_ms=999999999999999',
    '/api/grid/DE?from_ms=5&to_ms=5',
    `/api/totals?by=${Array(30).fill('project').join(',')}`,
    '/api/runs/run-1/series?points=1000000',
    '/api/runs?limit=1000000',
  ];
  for (const url of asked) {
    const started = performance.now();
    const { statusCode, json } = await app.inject({ url });
    expect([url, statusCode, json().code]).toEqual([url, 400, 'usage']);
    expect(performance.now() - started).toBeLessThan(500);
  }
  const wide = await app.inject({ url: '/api/runs/run-1/series?from=0&to=999999999999999&points=4000' });
  expect(wide.statusCode).toBe(200);
  expect(wide.json().stretches.from_ms.length).toBeLessThanOrEqual(4000);
});

test('nothing came of it: no file was made, and the ledger is as it was', () => {
  expect(readdirSync(hostile.trap)).toEqual([]);
  expect(readdirSync(folder).filter((name) => !['ledger', 'secret.json', 'trap', 'cache'].includes(name))).toEqual([]);
  expect(sumOf(hostile.ledger)).toBe(before);
  expect(sqlWords('a', 'b').length).toBeGreaterThan(5);
});

/** As it stands in an address; a half of a pair cannot. */
function safe(word: string): string {
  try {
    return encodeURIComponent(word);
  } catch {
    return '%ED%A0%80';
  }
}
