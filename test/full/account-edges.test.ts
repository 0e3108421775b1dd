// The account at its edges: files that the ledger has lost, a zone of which nothing is known, figures that must fit together.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { joulebook, reportOf, tempFolder } from '../helpers/cli.ts';

const T = Date.UTC(2024, 4, 1);
const at = (hour: number) => new Date(T + hour * 3_600_000).toISOString();
let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  // 10 kW over four hours.
  put('power.csv', `timestamp,device,power_w\n${[0, 1, 2, 3, 4].map((h) => `${at(h)},gpu-0,10000`).join('\n')}\n`);
});
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
/** Two hours of the one value, two of the other. */
const course = (name: string, [header, first, second]: readonly [string, string, string]) =>
  put(name, `timestamp,${header}\n${at(0)},${first}\n${at(2)},${second}\n${at(4)},${second}\n`);
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
async function imported(...args: string[]) {
  const { code, stderr } = await ask('import', 'trace', 'power.csv', '--zone', 'DE', ...args);
  if (code !== 0) throw new Error(stderr);
}
const text = async () => (await ask('report', 'last')).stdout;

/** Takes away what the ledger keeps of a file. */
function lose(name: string): void {
  const kept = join(ledger, 'grid', 'file');
  const [found] = readdirSync(kept).filter((file) => readFileSync(join(kept, file), 'utf8').includes(`"${name}"`));
  rmSync(join(kept, found!));
}

describe('a file that is lost makes its line unknown, and the text says so', () => {
  test('of prices', async () => {
    course('price.csv', ['eur_per_kwh', '-0.1', '0.2']);
    await imported('--price', 'price.csv');
    expect(await text()).toMatch(/^ {2}cost +2\.00 EUR/m); // 20 kWh × (−0.1 + 0.2)
    lose('price.csv');
    expect(await text()).toMatch(/^ {2}cost +unknown: the price given with the run is lost/m);
  });

  test('of the margin and of certificates', async () => {
    course('margin.csv', ['gco2e_per_kwh,kind', '700,marginal', '900,marginal']);
    put('gc.csv', `timestamp,to,kwh\n${at(0)},${at(4)},100\n`);
    put('account.yaml', 'account: { market: { certificates: gc.csv }, marginal: margin.csv }\n');
    await imported('--account', 'account.yaml');
    const before = await text();
    expect(before).toMatch(/^ {2}market +0 gCO2e$/m);
    expect(before).toMatch(/^ {2}marginal +32\.0 kgCO2e/m); // 40 kWh × 800 g
    lose('margin.csv');
    lose('gc.csv');
    const after = await text();
    expect(after).toMatch(
      /^ {2}note +market-based emissions are not known: the certificates given with the run are lost/m,
    );
    expect(after).toMatch(/^ {2}note +marginal emissions are not known: .* lost/m);
    expect(after).not.toMatch(/^ {2}(market|marginal) /m);
  });

  test('a margin that is told for a part of the time alone is told as not known', async () => {
    put('margin.csv', `timestamp,gco2e_per_kwh,kind\n${at(0)},700,marginal\n${at(1)},900,marginal\n`);
    put('account.yaml', 'account: { marginal: margin.csv }\n');
    await imported('--account', 'account.yaml');
    expect(await text()).toMatch(/marginal emissions are not known: .*only 50 % of the energy/);
  });
});

test('half of the time in a zone of which nothing is known: the residual mix of the other is not that of all', async () => {
  await imported();
  put('ad.csv', 'timestamp,gco2e_per_kwh\n2023-05-01T00:00Z,100\n2023-05-01T06:00Z,200\n');
  await ask('grid', 'import', 'ad.csv', '--zone', 'AD');
  await ask('amend', 'last', '--zone', 'AD', '--from', at(2));
  const { emissions } = await reportOf(ledger, 'last');
  expect(emissions.market_g).toEqual({ value: null, why: expect.stringMatching(/no single zone/) });
  expect(emissions.market.parts).toEqual([
    { instrument: 'unknown', scope: null, source: '', share: 1, g_per_kwh: null },
  ]);
  expect(emissions.market.notes).toEqual([]);
});

test('a PUE that changes with time: E × I of SCI is what was emitted, and the score is the total of the report', async () => {
  course('pue.csv', ['pue', '1.5', '1.1']);
  course('grid.csv', ['gco2e_per_kwh', '100', '400']);
  put('account.yaml', 'account: { embodied: { devices: { gpu: { kg: 150, low: 100, high: 300 } }, server: 876 } }\n');
  await imported('--pue', 'pue.csv', '--intensity', 'grid.csv', '--account', 'account.yaml');
  const [sci] = JSON.parse((await ask('export', 'last', '--format', 'sci')).stdout).runs;
  // 20 kWh × 1.5 × 100 g + 20 kWh × 1.1 × 400 g, of 52 kWh.
  expect(sci.e_kwh.value).toBeCloseTo(52, 9);
  expect(sci.e_kwh.value * sci.i_g_per_kwh.value).toBeCloseTo(11_800, 6);
  const { emissions } = await reportOf(ledger, 'last');
  expect(emissions.operational_g.value).toBeCloseTo(11_800, 6);
  expect(sci.sci_g).toEqual(emissions.total_g);
});

test('one GPU that is cut out of four has a quarter of their host', async () => {
  const rows = [0, 1, 2].flatMap((h) => [0, 1, 2, 3].map((gpu) => `${at(h)},gpu-${gpu},500`));
  put('power.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`);
  put('account.yaml', 'account: { embodied: { lifetime_y: 4, devices: { gpu: 150 }, server: 1000 } }\n');
  await imported('--account', 'account.yaml', '--name', 'all');
  expect((await ask('cut', 'all', '--gpu', '2', '--from', at(1), '--name', 'one')).code).toBe(0);
  const [all, one] = [await reportOf(ledger, 'all'), await reportOf(ledger, 'one')];
  // kg of four GPUs and the host over two hours; of one GPU and a quarter of the host over one; four years are 35,040 h.
  expect(all.emissions.embodied_g.value).toBeCloseTo((1_600_000 * 2) / 35_040, 9);
  expect(one.emissions.embodied_g.value).toBeCloseTo(400_000 / 35_040, 9);
  await ask('cut', 'one', '--gpu', '2', '--name', 'again');
  expect((await reportOf(ledger, 'again')).emissions.embodied_g).toEqual(one.emissions.embodied_g);
});

test('GPUs inside a wall meter: the total holds what made them and their host once, as the report does', async () => {
  const rows = [0, 1, 2].flatMap((h) => [`${at(h)},node-0,5000`, `${at(h)},gpu-0,1000`, `${at(h)},gpu-1,2000`]);
  put('power.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`);
  put('account.yaml', 'account: { embodied: { lifetime_y: 4, devices: { gpu: 150 }, server: 1000 } }\n');
  await imported('--account', 'account.yaml');
  // kg of two GPUs and the host over two of 35,040 hours.
  const grams = expect.closeTo((1_300_000 * 2) / 35_040, 9);
  expect((await reportOf(ledger, 'last')).emissions.embodied_g.value).toEqual(grams);
  const { total } = JSON.parse((await ask('total', '--json')).stdout);
  expect(total.embodied_g).toEqual({ value: grams, low: grams, high: grams });
});

test('tables of two runs have the same columns, whatever is known of each', async () => {
  const header = async () => (await ask('report', 'last', '--csv')).stdout.split('\r\n')[0];
  await imported();
  const poor = await header();
  await imported('--pue', '1.2', '--price', '0.3EUR/kWh');
  expect(await header()).toBe(poor);
  expect(poor).toContain('facility_j,facility_j_low,facility_j_high');
});
