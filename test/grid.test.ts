// joulebook grid, the whole program against a provider on loopback.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joulebook } from './helpers/cli.ts';
import { type Loopback, loopback } from './helpers/loopback.ts';

let server: Loopback;
const half = (n: number) => new Date(Date.UTC(2024, 2, 4) + n * 1_800_000).toISOString().replace(':00.000Z', 'Z');
const halves = (values: readonly (number | null)[]) => ({
  data: values.map((actual, n) => ({
    ...{ from: half(n), to: half(n + 1) },
    intensity: { forecast: null, actual, index: 'moderate' },
  })),
});
beforeEach(async () => {
  server = await loopback(() => ({ body: halves([100, 200, null, 300]) }));
});
afterEach(() => server.close());

const grid = (...args: string[]) => joulebook(['grid', ...args], { env: { NESO_URL: server.base } });
const SPAN = ['--provider', 'neso', '--from', '2024-03-04T00:00Z', '--to', '2024-03-04T02:00Z'];

describe('joulebook grid', () => {
  test('history: pieces, their mean by time, and what is not known', async () => {
    const { code, stdout } = await grid('history', 'GB', ...SPAN, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ schema: 'joulebook/grid/v1', zone: 'GB', provider: 'neso', kind: 'average', scope: 'direct' },
      ...{ mean_g_per_kwh: 200, coverage: 0.75 },
      points: [100, 200, 300].map((g_per_kwh) => ({ g_per_kwh, quality: 'measured' })),
    });
    const text = (await grid('history', 'GB', ...SPAN)).stdout;
    expect(text).toMatch(/2024-03-04T00:30Z\s+200 g\/kWh\s+measured\n/);
    expect(text).toMatch(/mean 200 g\/kWh, 75 % of the time; average, direct, of consumption; neso/);
  });

  test('--csv is a file for --intensity, and says where it holds more than is known', async () => {
    const { stdout, stderr } = await grid('history', 'GB', ...SPAN, '--csv');
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'timestamp,gco2e_per_kwh,kind,scope,zone',
      '2024-03-04T00:00Z,100,average,direct,GB',
    ]);
    expect(stderr).toMatch(/holes/);
  });

  test('providers: who is ready, and what the others need', async () => {
    const { stdout } = await grid('providers');
    expect(stdout).toMatch(/neso\s+average, direct, of consumption, every 30 min, 48 h ahead/);
    expect(stdout).toMatch(/watttime\s+needs WATTTIME_USER and WATTTIME_PASSWORD/);
  });

  test.each<[string, string[], RegExp]>([
    ['no provider', ['history', 'GB'], /no provider is named/],
    ['another provider', ['history', 'GB', '--provider', 'nobody'], /no provider "nobody"[\s\S]*electricity-maps/],
    ['no key', ['history', 'FR', '--provider', 'eia'], /eia needs EIA_API_KEY/],
    ['another scope', ['history', 'GB', ...SPAN, '--scope', 'lifecycle'], /--scope[\s\S]*direct/],
    ['a time without a zone', ['history', 'GB', '--provider', 'neso', '--from', 'yesterday'], /--from: "yesterday"/],
    ['a zone it does not know', ['history', 'FR', ...SPAN], /neso does not know this zone/],
  ])('%s: exit code 2 and what would be right', async (_, args, words) => {
    const { code, stdout, stderr } = await grid(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  });

  test('a provider that fails: exit code 1, with its words', async () => {
    server.answers(() => ({
      status: 400,
      body: { error: { code: '400 Bad Request', message: 'Please enter a valid date' } },
    }));
    const { code, stderr } = await grid('history', 'GB', ...SPAN);
    expect(code).toBe(1);
    expect(stderr).toMatch(/neso cannot be used: HTTP 400: Please enter a valid date/);
  });
});
