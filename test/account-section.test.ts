// The account's section: what cannot be is refused before anything is kept, and in doubt nothing is claimed.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  // 3600 W for 1000 s: 1 kWh.
  const rows = [0, 500, 1000].map((s) => `${new Date(Date.UTC(2024, 5, 1) + s * 1000).toISOString()},gpu-0,3600`);
  writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
});
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
function imported(account: string, ...more: string[]) {
  writeFileSync(join(folder, 'account.yaml'), `account: ${account}\n`);
  return ask('import', 'trace', 'power.csv', '--zone', 'DE', '--pue', '1.2', '--account', 'account.yaml', ...more);
}

describe('what cannot be is refused, and the run is not kept', () => {
  test.each<[string, string, RegExp]>([
    ['no end to a lifetime', '{ embodied: { lifetime_y: .inf } }', /embodied\.lifetime_y: Infinity[\s\S]*years, from/],
    ['litres without end', '{ water: { onsite: .inf } }', /water\.onsite: Infinity[\s\S]*up to a million/],
    ['kg of another world', '{ embodied: { server: 1e300 } }', /embodied\.server: 1e\+300[\s\S]*up to a million/],
    ['a name of no words', '{ embodied: { devices: { "": 100 } } }', /embodied\.devices[\s\S]*words of a device/],
    ['a section of nothing', '', /account: null[\s\S]*names below it, such as market/],
    ['another file', `"${'a'.repeat(5000)}"`, /account: "a{59}… cannot be used/],
  ])('%s', async (_, account, said) => {
    const { code, stderr } = await imported(account);
    expect([code, stderr]).toEqual([2, expect.stringMatching(said)]);
    expect(existsSync(ledger)).toBe(false);
  });

  test('a price in small letters is a price, and no file', async () => {
    const { stderr } = await imported('{}', '--price', '0.3 eur/kwh');
    expect(stderr).toMatch(/--price: "0\.3 eur\/kwh"[\s\S]*0\.12EUR\/kWh/);
  });
});

test('an amendment that cannot be read may have changed it: its lines are unknown until it is said anew', async () => {
  const said =
    '{ water: { onsite: 0.2, electricity: 3 }, market: { contract: 100 }, embodied: { devices: { gpu: 876 }, server: 0 } }';
  await imported(said);
  const [run] = readdirSync(join(ledger, 'runs'));
  writeFileSync(join(ledger, 'runs', run!, 'amend.000001.json'), '{"schema":');
  const lines = async () => {
    const { emissions, water_l, water } = await reportOf(ledger, 'last');
    const { market_g, marginal_g, embodied_g } = emissions;
    return [market_g, marginal_g, embodied_g, water_l, water.onsite_l, water.electricity_l].map(({ value }) => value);
  };
  const nothing = Array<null>(6).fill(null);
  expect(await lines()).toEqual(nothing);
  // The account alone says nothing of zone and PUE: neither what the electricity needed nor what was bought is known.
  await ask('amend', 'last', '--account', 'account.yaml');
  // 876 kg over 5 years of 8760 h are 20 g an hour.
  const embodied_g = expect.closeTo((20 * 1000) / 3600, 9);
  expect(await lines()).toEqual([null, null, embodied_g, null, expect.closeTo(0.2, 9), null]);
  await ask('amend', 'last', '--zone', 'DE', '--pue', '1.2');
  expect(await lines()).toEqual([
    expect.closeTo(120, 9),
    null,
    embodied_g,
    expect.closeTo(3.8, 9),
    expect.closeTo(0.2, 9),
    expect.closeTo(3.6, 9),
  ]);
});

test('zone and PUE alone said anew: the further lines stay unknown, and the text says so', async () => {
  await imported('{ water: { onsite: 0.2, electricity: 3 }, market: { contract: 100 } }');
  const [run] = readdirSync(join(ledger, 'runs'));
  writeFileSync(join(ledger, 'runs', run!, 'amend.000001.json'), '{"schema":');
  await ask('amend', 'last', '--zone', 'DE', '--pue', '1.2', '--price', '0.3EUR/kWh');
  const { emissions, water_l } = await reportOf(ledger, 'last');
  expect(emissions.operational_g.value).toBeGreaterThan(0);
  for (const line of [emissions.market_g, emissions.embodied_g, water_l])
    expect(line).toEqual({ value: null, why: expect.stringContaining('amend.000001.json') });
  expect((await ask('report', 'last')).stdout).toMatch(/market-based, .* not known: .*amend\.000001\.json/);
  writeFileSync(join(folder, 'none.yaml'), 'account: {}\n');
  await ask('amend', 'last', '--account', 'none.yaml');
  // AIB European Residual Mixes 2024: DE 724.56 gCO2/kWh.
  expect((await reportOf(ledger, 'last')).emissions.market_g.value).toBeCloseTo(1.2 * 724.56, 6);
});
