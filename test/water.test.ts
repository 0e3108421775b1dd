// Water through the commands: of a place, of what the account's file says, in text, Markdown, CSV and JSON.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeEach, expect, test } from 'vitest';
import type { ReportJson } from '../src/report/model.ts';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  // 3600 W for 1000 s: 3.6 MJ, which is 1 kWh.
  const rows = [0, 500, 1000].map((s) => `${new Date(Date.UTC(2025, 5, 1) + s * 1000).toISOString()},gpu-0,3600`);
  writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
});
async function imported(...args: string[]): Promise<ReportJson> {
  const { code, stderr } = await joulebook(['import', 'trace', join(folder, 'power.csv'), '--ledger', ledger, ...args]);
  if (code !== 0) throw new Error(stderr);
  return reportOf(ledger, 'last');
}
const report = async (...args: string[]) => (await joulebook(['report', 'last', '--ledger', ledger, ...args])).stdout;

// Germany in 2023: shares of generation (Ember) × litres (Macknick et al. 2012), by hand; wind needs none.
const DE = 0.268 * 2.6 + 0.151 * 0.78 + 0.04 * 3.1 + 0.017 * 2.54 + 0.039 * 17 + 0.091 * 2.09 + 0.122 * 0.004;

test("a place: its WUE by IT energy, the country's electricity by facility energy", async () => {
  const { water_l, water, uncertainty } = await imported('--zone', 'aws:eu-central-1'); // PUE 1.24, WUE 0.17
  expect(water.onsite_l.value).toBeCloseTo(0.17, 9);
  expect(water.electricity_l.value).toBeCloseTo(1.24 * DE, 1);
  expect(water_l.value).toBeCloseTo(0.17 + 1.24 * water.electricity_l_per_kwh.value!, 9);
  expect(water.sources).toEqual({
    onsite: expect.stringMatching(/^AWS sustainability fact sheets, 2025/),
    electricity: expect.stringMatching(/^the mix of 2023 .*Ember.*Macknick/),
  });
  expect(water.uncertainty[0]).toMatchObject({ from: "the electricity's water" });
  expect(uncertainty.some(({ from }) => from.includes('water'))).toBe(false);
  expect(await report()).toMatch(/^ {2}water +2\.\d+ L {2}\(90 %: /m);
  expect(await report('--md')).toMatch(/\| Water \| 2\.\d+ L/);
  const [row] = parse(await report('--csv'), { columns: true }) as Record<string, string>[];
  expect(Number(row!.water_l)).toBeCloseTo(water_l.value!, 9);
});

test('what the account says: 1 kWh, PUE 1.2, WUE 0.2, 3.14 L/kWh is 0.2 + 3.768 = 3.968 L', async () => {
  const file = join(folder, 'account.yaml');
  writeFileSync(
    file,
    'account:\n  water:\n    onsite: 0.2\n    electricity: { l_per_kwh: 3.14, source: the utility }\n',
  );
  const { water_l, water } = await imported('--zone', 'DE', '--pue', '1.2', '--account', file);
  expect(water_l.value).toBeCloseTo(3.968, 9);
  expect([water.onsite_l.value, water.electricity_l.value]).toEqual([expect.closeTo(0.2, 9), expect.closeTo(3.768, 9)]);
  expect(water.sources.electricity).toBe('the utility');
});

test('a part that is not known: the sum is unknown with its reason, the other part stands', async () => {
  const { water_l, water, warnings } = await imported('--zone', 'DE');
  expect(water_l).toMatchObject({ value: null, why: expect.stringContaining('no WUE is known') });
  expect(water.electricity_l.value).toBeCloseTo(DE, 1); // of IT energy: there is no PUE
  expect(warnings.find(({ code }) => code === 'pue-unknown')?.message).toContain('water');
  expect(await report()).toMatch(/^ {2}water +electricity 1\.\d+ L .*; of the site unknown: no WUE/m);
});

test('a run that was in two zones, as said later: by the energy used in each', async () => {
  await imported('--zone', 'US-IA');
  const half = '2025-06-01T00:08:20Z'; // after 500 of 1000 s
  const amend = ['amend', 'last', '--zone', 'US-TX', '--from', half, '--ledger', ledger];
  expect((await joulebook(amend)).code).toBe(0);
  const { water } = await reportOf(ledger, 'last');
  expect(water.electricity_l_per_kwh.value).toBeCloseTo((3.104 + 1.287) / 2, 6);
});

test('exports have it: CSV of runs, and CodeCarbon the part of the site, which is all that it counts', async () => {
  const { water_l } = await imported('--zone', 'aws:eu-central-1');
  const { stdout } = await joulebook(['export', 'last', '--format', 'csv', '--ledger', ledger]);
  const [row] = parse(stdout, { columns: true }) as Record<string, string>[];
  expect(Number(row!.water_l)).toBeCloseTo(water_l.value!, 6);
  const codecarbon = await joulebook(['export', 'last', '--format', 'codecarbon', '--tz', 'UTC', '--ledger', ledger]);
  const [theirs] = parse(codecarbon.stdout, { columns: true }) as Record<string, string>[];
  expect([Number(theirs!.water_consumed), theirs!.wue]).toEqual([expect.closeTo(0.17, 9), '0.17']);
});
