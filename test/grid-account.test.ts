// A run accounted with what providers tell: sync from a loopback server, the fallback chain, zones that change in mid-run.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joulebook, metered, reportOf, tempFolder } from './helpers/cli.ts';
import { type Loopback, loopback } from './helpers/loopback.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 2, 4, 10);
const iso = (at: number) => new Date(at).toISOString();

/** g/kWh by hours after T, as Electricity Maps documents its answer. */
interface Told {
  readonly [hour: number]: readonly [g: number | null, estimated?: boolean];
}
const answer = (told: Told) => ({
  body: {
    zone: 'DE',
    data: Object.entries(told).map(([hour, [carbonIntensity, isEstimated = false]]) => ({
      ...{
        zone: 'DE',
        carbonIntensity,
        datetime: iso(T + Number(hour) * H),
        updatedAt: iso(T + 9 * H),
        createdAt: iso(T),
      },
      ...{ emissionFactorType: 'lifecycle', isEstimated, estimationMethod: null },
    })),
  },
});

let server: Loopback;
let folder: string;
let ledger: string;
beforeEach(async () => {
  server = await loopback(() => answer({ 0: [200], 1: [600] }));
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
afterEach(() => server.close());
const env = () => ({ ELECTRICITY_MAPS_URL: server.base, ELECTRICITY_MAPS_TOKEN: 'right' });
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { env: env(), cwd: folder });

/** 1 kW from T on for so many hours: 1 kWh an hour. */
async function imported(hours: number, ...more: string[]): Promise<void> {
  const rows = Array.from({ length: hours * 6 + 1 }, (_, i) => `${iso(T + (i * H) / 6)},gpu-0,1000`);
  writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  const { code, stderr } = await ask('import', 'trace', 'power.csv', '--zone', 'DE', ...more);
  expect(code, stderr).toBe(0);
}
const parts = async () => {
  const { emissions } = await reportOf(ledger, 'last');
  return emissions.intensity.parts.map(({ provider, quality, share, mean_g_per_kwh }) => [
    ...[provider, quality, Number(share.toFixed(6)), Number(mean_g_per_kwh.toFixed(6))],
  ]);
};

/** Width of the interval of its emissions ÷ value, and what makes it. */
const sure = async () => {
  const { emissions, uncertainty } = await reportOf(ledger, 'last');
  const { value, low, high } = emissions.operational_g as { value: number; low: number; high: number };
  return { width: (high - low) / value, from: uncertainty.map(({ from }) => from), hint: uncertainty[0]!.hint };
};

describe('a run and its grid', () => {
  test('200 then 600 g/kWh over equal energy is 400 g/kWh, 800 g in all', async () => {
    await imported(2);
    expect((await parts()).map(([, quality]) => quality)).toEqual(['annual']);
    const before = await sure();
    expect(before.from).toEqual(
      expect.arrayContaining(['grid intensity', 'grid intensity, as another producer has it']),
    );
    expect(before.hint).toMatch(/grid sync/);
    const { code, stdout } = await ask('grid', 'sync', '--provider', 'electricity-maps', '--no-forecast');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/DE {2}electricity-maps \(average, lifecycle\): 50 h asked, 2 values new, 0 revised/),
    ]);
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.operational_g.value).toBeCloseTo(800, 6);
    expect(emissions.intensity.mean_g_per_kwh).toBeCloseTo(400, 9);
    expect(emissions.intensity.coverage).toBe(1);
    expect(await parts()).toEqual([['electricity-maps', 'measured', 1, 400]]);
    // Measured hours are surer: what is left is what producers differ by.
    const after = await sure();
    expect(after.width).toBeLessThan(before.width);
    expect(after.width).toBeGreaterThan(0.5);
    expect(after.hint).toMatch(/producers of one zone differ/);
  });

  test('what is missing is stood in for, each part with its name, and the parts add up', async () => {
    server.answers(() => answer({ 0: [200], 1: [300, true], 2: [null] }));
    await imported(4);
    // Hour 3 is known of two earlier weeks, of hour 2 nothing is.
    await ask('grid', 'sync', 'DE', '--provider', 'electricity-maps', '--no-forecast');
    for (const [week, g] of [
      [1, 400],
      [2, 600],
    ] as const) {
      const rows = [3, 4].map((hour) => `${iso(T + (hour - 168 * week) * H)},${g}\n`);
      writeFileSync(join(folder, 'earlier.csv'), `timestamp,gco2e_per_kwh\n${rows.join('')}`);
      expect((await ask('grid', 'import', 'earlier.csv', '--zone', 'DE')).code).toBe(0);
    }
    const told = await parts();
    expect(told.slice(0, 3)).toEqual([
      ['electricity-maps', 'measured', 0.25, 200],
      ['electricity-maps', 'estimated', 0.25, 300],
      ['import', 'climatology', 0.25, 500],
    ]);
    expect(told[3]!.slice(0, 3)).toEqual(['ember', 'annual', 0.25]);
    const { emissions } = await reportOf(ledger, 'last');
    const sum = emissions.intensity.parts.reduce((g, part) => g + part.share * part.mean_g_per_kwh, 0);
    expect(emissions.intensity.mean_g_per_kwh! / sum).toBeCloseTo(1, 12);
    expect(emissions.intensity.parts.reduce((s, { share }) => s + share, 0)).toBeCloseTo(1, 12);
  });

  test('a chain without the annual mean leaves the rest unknown, with its share', async () => {
    const file = join(folder, 'joulebook.yaml');
    writeFileSync(file, 'grid:\n  DE: { providers: [electricity-maps], chain: [measured] }\n');
    server.answers(() => answer({ 0: [200] }));
    await imported(2);
    expect((await ask('grid', 'sync', '--no-forecast')).code).toBe(0);
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.operational_g).toEqual({ value: null, why: expect.stringMatching(/only 50 % of the energy/) });
    expect(emissions.intensity.coverage).toBeCloseTo(0.5, 12);
  });

  test('what was asked is not asked again; a refusal is kept and waited out', async () => {
    await imported(2);
    const sync = () => ask('grid', 'sync', '--provider', 'electricity-maps', '--no-forecast');
    await sync();
    const asked = server.received.length;
    expect((await sync()).stdout).toMatch(/nothing is due/);
    expect(server.received.length).toBe(asked);
    server.answers(() => ({ status: 401, body: { error: 'Invalid auth-token' } }));
    const again = () => ask('grid', 'sync', 'DE', '--since', iso(T - 96 * H), '--provider', 'electricity-maps');
    expect(await again()).toMatchObject({ code: 1, stderr: expect.stringMatching(/refuses: HTTP 401/) });
    const refused = server.received.length;
    expect(refused).toBeGreaterThan(asked);
    expect(await again()).toMatchObject({ code: 1, stderr: expect.stringMatching(/left alone until/) });
    expect(server.received.length).toBe(refused);
    expect((await reportOf(ledger, 'last')).emissions.operational_g.value).toBeCloseTo(800, 6); // nothing is lost
  });

  test('a run that goes on in another zone is accounted with both', async () => {
    for (const [zone, g] of [
      ['DE', 100],
      ['FR', 300],
    ] as const) {
      const [from, to] = [Date.now() - H, Date.now() + H].map((at) => iso(Math.floor(at / H) * H));
      writeFileSync(join(folder, `${zone}.csv`), `timestamp,gco2e_per_kwh\n${from},${g}\n${to},${g}\n`);
      expect((await ask('grid', 'import', `${zone}.csv`, '--zone', zone)).code).toBe(0);
    }
    const { report: first } = await metered(folder, ['--zone', 'DE', '--', 'sleep', '0.4']);
    const { report } = await metered(folder, ['--resume', first.run.id, '--zone', 'FR', '--', 'sleep', '0.8']);
    expect(report.emissions.intensity.parts.map(({ zone, mean_g_per_kwh }) => [zone, mean_g_per_kwh])).toEqual([
      ['DE', expect.closeTo(100, 9)],
      ['FR', expect.closeTo(300, 9)],
    ]);
    const [de, fr] = report.emissions.intensity.parts;
    expect(de!.share + fr!.share).toBeCloseTo(1, 12);
    expect(fr!.share).toBeGreaterThan(de!.share);
  });

  test('a run in zones that are told in different scopes: its emissions are unknown, not mixed; the rest is told', async () => {
    const { report: first } = await metered(folder, ['--zone', 'DE', '--', 'sleep', '0.3']);
    const there = ['--resume', first.run.id, '--zone', 'US-CAL-CISO', '--', 'sleep', '0.3'];
    const { report } = await metered(folder, there);
    expect(report.emissions.operational_g).toEqual({
      value: null,
      why: expect.stringMatching(/DE in average lifecycle intensity, US-CAL-CISO in average direct intensity/),
    });
    expect(report.energy.it_j.value).toBeGreaterThan(0);
    expect(JSON.parse((await ask('runs', '--json')).stdout).runs[0].total_g.value).toBeNull();
  });

  test.each<[string, string, RegExp]>([
    [
      'a mixture of kinds',
      'DE: { providers: [electricity-maps, watttime] }',
      /watttime tells marginal direct[\s\S]*average lifecycle/,
    ],
    [
      'a mixture of scopes',
      'GB: { providers: [electricity-maps, neso] }',
      /neso tells average direct[\s\S]*average lifecycle/,
    ],
    [
      'an annual mean of another scope',
      'US-CAL-CISO: { providers: [eia], chain: [measured, annual] }',
      /EPA eGRID .*\) is average direct[\s\S]*average lifecycle/,
    ],
    [
      'a provider that there is not',
      'DE: { providers: [nobody] }',
      /grid.DE.providers: there is no provider "nobody"[\s\S]*electricity-maps/,
    ],
    ['a quality that there is not', 'DE: { chain: [guessed] }', /grid.DE.chain.0[\s\S]*measured, estimated/],
    ['a setting that there is not', 'DE: { provider: neso }', /grid.DE.provider: there is no such setting/],
    ['a text', 'neso', /grid/],
  ])('%s is refused before anything starts', async (_, zone, words) => {
    writeFileSync(
      join(folder, 'joulebook.yaml'),
      `zone: ${zone.split(':')[0]!.length > 12 ? 'DE' : zone.split(':')[0]}\ngrid:\n  ${zone}\n`,
    );
    const { code, stdout, stderr } = await ask('run', '--', 'echo', 'started');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  });
});
