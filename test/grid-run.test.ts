// Runs that keep the grid of their zone up to date: what the summary says then, and that the command never notices.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLI, joulebook, metered, reportOf, start, tempFolder, until } from './helpers/cli.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';
import { onScreen } from './helpers/screen.ts';

const HALF_MS = 1_800_000;
let server: Loopback;
let folder: string;
let ledger: string;
/** Of half hours that have begun `actual`, of those to come a forecast. */
let actual: number | null;

function neso({ path }: Received): Reply {
  const [, , from = '', to = ''] = path.split('/');
  const begin = Math.floor(Date.parse(from) / HALF_MS) * HALF_MS;
  const end = to === 'fw48h' ? begin + 96 * HALF_MS : Date.parse(to);
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
  const data = [];
  for (let at = begin; at < end; at += HALF_MS)
    data.push({
      ...{ from: time(at), to: time(at + HALF_MS) },
      intensity: { forecast: 200, actual: at <= Date.now() ? actual : null, index: 'low' },
    });
  return { body: { data } };
}
beforeEach(async () => {
  actual = 100;
  server = await loopback(neso);
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  configure('grid:\n  GB: { providers: [neso] }\n');
});
afterEach(() => server.close());
const configure = (text: string): void => {
  mkdirSync(join(folder, 'joulebook'), { recursive: true });
  writeFileSync(join(folder, 'joulebook', 'config.yaml'), text);
};
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...{ NESO_URL: server.base, XDG_CONFIG_HOME: folder },
  ...more,
});
const run = (...args: string[]) => metered(folder, ['--zone', 'GB', ...args], env());
const gridWarnings = (report: Awaited<ReturnType<typeof run>>['report']) =>
  report.warnings.flatMap(({ code, message }) => (code === 'grid' ? [message] : []));
const parts = (report: Awaited<ReturnType<typeof run>>['report']) =>
  report.emissions.intensity.parts.map(({ provider, quality, share, mean_g_per_kwh }) => [
    ...[provider, quality, Number(share.toFixed(6)), Number(mean_g_per_kwh.toFixed(6))],
  ]);
/** Processes that ask for this test's ledger. */
const keepers = (): string[] => {
  const { stdout } = spawnSync('pgrep', ['-f', `grid-keeper.js.*${ledger}`], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
};

describe('a run whose zone has a provider', () => {
  test('the summary has the values that came meanwhile, and so has every report after', async () => {
    const { report } = await run('--', 'sleep', '2');
    expect(parts(report)).toEqual([['neso', 'measured', 1, 100]]);
    expect(parts(await reportOf(ledger, 'last'))).toEqual([['neso', 'measured', 1, 100]]);
    expect(gridWarnings(report).filter((message) => !/annual mean .* left out/.test(message))).toEqual([]);
    expect(keepers()).toEqual([]);
    // A second run within the quarter of an hour asks nobody.
    const asked = server.received.length;
    expect(parts((await run('--', 'true')).report)).toEqual([['neso', 'measured', 1, 100]]);
    expect(server.received.length).toBe(asked);
  });

  test('what is a forecast is called one, and what gets the measured value is said', async () => {
    actual = null;
    const { report } = await run('--', 'sleep', '1.5');
    expect(parts(report)).toEqual([['neso', 'forecast', 1, 200]]);
    expect(gridWarnings(report)).toContainEqual(
      expect.stringMatching(/^the energy stands on forecasts: once neso tells .* joulebook grid sync GB gets it$/),
    );
  });

  test.each<[string, string[], NodeJS.ProcessEnv]>([
    ['--offline', ['--offline'], {}],
    ['JOULEBOOK_GRID_SYNC=off', [], { JOULEBOOK_GRID_SYNC: 'off' }],
    ['another zone', ['--zone', 'FR'], {}],
  ])('%s: nobody is asked', async (_, args, more) => {
    const { result } = await metered(folder, ['--zone', 'GB', ...args, '--', 'sleep', '1'], env(more));
    expect([result.code, server.received.length]).toEqual([0, 0]);
  });

  test('grid_sync: off in the configuration, and a value that it cannot have', async () => {
    configure('grid_sync: off\ngrid:\n  GB: { providers: [neso] }\n');
    await run('--', 'sleep', '1');
    expect(server.received.length).toBe(0);
    configure('grid_sync: maybe\ngrid:\n  GB: { providers: [neso] }\n');
    const { code, stdout, stderr } = await joulebook(['run', '--zone', 'GB', '--ledger', ledger, '--', 'echo', 'x'], {
      env: env(),
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/grid_sync: "maybe" cannot be used[\s\S]*auto, off/);
  });

  test('--offline before the command is an option and not the command', async () => {
    const args = ['run', '--json', '--offline', '--ledger', ledger, '--', 'sh', '-c', 'exit 5'];
    expect((await joulebook(args, { env: env() })).code).toBe(5);
  });

  test.each<[string, Reply, RegExp]>([
    ['refuses', { status: 401, body: { message: 'no' } }, /^neso refuses: HTTP 401: no$/],
    ['answers HTML', { body: '<html>hello</html>' }, /^the answer of neso cannot be used: it answered HTML/],
    ['does not know the zone', { status: 404, body: {} }, /^neso does not know this zone/],
  ])('a provider that %s: one warning, and the exit code is the command’s', async (_, reply, words) => {
    server.answers(() => reply);
    const { result, report } = await run('--', 'sh', '-c', 'sleep 1.5; exit 7');
    expect(result.code).toBe(7);
    const told = gridWarnings(report).filter((message) => message.includes('neso'));
    expect(told).toEqual([expect.stringMatching(words)]);
    const later = gridWarnings(await reportOf(ledger, 'last')).filter((message) => message.includes('neso'));
    expect(later).toEqual(told);
  });

  test('what is known stays known when the provider dies midway', async () => {
    await joulebook(['grid', 'sync', 'GB', '--ledger', ledger], { env: env() });
    server.answers(() => (response) => response.writeHead(200).write('{', () => response.destroy()));
    const { report } = await run('--', 'sleep', '1');
    expect(parts(report)).toEqual([['neso', 'measured', 1, 100]]);
  });

  test('a provider that hangs holds up the end by 3 s at most, and nothing before', async () => {
    server.answers(() => () => {});
    const mark = join(folder, 'ended');
    const began = Date.now();
    const { result, report } = await run('--', 'sh', '-c', `sleep 1; date +%s%3N >'${mark}'; exit 3`);
    const over_ms = Date.now() - Number(readFileSync(mark, 'utf8'));
    expect(result.code).toBe(3);
    expect(Number(readFileSync(mark, 'utf8')) - began).toBeLessThan(4000);
    expect(over_ms).toBeGreaterThan(2500);
    expect(over_ms).toBeLessThan(6000); // 3 s and what a busy machine adds
    expect(report.run.duration_s).toBeLessThan(3);
    expect(gridWarnings(report)).toContainEqual(expect.stringMatching(/providers of GB have not answered yet/));
    await until('the process that asks to be gone', () => keepers().length === 0);
  });

  test('kill -9 of joulebook: the process that asks ends, and the command goes on', async () => {
    server.answers(() => () => {});
    const mark = join(folder, 'ended');
    const { child } = start(
      ['run', '--zone', 'GB', '--ledger', ledger, '--', 'sh', '-c', `sleep 4; echo yes >'${mark}'`],
      { env: env() },
    );
    await until('a question', () => server.received.length > 0);
    expect(keepers().length).toBe(1);
    child.kill('SIGKILL');
    await until('the process that asks to be gone', () => keepers().length === 0, 3000);
    await until('the command to reach its end', () => existsSync(mark));
    // Whose lock was left is taken over.
    server.answers(neso);
    const { code, stdout } = await joulebook(['grid', 'sync', 'GB', '--ledger', ledger], { env: env() });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/values new/)]);
  });

  test('a key that is missing is said once', async () => {
    configure('grid:\n  GB: { providers: [entsoe] }\n');
    const { report } = await run('--', 'sleep', '1');
    expect(gridWarnings(report)).toContainEqual('entsoe is not asked: it needs ENTSOE_TOKEN');
  });

  test('monitor keeps it too', async () => {
    const args = ['monitor', '--zone', 'GB', '--for', '2s', '--quiet', '--json', '--ledger', ledger];
    const { code, stdout } = await joulebook(args, { env: env() });
    expect(code).toBe(0);
    expect(parts(JSON.parse(stdout))).toEqual([['neso', 'measured', 1, 100]]);
  });

  test('the live line uses what was learned', async () => {
    // Of the scope that neso tells there is no annual mean: without its answer there are no emissions.
    const line = `'${process.execPath}' '${CLI}' run --zone GB --live line --ledger '${ledger}' -- sleep 20`;
    const screen = await onScreen(line, { columns: 120, rows: 20 }, env());
    await screen.shows(/\d W/);
    expect(screen.lines().join('')).not.toMatch(/gCO2e/);
    await screen.shows(/gCO2e/);
    screen.hangUp();
  });
});
