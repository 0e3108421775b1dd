// joulebook grid when and report --zones: the whole program, on three real days of Great Britain and on small files.

import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { joulebook, tempFolder } from './helpers/cli.ts';
import { loopback } from './helpers/loopback.ts';

const GB = resolve(import.meta.dirname, 'fixtures/gb-2024-10-14.csv');
const NOW = ['--now', '2024-10-15T07:12Z'];
let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
const when = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  joulebook(['grid', 'when', '--ledger', join(folder, 'ledger'), ...args], { env, cwd: folder });
const at = (text: string) => Date.parse(text);

describe('three days of Great Britain', () => {
  // Summed up minute by minute by another program: six hours from 07:12 on are at 144.8667 g/kWh, and of the 1441 minutes
  // of a day from there only 22:00 begins six hours at 767/12.
  test('six hours at 3 kW: 22:00 is best, 55.9 % and 1457.1 g less', async () => {
    const { code, stdout } = await when(['--duration', '6h', '--power', '3kW', '--intensity', GB, ...NOW, '--json']);
    expect(code).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      ...{ schema: 'joulebook/grid-when/v1', duration_s: 21_600, energy_j: 64_800_000, pue: null },
      against: { zone: 'GB', at_ms: at('2024-10-15T07:12Z'), g_per_kwh: expect.closeTo(144.866_666_667, 6) },
      best: { zone: 'GB', at_ms: at('2024-10-15T22:00Z'), g_per_kwh: expect.closeTo(767 / 12, 6) },
      ...{ saved_g: expect.closeTo(1457.1, 3), saved_share: expect.closeTo(0.558_789_692, 6) },
      zones: [{ zone: 'GB', kind: 'average', scope: 'direct', providers: ['file'], coverage: 1 }],
    });
    const { starts } = found.zones[0];
    expect(starts[0].at_ms).toBe(found.from_ms);
    expect(starts.at(-1).at_ms).toBe(found.to_ms);
  });

  test('ninety minutes within a day; within two hours only; with 20 kWh and a PUE', async () => {
    const args = ['--duration', '90m', '--intensity', `GB=${GB}`, ...NOW, '--json'];
    const day = JSON.parse((await when(args)).stdout);
    expect(day.best).toMatchObject({ at_ms: at('2024-10-15T23:30Z'), g_per_kwh: expect.closeTo(184 / 3, 6) });
    expect([day.saved_g, day.energy_j]).toEqual([null, null]);
    const soon = JSON.parse((await when([...args, '--within', '2h', '--energy', '20kWh', '--pue', '1.5'])).stdout);
    expect(soon.best.at_ms).toBeLessThanOrEqual(at('2024-10-15T09:12Z'));
    const less = soon.against.g_per_kwh - soon.best.g_per_kwh;
    expect(soon.saved_g).toBeCloseTo(less * 20 * 1.5, 6);
  });

  test('as text: bars without colour, a time axis, and one sentence', async () => {
    const { stdout } = await when(['--duration', '6h', '--power', '3kW', '--intensity', GB, ...NOW]);
    const [bars, axis, legend, sentence] = stdout.split('\n');
    expect(bars).toMatch(/^ {2}GB {4}[▁▂▃▄▅▆▇█]{48} {2}best 63\.9 g\/kWh from 2024-10-15T22:00Z$/);
    expect(axis).toMatch(/^ {8}10-15T07:12Z {6}10-15T19:12Z {6}10-16T07:12Z$/);
    expect(legend).toMatch(/▁ [\d.]+ to █ \d+ g\/kWh: means of 6 h by their start; average direct, file/);
    expect(sentence).toBe(
      'Start at 2024-10-15T22:00Z, in 14 h 48 min: 55.9 % (1.46 kgCO2e) less than starting now in GB (145 g/kWh).',
    );
  });

  test('what is not covered is a dot, and no start', async () => {
    const { stdout } = await when(['--duration', '6h', '--within', '60h', '--intensity', GB, ...NOW]);
    expect(stdout).toMatch(/^ {2}GB {4}[▁▂▃▄▅▆▇█]{28}·{20} /); // the last start, 16 October 18:00, is 34.8 of 60 h ahead
  });
});

describe('zones', () => {
  const csv = (name: string, rows: readonly string[]) => {
    writeFileSync(join(folder, name), `timestamp,gco2e_per_kwh,kind,scope\n${rows.join('\n')}\n`);
    return name;
  };
  const day = (...values: number[]) =>
    values.map((g, h) => `2024-05-01T${String(h).padStart(2, '0')}:00Z,${g},average,`);
  const MAY = ['--duration', '1h', '--within', '2h', '--now', '2024-05-01T00:00Z'];

  test('the best of two, what another scope is left out for, and an annual mean that tells no hour', async () => {
    const own = csv(
      'de.csv',
      day(400, 300, 350).map((row) => `${row}lifecycle`),
    );
    const other = csv(
      'pl.csv',
      day(700, 690, 650).map((row) => `${row}lifecycle`),
    );
    const direct = csv(
      'gb.csv',
      day(1, 1, 1).map((row) => `${row}direct`),
    );
    const files = [`DE=${own}`, `PL=${other}`, `GB=${direct}`].flatMap((file) => ['--intensity', file]);
    const { stdout } = await when(['DE', 'PL', 'GB', 'FR', ...MAY, ...files]);
    expect(stdout).toMatch(/^ {2}DE .* best 300 g\/kWh from 2024-05-01T01:00Z\n {2}PL .* best 650 g\/kWh/);
    expect(stdout).toMatch(/ {2}GB {4}left out: its intensity is average direct, that of DE average lifecycle\n/);
    expect(stdout).toMatch(/ {2}FR {4}[\d.]+ g\/kWh at any hour: only its annual mean is known\n/);
    expect(stdout).toMatch(/\nStart in FR now: [\d.]+ % less than starting now in DE .*, by its annual mean\.\n$/);
  });

  test('nothing is cleaner than now where the day gets dirtier', async () => {
    const { stdout } = await when([
      ...MAY,
      '--intensity',
      csv(
        'x.csv',
        day(100, 200, 300).map((row) => `${row}direct`),
      ),
    ]);
    expect(stdout).toMatch(/\nNothing is cleaner than starting now in this zone \(100 g\/kWh\)\.\n$/);
  });

  test.each<[string, string[], RegExp]>([
    ['no duration', ['DE'], /the duration is not given[\s\S]*--duration 6h/],
    ['a duration without a unit', ['DE', '--duration', '6'], /--duration: "6"/],
    ['no zone', ['--duration', '6h'], /no zone is named/],
    ['both power and energy', ['--duration', '6h', '--power', '1kW', '--energy', '1kWh'], /exclude each other/],
    ['an energy without a unit', ['--duration', '6h', '--energy', '20'], /--energy: "20"[\s\S]*20kWh/],
    ['a time that is none', ['DE', '--duration', '6h', '--now', 'today'], /--now: "today"/],
    ['a first start in the past', ['DE', '--duration', '6h', '--from', '2020-01-01T00:00Z'], /--from lies in the past/],
    ['an annual mean alone', ['DE', '--duration', '6h', ...NOW], /of DE only the annual mean is known/],
    ['a zone that nobody knows', ['XX', '--duration', '6h', ...NOW], /"XX"/],
    ['a provider that nobody knows', ['DE', '--duration', '6h', '--provider', 'nobody'], /no provider "nobody"/],
    ['a file that is not there', ['--duration', '6h', '--intensity', 'none.csv'], /cannot read none\.csv/],
    [
      'a file that ends too early',
      ['--duration', '80h', '--intensity', GB, ...NOW],
      /of GB covers the load from no start/,
    ],
    [
      'two files of one zone',
      ['--duration', '6h', '--intensity', GB, '--intensity', GB, ...NOW],
      /two files are of GB/,
    ],
  ])('%s: exit code 2 and what would be right', async (_, args, words) => {
    const { code, stdout, stderr } = await when(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  });
});

describe('from a provider', () => {
  test('the forecast is asked for once and kept: the second time nobody is asked', async () => {
    const first = Math.floor(Date.now() / 1_800_000) * 1_800_000;
    const time = (n: number) => new Date(first + n * 1_800_000).toISOString().replace(':00.000Z', 'Z');
    const server = await loopback(() => ({
      body: {
        data: Array.from({ length: 96 }, (_, n) => ({
          ...{ from: time(n), to: time(n + 1) },
          intensity: { forecast: n >= 10 && n < 12 ? 50 : 200, actual: null, index: 'low' },
        })),
      },
    }));
    try {
      const asked = ['GB', '--provider', 'neso', '--duration', '1h', '--within', '12h', '--json'];
      const one = JSON.parse((await when(asked, { NESO_URL: server.base })).stdout);
      expect(one.best).toMatchObject({ zone: 'GB', at_ms: first + 10 * 1_800_000, g_per_kwh: expect.closeTo(50, 6) });
      expect(one.saved_share).toBeCloseTo(0.75, 6);
      expect(one.zones[0].parts).toEqual([{ quality: 'forecast', year: null, share: expect.closeTo(1, 6) }]);
      const requests = server.received.length;
      expect(requests).toBeGreaterThan(0);
      const two = JSON.parse((await when(asked, { NESO_URL: server.base })).stdout);
      expect([two.best, server.received.length]).toEqual([one.best, requests]);
    } finally {
      await server.close();
    }
  });
});

describe('report --zones', () => {
  let ledger: string;
  beforeAll(async () => {
    const place = tempFolder();
    ledger = join(place, 'ledger');
    const start = at('2024-10-15T07:12Z') / 1000;
    const rows = Array.from({ length: 91 }, (_, i) => `${start + 60 * i},gpu-0,2000`);
    writeFileSync(join(place, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
    const args = ['import', 'trace', join(place, 'power.csv'), '--intensity', GB, '--pue', '1.5', '--ledger', ledger];
    const { code, stderr } = await joulebook(args);
    expect(code, stderr).toBe(0);
  });
  const report = (...args: string[]) => joulebook(['report', 'last', '--ledger', ledger, ...args]);

  // 90 minutes at 2 kW are 3 kWh; from 07:12 on they are at 161.6667 g/kWh. The cleanest 90 minutes from a day before to a
  // day after, by minutes: see the numbers of the same day above, 184/3 from 23:30 on.
  test('the cleanest start, and what it would have saved with the PUE', async () => {
    const { emissions } = JSON.parse((await report('--json')).stdout);
    const { started, best, saved_g, saved_share, zones } = emissions.hindsight;
    expect(started).toEqual({ at_ms: at('2024-10-15T07:12Z'), g_per_kwh: expect.closeTo(161.666_666_667, 4) });
    expect(best.zone).toBe('GB');
    expect(best.g_per_kwh).toBeLessThanOrEqual(184 / 3 + 1e-6);
    expect(saved_g).toBeCloseTo((started.g_per_kwh - best.g_per_kwh) * 3 * 1.5, 3);
    expect(saved_share).toBeCloseTo(1 - best.g_per_kwh / started.g_per_kwh, 9);
    expect(zones).toHaveLength(1);
  });

  test('other zones: of another scope they are left out, with the reason, and the text ends with it', async () => {
    const { stdout } = await report('--zones', 'FR, us-tex-erco');
    const lines = stdout.trimEnd().split('\n').slice(-3);
    expect(lines[0]).toMatch(
      /^ {2}started {7}2024-10-15T07:12Z at 162 g\/kWh; .* it would have been .* % cleaner: .* less$/,
    );
    expect(lines[1]).toMatch(
      /^ {16}FR is left out: the annual mean .* is average lifecycle, this account is average direct$/,
    );
    expect(lines[2]).toMatch(
      /^ {16}in US-TEX-ERCO at \d+ g\/kWh it would have been [\d.]+ % dirtier: .* more \(annual 2022\)$/,
    );
    const markdown = (await report('--zones', 'FR', '--md')).stdout;
    expect(markdown).toMatch(/\nStarted:\n\n- 2024-10-15T07:12Z[^\n]*\n- FR is left out/);
  });

  test('a zone that nobody knows: exit code 2 with the nearest', async () => {
    const { code, stderr } = await report('--zones', 'GB,DEE');
    expect(code).toBe(2);
    expect(stderr).toMatch(/"DEE"[\s\S]*DE/);
  });
});
