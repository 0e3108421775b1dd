// joulebook grid now and the heat strip, on the built program and on a terminal as a person has it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLI, joulebook, tempFolder } from './helpers/cli.ts';
import { type Loopback, loopback, type Received } from './helpers/loopback.ts';
import { onScreen } from './helpers/screen.ts';

const HALF_MS = 1_800_000;
const H = 3_600_000;
let server: Loopback;
let folder: string;
/** g/kWh by the half hours since now's; those to come are forecasts. */
let told: (halves: number) => number | null;

function answer({ path }: Received) {
  const [, , from = '', to = ''] = path.split('/');
  const begin = Math.floor(Date.parse(from) / HALF_MS) * HALF_MS;
  const end = to === 'fw48h' ? begin + 48 * H : Date.parse(to);
  const now = Math.floor(Date.now() / HALF_MS) * HALF_MS;
  const count = Math.max(0, Math.ceil((end - begin) / HALF_MS));
  const data = Array.from({ length: count }, (_, i) => begin + i * HALF_MS).map((at) => {
    const g = told((at - now) / HALF_MS);
    const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
    const intensity = { forecast: at >= now ? g : null, actual: at < now ? g : null, index: 'low' };
    return { from: time(at), to: time(at + HALF_MS), intensity };
  });
  return { body: { data } };
}
beforeEach(async () => {
  told = () => 100;
  server = await loopback(answer);
  folder = tempFolder();
  writeFileSync(join(folder, 'joulebook.yaml'), 'grid:\n  GB: { providers: [neso] }\n');
});
afterEach(() => server.close());
const env = () => ({ NESO_URL: server.base, LANG: 'C.UTF-8', TZ: 'UTC' });
const now = async (...args: string[]) => {
  const { code, stdout, stderr } = await joulebook(['grid', 'now', 'GB', ...args], { env: env(), cwd: folder });
  expect(code, stderr).toBe(0);
  return stdout;
};

describe('grid now', () => {
  test('the value, how it stands against day and week, and the best hour to start', async () => {
    // Now 100; of the last day a quarter cleaner and three quarters dirtier, of the days before all dirtier; ahead 100, but
    // 40 for the hour that begins three hours after this half hour.
    told = (n) => (n >= 6 && n < 8 ? 40 : n >= 0 ? 100 : n >= -12 ? 50 : 200);
    const found = JSON.parse(await now('--json'));
    const start = Math.floor(found.at_ms / HALF_MS) * HALF_MS;
    expect(found).toMatchObject({
      ...{ schema: 'joulebook/grid-now/v1', zone: 'GB', kind: 'average', scope: 'direct' },
      ...{ g_per_kwh: 100, quality: 'forecast', provider: 'neso', from_ms: start, told_until_ms: start },
      best: { at_ms: start + 6 * HALF_MS, g_per_kwh: 40, qualities: ['forecast'] },
    });
    // What has passed of this half hour is at 100 too: neither cleaner nor dirtier.
    const passed = (found.at_ms - start) / (24 * H);
    expect(found.last_day.dirtier_than).toBeCloseTo(0.25, 9);
    expect(found.last_day.cleaner_than).toBeCloseTo(0.75 - passed, 9);
    expect(found.last_week.dirtier_than).toBeCloseTo(0.25 / 7, 9);
    expect([found.last_day.coverage, found.last_week.coverage]).toEqual([1, 1]);
    expect(found.age_s).toBeLessThan(30);
    const asked = server.received.length;
    const text = await now();
    expect(server.received.length).toBe(asked);
    expect(text).toMatch(/^ {2}GB now: 100 g\/kWh, forecast by neso, heard just now\n/);
    expect(text).toMatch(/cleaner than 7[2-5] % of the last 24 h, 9[56] % of the last 7 days\n/);
    expect(text).toMatch(/best hour to start: .*Z, in 2 h \d+ min: 40\.0 g\/kWh, 60\.0 % less than now; by forecast/);
    expect(text).toMatch(/now ▼ {1,2}▼ best/);
  });

  test('all alike: no hour is better, and it is as at any time', async () => {
    const text = await now();
    expect(text).toMatch(/as at any time of the last 24 h, as at any time of the last 7 days/);
    expect(text).toMatch(/no hour of the next 24 is known to be cleaner than another/);
    expect(JSON.parse(await now('--json')).best).toBeNull();
  });

  test('nothing known: unknown, not 0', async () => {
    told = () => null;
    const found = JSON.parse(await now('--json'));
    expect(found).toMatchObject({ g_per_kwh: null, quality: null, age_s: null, best: null, points: [] });
    expect(found.last_day).toEqual({ mean_g_per_kwh: null, coverage: 0, cleaner_than: null, dirtier_than: null });
    expect(await now()).toMatch(/^ {2}GB now: unknown\n/);
  });

  test('an annual mean stands against nothing', async () => {
    const { stdout } = await joulebook(['grid', 'now', 'DE', '--offline'], { env: env(), cwd: folder });
    expect(stdout).toMatch(/^ {2}DE now: \d+ g\/kWh, annual mean of 20\d\d by ember\n/);
    expect(stdout).not.toMatch(/er than \d|heard/);
  });
});

describe('the heat strip on a terminal', () => {
  const shown = async (columns: number, more: NodeJS.ProcessEnv) => {
    const screen = await onScreen(
      `'${process.execPath}' '${CLI}' grid now GB 2>/dev/null`,
      { columns, rows: 30 },
      {
        ...env(),
        HOME: folder,
        JOULEBOOK_HOME: join(folder, 'ledger'),
        XDG_CONFIG_HOME: join(folder, 'config'),
        ...more,
      },
    );
    await screen.ended;
    return { raw: Buffer.from(screen.raw, 'latin1').toString(), lines: screen.lines() };
  };
  beforeEach(async () => {
    told = (n) => 150 + 50 * Math.sin((n * Math.PI) / 24);
    const ask = ['grid', 'sync', 'GB', '--provider', 'neso', '--ledger', join(folder, 'ledger')];
    await joulebook(ask, { env: env(), cwd: folder });
  });

  test.each([
    [80, 1],
    [160, 3],
  ])('%i columns: %i wide, colours by COLORTERM and TERM, none with NO_COLOR', async (columns, wide) => {
    const plain = await shown(columns, { NO_COLOR: '1' });
    expect(plain.raw).not.toContain('\x1b[');
    const cells = plain.lines.find((line) => /[▁▂▃▄▅▆▇█]{20}/.test(line))!;
    expect([48 * wide, 49 * wide]).toContain([...cells.trim()].length);
    expect(Math.max(...plain.lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
    expect((await shown(columns, { COLORTERM: 'truecolor' })).raw).toMatch(/\x1b\[38;2;\d+;\d+;50m█/);
    expect((await shown(columns, {})).raw).toMatch(/\x1b\[38;5;\d+m█/);
    expect((await shown(columns, { TERM: 'xterm' })).raw).not.toContain('\x1b[38');
  });
});
