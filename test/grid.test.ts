// joulebook grid, the whole program against a provider on loopback.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readIntensityFile } from '../src/grid/file.ts';
import { intensityAt } from '../src/grid/series.ts';
import { joulebook, tempFolder } from './helpers/cli.ts';
import { type Loopback, loopback } from './helpers/loopback.ts';

let server: Loopback;
let folder: string;
const half = (n: number) => new Date(Date.UTC(2024, 2, 4) + n * 1_800_000).toISOString().replace(':00.000Z', 'Z');
const halves = (values: readonly (number | null)[]) => ({
  data: values.map((actual, n) => ({
    ...{ from: half(n), to: half(n + 1) },
    intensity: { forecast: null, actual, index: 'moderate' },
  })),
});
beforeEach(async () => {
  folder = tempFolder();
  server = await loopback(() => ({ body: halves([100, 200, null, 300]) }));
});
afterEach(() => server.close());

const grid = (...args: string[]) =>
  joulebook(['grid', ...args], { env: { NESO_URL: server.base, LANG: 'C.UTF-8' }, cwd: folder });
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
    expect(text).toMatch(/2024-03-04T00:30Z\s+200 g\/kWh\s+measured\s+neso\n/);
    expect(text).toMatch(/mean 200 g\/kWh, 75 % of the time; average, direct, of consumption; neso/);
  });

  test('--csv is a file for --intensity and for grid import, holes included', async () => {
    const { stdout } = await grid('history', 'GB', ...SPAN, '--csv');
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'timestamp,end,gco2e_per_kwh,quality,kind,scope,zone',
      '2024-03-04T00:00Z,2024-03-04T00:30Z,100,measured,average,direct,GB',
    ]);
    expect(stdout).not.toMatch(/^2024-03-04T01:00Z/m);
    writeFileSync(join(folder, 'gb.csv'), stdout);
    const other = ['--ledger', join(folder, 'other')];
    expect((await grid('import', 'gb.csv', ...other)).stdout).toMatch(/GB: 3 values new/);
    const back = await grid('history', 'GB', '--offline', '--scope', 'direct', ...SPAN.slice(2), ...other, '--json');
    expect(JSON.parse(back.stdout)).toMatchObject({ provider: 'import', scope: 'direct', mean_g_per_kwh: 200 });
  });

  test.each(['--csv', '--json'])('%s is a file for --intensity, its holes kept', async (as) => {
    const { stdout } = await grid('history', 'GB', ...SPAN, as);
    const file = join(folder, 'gb');
    writeFileSync(file, stdout);
    const [series] = (await readIntensityFile(file)).series;
    const t0 = Date.UTC(2024, 2, 4);
    expect([0, 1, 2, 3].map((n) => intensityAt(series!, t0 + n * 1_800_000))).toEqual([100, 200, null, 300]);
    expect(series).toMatchObject({ zone: 'GB', kind: 'average', scope: 'direct', quality: 'measured' });
  });

  test('the example of grid record --help', async () => {
    const help = await grid('record', '--help');
    const example = /\nExample:\n {2}joulebook grid (.*)\n/.exec(help.stdout)?.[1];
    const { code, stdout } = await grid(...example!.split(' '));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/gb\.recording\.json: 1 answer of neso, 3 pieces/)]);
  });

  test('what was told is not asked again, and is shown when nobody can be asked', async () => {
    await grid('history', 'GB', ...SPAN);
    const asked = server.received.length;
    server.answers(() => ({ status: 401, body: 'no' }));
    for (const more of [[], ['--offline']]) {
      const { code, stdout, stderr } = await grid('history', 'GB', ...SPAN, ...more, '--json');
      expect([code, stderr, JSON.parse(stdout).mean_g_per_kwh]).toEqual([0, '', 200]);
    }
    expect(server.received.length).toBe(asked);
    // A day more is due: the refusal is a warning, and what is known is shown.
    const wide = ['--provider', 'neso', '--from', '2024-03-03T00:00Z', '--to', '2024-03-04T02:00Z'];
    const { code, stdout, stderr } = await grid('history', 'GB', ...wide, '--json');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^joulebook: neso refuses: HTTP 401/)]);
    expect(JSON.parse(stdout)).toMatchObject({ mean_g_per_kwh: 200, coverage: expect.closeTo(1.5 / 26, 12) });
    const refused = server.received.length;
    expect((await grid('history', 'GB', ...wide)).stderr).toMatch(/left alone until/);
    expect(server.received.length).toBe(refused);
    const direct = await grid('history', 'GB', ...wide, '--direct');
    expect([direct.code, direct.stdout]).toEqual([1, '']);
    expect(server.received.length).toBeGreaterThan(refused);
  });

  test('as configured: each stretch by its provider and quality, holes as unknown, with the coverage', async () => {
    writeFileSync(join(folder, 'joulebook.yaml'), 'grid:\n  GB: { providers: [neso] }\n');
    server.answers(() => ({ body: halves([100, null, null, 300]) }));
    const span = SPAN.slice(2);
    const found = JSON.parse((await grid('history', 'GB', ...span, '--json')).stdout);
    const at = (n: number) => Date.parse(half(n));
    expect(found).toMatchObject({
      ...{ provider: 'neso', basis: 'consumption', mean_g_per_kwh: 200, coverage: 0.5 },
      points: [
        { from_ms: at(0), to_ms: at(1), g_per_kwh: 100, quality: 'measured', provider: 'neso' },
        { from_ms: at(3), to_ms: at(4), g_per_kwh: 300, quality: 'measured', provider: 'neso' },
      ],
      holes: [{ from_ms: at(1), to_ms: at(3) }],
      licence: expect.stringMatching(/CC BY 4.0/),
    });
    const { stdout, stderr } = await grid('history', 'GB', ...span);
    expect(stdout).toMatch(/T00:30Z {2}unknown until 2024-03-04T01:30Z\n/);
    expect(stdout).toMatch(/min 100, mean 200, max 300 g\/kWh {2}m measured {2}· unknown\n/);
    expect(stderr).toMatch(/annual mean .* is left out: it is average lifecycle, this account is average direct/);
  });

  test('without a provider: the annual mean, by name, and what would tell more', async () => {
    const { code, stdout, stderr } = await grid('history', 'DE', ...SPAN.slice(2), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ provider: 'ember', coverage: 1, points: [{ quality: 'annual' }] });
    expect(stderr).toMatch(/no provider is configured for DE: --provider .*neso.*joulebook.yaml/);
    const csv = await grid('history', 'DE', ...SPAN.slice(2), '--csv', '--offline');
    expect(csv.stdout).toBe('timestamp,end,gco2e_per_kwh,quality,kind,scope,zone\n');
    expect(csv.stderr).toMatch(/1 stretch of climatology or annual means is left out/);
  });

  test('a part of a country whose mean stands in, and a place of a cloud', async () => {
    const { stderr } = await grid('history', 'SE-SE3', '--offline');
    expect(stderr).toMatch(/no annual mean of SE-SE3 is published: that of SE stands in/);
    const { stdout } = await grid('now', 'aws:eu-west-2', '--offline', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ zone: 'GB', quality: 'annual', age_s: null });
  });

  test('a key that is not there is said, and who can be asked is asked', async () => {
    writeFileSync(join(folder, 'joulebook.yaml'), 'grid:\n  GB: { providers: [entsoe], scope: direct }\n');
    const { code, stdout, stderr } = await grid('history', 'GB', ...SPAN.slice(2));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/nothing is known of that time/)]);
    expect(stderr).toMatch(/entsoe is not asked: it needs ENTSOE_TOKEN/);
  });

  test('a ledger that cannot be written: nobody is asked, and that is said', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, stderr } = await grid('history', 'GB', ...SPAN, '--ledger', join(folder, 'file', 'ledger'));
    expect([code, server.received.length]).toEqual([1, 0]);
    expect(stderr).toMatch(/cannot write to the ledger/);
  });

  test('providers: who is ready, and what the others need', async () => {
    const { stdout } = await grid('providers');
    expect(stdout).toMatch(/neso\s+average, direct, of consumption, every 30 min, 48 h ahead/);
    expect(stdout).toMatch(/watttime\s+needs WATTTIME_USER and WATTTIME_PASSWORD/);
  });

  test.each<[string, string[], RegExp]>([
    ['no provider', ['history', 'GB', '--direct'], /no provider is named/],
    ['both ways', ['history', 'GB', ...SPAN, '--direct', '--offline'], /--direct asks and --offline does not/],
    ['a zone that nobody knows', ['now', 'XX', '--offline'], /zone "XX"/],
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
