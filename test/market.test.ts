// What was bought and what the run caused on the margin, on the built program: a day of 10 kW, by hand.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, test } from 'vitest';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 4, 1);
const hour = (h: number) => new Date(T + h * H).toISOString();

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

/** 10 kW over a day, PUE 1.2: 12 kWh of the facility in each hour, 288 in all. */
async function imported(account: string, ...more: string[]) {
  const rows = Array.from({ length: 145 }, (_, i) => `${new Date(T + (i * H) / 6).toISOString()},gpu-0,10000`);
  put('power.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`);
  put('account.yaml', `account: ${account}\n`);
  const usual = ['--zone', 'DE', '--pue', '1.2'].flatMap((word, i, all) =>
    i % 2 === 0 && !more.includes(word) ? [word, all[i + 1]!] : [],
  );
  return ask('import', 'trace', 'power.csv', ...usual, '--account', 'account.yaml', ...more);
}
/** Certificates of these kWh from the hour on. */
const certificates = (from: number, kwh: readonly number[]) =>
  put('gc.csv', `timestamp,kwh\n${kwh.map((amount, i) => `${hour(from + i)},${amount}`).join('\n')}\n`);

describe('what was bought', () => {
  test('certificates of the day, the contract at night', async () => {
    certificates(8, Array<number>(10).fill(5));
    const { code, stderr } = await imported('{ market: { contract: 100, certificates: gc.csv } }');
    expect(code).toBe(0);
    expect(stderr).toContain('gc.csv: 10 certificates of 50 kWh');
    const { emissions, warnings } = await reportOf(ledger, 'last');
    // 10 × 5 kWh are covered; 238 × 100 g. All certificates are used up, so ± 5 % of 288 kWh is at 100 g: ± 1440 g.
    const near = (value: number) => expect.closeTo(value, 6);
    expect(emissions.market_g).toEqual({ value: near(23_800), low: near(22_360), high: near(25_240) });
    expect(emissions.market.matched_share).toBeCloseTo(50 / 288, 12);
    expect(emissions.market.unused_kwh).toBeCloseTo(0, 9);
    expect(emissions.market.parts.map((part: { instrument: string }) => part.instrument)).toEqual([
      'certificates',
      'contract',
    ]);
    expect(emissions.market.parts[1]).toMatchObject({ g_per_kwh: 100, source: 'account.yaml' });
    expect(warnings.filter(({ code }: { code: string }) => code === 'market')).toHaveLength(1);
  });

  test('what is over in one hour covers nothing of another, and is told', async () => {
    certificates(8, [20, 5]);
    await imported('{ market: { contract: 100, certificates: gc.csv } }');
    const { emissions, warnings } = await reportOf(ledger, 'last');
    // 12 of the 20 kWh, and 5: 271 kWh are left.
    expect(emissions.market_g.value).toBeCloseTo(27_100, 6);
    expect(emissions.market.unused_kwh).toBeCloseTo(8, 9);
    expect(warnings.map(({ message }: { message: string }) => message)).toContain(
      '8 kWh of the certificates are more than was used in their periods: they cover nothing else',
    );
  });

  test('a PUE that changes with time makes other hours larger', async () => {
    certificates(0, [20, 0]);
    put('pue.csv', `timestamp,pue\n${hour(0)},1.5\n${hour(1)},1.1\n${hour(24)},1.1\n`);
    await imported('{ market: { contract: 100, certificates: gc.csv } }', '--pue', 'pue.csv');
    const { emissions } = await reportOf(ledger, 'last');
    // 15 kWh in the first hour are covered, 23 × 11 are not.
    expect(emissions.market_g.value).toBeCloseTo(25_300, 6);
  });

  test('without a word the residual mix of the country, else the average with a note', async () => {
    await imported('{}');
    const german = await reportOf(ledger, 'last');
    // AIB European Residual Mixes 2024: DE 724.56 gCO2/kWh.
    expect(german.emissions.market_g.value).toBeCloseTo(288 * 724.56, 6);
    expect(german.emissions.market.parts).toMatchObject([{ instrument: 'residual-mix', share: 1, scope: 'direct' }]);
    put('ci.csv', `timestamp,gco2e_per_kwh\n${hour(0)},300\n${hour(24)},300\n`);
    await imported('{}', '--zone', 'JP', '--intensity', 'ci.csv');
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.market_g.value).toBeCloseTo(288 * 300, 6);
    expect(emissions.market.notes[0]).toContain('no residual mix of JP is published');
    expect(emissions.operational_g.value).toBeCloseTo(288 * 300, 6);
  });

  test('a file that cannot be used is refused with its line', async () => {
    put('gc.csv', 'timestamp,kwh\n2024-05-01T08:00Z,5\n2024-05-01 09:00,5\n');
    const { code, stderr } = await imported('{ market: { certificates: gc.csv } }');
    expect(code).toBe(2);
    expect(stderr).toMatch(/gc\.csv line 3: "2024-05-01 09:00" is not a time with its zone/);
  });
});

describe('on the margin', () => {
  const marginal = (kind: string) =>
    put(
      'moer.csv',
      `timestamp,g_per_kwh,kind,scope\n${hour(0)},600,${kind},direct\n${hour(12)},800,${kind},direct\n${hour(24)},800,${kind},direct\n`,
    );

  test('energy by the hour times the marginal intensity, beside the operational line', async () => {
    marginal('marginal');
    await imported('{ marginal: moer.csv }');
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.marginal_g.value).toBeCloseTo(144 * 600 + 144 * 800, 6);
    expect(emissions.marginal.mean_g_per_kwh).toBeCloseTo(700, 9);
    expect(emissions.marginal.parts).toMatchObject([{ kind: 'marginal', scope: 'direct', share: 1 }]);
    expect(emissions.intensity.parts).toMatchObject([{ kind: 'average' }]);
    expect(emissions.total_g.value).toBeGreaterThan(0);
    expect(emissions.total_g.value).toBeLessThan(emissions.marginal_g.value!);
  });

  test('unknown without one, with how to get it', async () => {
    await imported('{}');
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.marginal_g).toEqual({ value: null, why: expect.stringMatching(/DE.*joulebook grid sync/) });
  });

  test('what the ledger keeps of the zone counts, without a word of the user', async () => {
    marginal('marginal');
    await ask('grid', 'import', 'moer.csv', '--zone', 'DE');
    await imported('{}');
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.marginal_g.value).toBeCloseTo(144 * 600 + 144 * 800, 6);
    expect(emissions.marginal.parts).toMatchObject([{ zone: 'DE', provider: 'import', kind: 'marginal' }]);
    expect(emissions.intensity.parts).toMatchObject([{ kind: 'average', quality: 'annual' }]);
  });

  test('an average is refused', async () => {
    marginal('average');
    const { code, stderr } = await imported('{ marginal: moer.csv }');
    expect(code).toBe(2);
    expect(stderr).toContain('moer.csv is of kind average');
  });
});

test('certificates that the ledger has lost make the line unknown, and no other', async () => {
  certificates(8, [5, 5]);
  await imported('{ market: { contract: 100, certificates: gc.csv } }');
  const kept = join(ledger, 'grid', 'file');
  for (const file of readdirSync(kept)) rmSync(join(kept, file));
  const { emissions } = await reportOf(ledger, 'last');
  expect(emissions.market_g).toEqual({ value: null, why: expect.stringMatching(/^the certificates .* are lost: /) });
  expect(emissions.operational_g.value).toBeGreaterThan(0);
});

test('a command that is metered here has the lines in its own summary', async () => {
  const now = Date.now() - (Date.now() % H);
  put('gc.csv', `timestamp,to,kwh\n${new Date(now).toISOString()},${new Date(now + 2 * H).toISOString()},9\n`);
  put('account.yaml', 'account: { market: { certificates: gc.csv } }\n');
  const settings = ['--zone', 'FR', '--pue', '1.2', '--account', 'account.yaml', '--json=out.json'];
  await joulebook(['run', ...settings, '--ledger', ledger, '--', 'sleep', '1'], { cwd: folder });
  const { emissions } = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'));
  expect(emissions.market_g).toEqual({ value: 0, low: 0, high: 0 });
  expect(emissions.market).toMatchObject({ parts: [{ instrument: 'certificates', share: 1 }], matched_share: 0 });
  expect(emissions.marginal_g.why).toMatch(/^no marginal intensity of FR is known/);
});

test('the lines in words, in Markdown, in CSV and in the table by month', async () => {
  certificates(8, Array<number>(10).fill(5));
  await imported('{ market: { contract: 100, certificates: gc.csv } }', '--tag', 'project=p');
  const { stdout: text } = await ask('report', 'last');
  expect(text).toMatch(/market\s+23\.8 kgCO2e {2}\(90 %: 22\.4 kgCO2e – 25\.2 kgCO2e\)/);
  expect(text).toMatch(/17\.4 % certificates at 0 g\/kWh, gc\.csv/);
  expect((await ask('report', 'last', '--md')).stdout).toContain('| Market-based emissions | 23.8 kgCO2e');
  const [names, values] = (await ask('report', 'last', '--csv')).stdout.split('\r\n').map((line) => line.split(','));
  expect(Number(values![names!.indexOf('market_g')])).toBeCloseTo(23_800, 6);
  const ghg = await ask('export', 'last', '--format', 'ghg');
  const [month] = parse(ghg.stdout, { columns: true }) as unknown as Record<string, string>[];
  expect(Number(month!.scope2_market_based_kgco2e)).toBeCloseTo(23.8, 9);
  expect(Number(month!.scope2_market_based_kgco2e_low)).toBeCloseTo(22.36, 9);
  expect(month!.market_instruments).toBe('certificates (gc.csv); contract (account.yaml)');
});
