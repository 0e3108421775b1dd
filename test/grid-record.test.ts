// joulebook grid record and --replay, the whole program against providers on loopback.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Recording } from '../src/grid/recording.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';

const PASSWORD = 'correct horse/7';
const SPAN = ['--from', '2024-03-04T00:00Z', '--to', '2024-03-04T00:10Z'];
const meta = (request: Received) => ({
  ...{ region: request.query.get('region'), signal_type: 'co2_moer', units: 'lbs_co2_per_mwh' },
  ...{ data_point_period_seconds: 300, generated_at: '2024-03-05T00:00:00+00:00' },
});
const watttime = (request: Received): Reply => {
  if (request.path === '/login')
    return { body: { token: 'header.payload.signature', refresh_token: 'never-used', user: { name: 'ada.l' } } };
  const data = ['00:00', '00:05'].map((at) => ({ point_time: `2024-03-04T${at}:00+00:00`, value: 1000 }));
  const heard = `ada.l with ${request.headers.authorization} and ${encodeURIComponent(PASSWORD)}`;
  return {
    headers: { 'x-ratelimit-remaining': '2999', 'set-cookie': 's=1' },
    body: { data, meta: meta(request), heard },
  };
};

let server: Loopback;
let out: string;
beforeEach(async () => {
  server = await loopback(watttime);
  out = join(tempFolder(), 'record.json');
});
afterEach(() => server.close());
const env = (user = 'ada.l') => ({ WATTTIME_URL: server.base, WATTTIME_USER: user, WATTTIME_PASSWORD: PASSWORD });
const grid = (args: string[], more: NodeJS.ProcessEnv = {}) => joulebook(['grid', ...args], { env: more });
const record = (user?: string, ...more: string[]) =>
  grid(['record', 'US-CAL-CISO', '--provider', 'watttime', '--out', out, ...more], env(user));
const recording = () => JSON.parse(readFileSync(out, 'utf8')) as Recording;
const replayed = (...args: string[]) => grid([...args, '--replay', out]);

describe('joulebook grid record', () => {
  test('keeps every exchange, without password, user and token in any writing', async () => {
    const { code, stdout } = await record(undefined, ...SPAN);
    expect(code).toBe(0);
    expect(stdout).toMatch(/2 answers of watttime, 2 pieces, secrets taken out/);
    const { exchanges, asked, provider } = recording();
    expect([provider, asked.question, asked.zone]).toEqual(['watttime', 'history', 'US-CAL-CISO']);
    expect(exchanges.map(({ path, status }) => [path, status])).toEqual([
      ['/login', 200],
      ['/v3/historical', 200],
    ]);
    expect(Object.keys(exchanges[1]!.headers).sort()).toEqual(['content-type', 'date', 'x-ratelimit-remaining']);
    const text = readFileSync(out, 'utf8');
    // the last is Base64 of "ada.l:correct horse/7", by coreutils
    for (const secret of [
      'correct horse',
      'correct%20horse',
      'ada.l',
      'payload',
      'never-used',
      'YWRhLmw6Y29ycmVjdCBob3JzZS83',
    ])
      expect(text).not.toContain(secret);
    expect(text).not.toContain(new URL(server.base).port);
  });

  test('--replay answers with the same points, without keys and network', async () => {
    await record(undefined, ...SPAN);
    const asked = ['history', 'US-CAL-CISO', '--json'];
    const direct = [...asked, '--provider', 'watttime', ...SPAN, '--direct'];
    const live = JSON.parse((await grid(direct, env())).stdout);
    await server.close();
    const { code, stdout } = await replayed(...asked);
    expect(code).toBe(0);
    const again = JSON.parse(stdout);
    const retrieved_at_ms = recording().recorded_at_ms;
    const points = live.points.map((point: object) => ({ ...point, retrieved_at_ms }));
    expect(again).toEqual({ ...live, points });
    expect(live.points.map(({ g_per_kwh }: { g_per_kwh: number }) => g_per_kwh)).toEqual([453.59237, 453.59237]);
  });

  test('busy answers are replayed as they came, without the waiting', async () => {
    let busy = true;
    server.answers((request) => {
      if (request.path === '/login' || !busy) return watttime(request);
      busy = false;
      return { status: 429, headers: { 'retry-after': '1' }, body: { error: 'slow down' } };
    });
    expect((await record(undefined, ...SPAN)).code).toBe(0);
    expect(recording().exchanges.map(({ status }) => status)).toEqual([200, 429, 200]);
    const before = performance.now();
    expect((await replayed('history', 'US-CAL-CISO', '--csv')).stdout.split('\n').length).toBe(4);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test('a forecast is replayed as of when it was recorded', async () => {
    const at = (ms: number) => new Date(Math.floor((Date.now() + ms) / 300_000) * 300_000).toISOString();
    server.answers((request) => {
      if (request.path === '/login') return watttime(request);
      const data = [0, 300_000].map((ms) => ({ point_time: at(ms), value: 2000 }));
      return { body: { data, meta: meta(request) } };
    });
    expect((await record(undefined, '--forecast', '--hours', '2')).code).toBe(0);
    const { stdout } = await replayed('forecast', 'US-CAL-CISO', '--json');
    const { points, from_ms } = JSON.parse(stdout);
    expect(points.length).toBe(2);
    expect(from_ms).toBe(recording().asked.from_ms);
  });

  test('of a question that fails the answers are kept, and the fault stands', async () => {
    server.answers((request) =>
      request.path === '/login' ? watttime(request) : { status: 400, body: { message: `no, ada.l` } },
    );
    const { code, stderr } = await record(undefined, ...SPAN);
    expect(code).toBe(1);
    expect(stderr).toMatch(/2 answers until then are in .*record\.json[\s\S]*HTTP 400: no, \[redacted\]/);
    expect(recording().exchanges.map(({ status }) => status)).toEqual([200, 400]);
    expect((await replayed('history', 'US-CAL-CISO')).stderr).toMatch(/HTTP 400: no, \[redacted\]/);
  });

  test('a user whose name is a word of the answers is said to spoil the record', async () => {
    const { code, stderr } = await record('CAISO_NORTH', ...SPAN);
    expect(code).toBe(2);
    expect(stderr).toMatch(/without the secrets it does not answer as the provider did/);
  });

  test.each<[string, string[], RegExp]>([
    ['no file', ['record', 'GB', '--provider', 'neso'], /--out gb\.recording\.json/],
    [
      'a span of a forecast',
      ['record', 'GB', '--provider', 'neso', '--forecast', '--from', '2024-03-04T00:00Z', '--out', 'x'],
      /--hours/,
    ],
    ['no provider', ['record', 'GB', '--out', 'x'], /no provider is named/],
  ])('%s: exit code 2 and what would be right', async (_, args, words) => {
    const { code, stderr } = await grid(args);
    expect([code, existsSync('x')]).toEqual([2, false]);
    expect(stderr).toMatch(words);
  });

  test('a file that cannot be written', async () => {
    out = join(tempFolder(), 'missing', 'record.json');
    const { code, stderr } = await record(undefined, ...SPAN);
    expect(code).toBe(2);
    expect(stderr).toMatch(/record\.json: ENOENT/);
  });
});

describe('--replay', () => {
  test('what was not recorded is a fault that says what was', async () => {
    await record(undefined, ...SPAN);
    const { code, stderr } = await replayed('history', 'US-CAL-CISO', '--to', '2024-03-06T00:00Z');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no answer to \/v3\/historical\?region=CAISO_NORTH.* is recorded in it/);
    expect(stderr).toMatch(/the history of US-CAL-CISO, 2024-03-04T00:00:00.000Z to 2024-03-04T00:10:00.000Z/);
    expect((await replayed('forecast', 'US-CAL-CISO')).code).toBe(2);
  });

  test('another provider than the one recorded is refused', async () => {
    await record(undefined, ...SPAN);
    const { code, stderr } = await replayed('history', 'US-CAL-CISO', '--provider', 'eia');
    expect(code).toBe(2);
    expect(stderr).toMatch(/is a recording of watttime, not of eia/);
  });

  test.each([
    ['no JSON', '{', /no JSON/],
    ['another JSON', '{"schema":"joulebook/grid/v1"}', /no recording: schema/],
    [
      'an unknown provider',
      JSON.stringify({
        schema: 'joulebook/grid-recording/v1',
        provider: 'constructor',
        recorded_at_ms: 0,
        asked: { question: 'history', zone: 'GB', scope: 'direct', from_ms: 0, to_ms: 1 },
        exchanges: [],
      }),
      /no provider "constructor"/,
    ],
  ])('%s is refused', async (_, text, words) => {
    writeFileSync(out, text);
    const { code, stderr } = await replayed('history', 'GB');
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });

  test('a recording given as --intensity says what to do', async () => {
    await record(undefined, ...SPAN);
    const { code, stderr } = await joulebook(['run', '--intensity', out, '--', 'true']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/it is a recording[\s\S]*--replay FILE --csv/);
  });
});
