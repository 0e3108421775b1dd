// The lines of an account as their user says them: PUE and price over time, the account section, and what cannot be used.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 4, 1);
const iso = (at: number) => new Date(at).toISOString();

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

/** Two values over a day, the second from noon on. */
const halves = (column: string, [first, second]: readonly [number, number], hours = 24) =>
  `timestamp,${column}\n${Array.from({ length: hours }, (_, h) => `${iso(T + h * H)},${h < 12 ? first : second}`).join('\n')}\n`;

/** 1 kW over a day: 12 kWh at 100 g/kWh, and 12 at 300. */
async function imported(...more: string[]) {
  put(
    'power.csv',
    `timestamp,device,power_w\n${Array.from({ length: 145 }, (_, i) => `${iso(T + (i * H) / 6)},gpu-0,1000`).join('\n')}\n`,
  );
  put('ci.csv', halves('gco2e_per_kwh', [100, 300]));
  return ask('import', 'trace', 'power.csv', '--zone', 'FR', '--intensity', 'ci.csv', ...more);
}

describe('a PUE and a price that change with time', () => {
  test('are joined exactly: emissions, cost, hours', async () => {
    put('pue.csv', halves('pue', [1.1, 1.5]));
    put('price.csv', halves('Day-ahead Price [EUR/MWh]', [50, 200]));
    expect((await imported('--pue', 'pue.csv', '--price', 'price.csv')).code).toBe(0);
    const { energy, emissions, cost, currency } = await reportOf(ledger, 'last');
    // 12 × 100 × 1.1 + 12 × 300 × 1.5; the energy's mean PUE is (1.1 + 1.5) / 2; 12 × 1.1 × 0.05 + 12 × 1.5 × 0.2.
    expect(emissions.operational_g.value).toBeCloseTo(6720, 6);
    expect(emissions.it_g.value).toBeCloseTo(4800, 6);
    expect(emissions.overhead_g.value).toBeCloseTo(1920, 6);
    expect(energy.pue.value).toBeCloseTo(1.3, 12);
    expect(energy.facility_j.value).toBeCloseTo(24 * 1.3 * 3.6e6, 3);
    expect(cost.value).toBeCloseTo(4.26, 9);
    expect(currency).toBe('EUR');
    const { rows } = JSON.parse((await ask('report', 'last', '--by', 'hour', '--json')).stdout);
    expect(rows[0].emissions_g).toBeCloseTo(110, 9);
    expect(rows[23].emissions_g).toBeCloseTo(450, 9);
    const { runs } = JSON.parse((await ask('runs', '--json')).stdout);
    expect(runs[0].total_g.value).toBeCloseTo(6720, 6);
  });

  test('a PUE that does not reach over the run is not known', async () => {
    put('pue.csv', halves('pue', [1.1, 1.5], 18));
    await imported('--pue', 'pue.csv');
    const { energy, emissions, warnings } = await reportOf(ledger, 'last');
    expect(energy.pue).toEqual({
      value: null,
      why: 'the PUE is known for only 75 % of the energy: pue.csv does not reach over the whole run',
    });
    expect(emissions.operational_g.value).toBeCloseTo(4800, 6);
    expect(warnings.map(({ code }: { code: string }) => code)).toContain('pue-unknown');
  });

  test('a later word takes the place of the one before, and a restatement tells both', async () => {
    put('pue.csv', halves('pue', [1.1, 1.5]));
    await imported('--pue', 'pue.csv');
    expect((await ask('amend', 'last', '--pue', '1.2')).stdout).toContain('PUE by pue.csv → 1.2');
    expect((await reportOf(ledger, 'last')).emissions.operational_g.value).toBeCloseTo(5760, 6);
    const told = await ask('restate');
    expect(told.stdout).toContain('−960 gCO2e  PUE by pue.csv → 1.2');
    expect((await ask('amend', 'last', '--pue', 'pue.csv')).stdout).toContain('PUE 1.2 → by pue.csv');
    expect((await reportOf(ledger, 'last')).emissions.operational_g.value).toBeCloseTo(6720, 6);
    const again = await ask('amend', 'last', '--pue', 'pue.csv');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('says so already')]);
  });

  test('a run keeps its own, whatever becomes of the file', async () => {
    const now = new Date();
    put('pue.csv', `timestamp,to,pue\n${iso(now.getTime() - H)},${iso(now.getTime() + H)},1.25\n`);
    const asked = ['run', '--ledger', ledger, '--pue', 'pue.csv', '--zone', 'FR', '--', 'sleep', '0.3'];
    const done = await joulebook(asked, { cwd: folder });
    expect(done.code, done.stderr).toBe(0);
    put('pue.csv', 'gone');
    expect((await reportOf(ledger, 'last')).energy.pue.value).toBeCloseTo(1.25, 12);
  });
});

describe('what cannot be used is refused before anything is recorded', () => {
  const cases: readonly [what: string, file: [string, string], args: string[], said: string][] = [
    [
      'a PUE below 1',
      ['pue.csv', halves('pue', [1.1, 0.5])],
      ['--pue', 'pue.csv'],
      'pue.csv line 14: "0.5" cannot be used',
    ],
    [
      'no PUE',
      ['pue.csv', halves('x', [1, 2])],
      ['--pue', 'pue.csv'],
      'there is no column "pue" (found: timestamp, x)',
    ],
    ['no file', ['x', ''], ['--pue', 'nix.csv'], 'cannot read nix.csv'],
    ['a price without its currency', ['price.csv', halves('price', [1, 2])], ['--price', 'price.csv'], 'eur_per_kwh'],
    [
      'an unknown key',
      ['a.yaml', 'account: { foo: 1 }'],
      ['--account', 'a.yaml'],
      'one of market, marginal, water, embodied',
    ],
    [
      'a file without the section',
      ['a.yaml', 'zone: DE'],
      ['--account', 'a.yaml'],
      'a.yaml: account: there is no such section',
    ],
    [
      'less than nothing',
      ['a.yaml', 'account: { water: { onsite: -1 } }'],
      ['--account', 'a.yaml'],
      'account.water.onsite',
    ],
    [
      'half an interval',
      ['a.yaml', 'account: { market: { contract: { g_per_kwh: 30, low: 20 } } }'],
      ['--account', 'a.yaml'],
      'an interval has two ends',
    ],
    [
      'a value outside its interval',
      ['a.yaml', 'account: { embodied: { server: { kg: 30, low: 40, high: 50 } } }'],
      ['--account', 'a.yaml'],
      '30 is not within 40 and 50',
    ],
    ['an average as marginal', ['a.yaml', 'account: { marginal: ci.csv }'], ['--account', 'a.yaml'], 'of kind average'],
  ];
  test.each(cases)('%s', async (_, [name, text], args, said) => {
    put(name, text);
    const { code, stderr } = await imported(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(existsSync(ledger)).toBe(false);
  });
});
