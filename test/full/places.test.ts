// A cloud region in place of a zone, through every command that takes one; zones that are parts of a country.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ReportJson } from '../../src/report/model.ts';
import { joulebook, metered, reportOf, tempFolder } from '../helpers/cli.ts';
import { loopback } from '../helpers/loopback.ts';

let folder: string;
let ledger: string;
let trace: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  trace = join(folder, 'power.csv');
  // 3600 W for 1000 s: 3.6 MJ, which is 1 kWh.
  const rows = [0, 500, 1000].map((s) => `${new Date(Date.UTC(2025, 5, 1) + s * 1000).toISOString()},gpu-0,3600`);
  writeFileSync(trace, `timestamp,device,power_w\n${rows.join('\n')}\n`);
});
async function imported(...args: string[]): Promise<ReportJson> {
  const { code, stderr } = await joulebook(['import', 'trace', trace, '--ledger', ledger, ...args]);
  if (code !== 0) throw new Error(stderr);
  return reportOf(ledger, 'last');
}

describe('a place', () => {
  test('import: its zone, its PUE and where that is from; 1 kWh × 1.24 × Germany’s mean', async () => {
    const { run, energy, emissions } = await imported('--zone', 'aws:eu-central-1');
    expect(run.zone).toBe('DE');
    expect(run.place).toEqual({
      ...{ name: 'aws:eu-central-1', city: 'Frankfurt, Germany', pue_scope: 'region', pue_year: 2025 },
      pue_source: expect.stringMatching(/^AWS sustainability fact sheets, 2025, https:/),
      ...{ wue_l_per_kwh: 0.17, wue_scope: 'region', wue_year: 2025, wue_source: expect.stringMatching(/^AWS/) },
    });
    expect(energy.pue.value).toBe(1.24);
    expect(energy.facility_j.value).toBeCloseTo(3.6e6 * 1.24, 3);
    // Ember 2025 by Our World in Data: 329.65 g/kWh.
    expect(emissions.operational_g.value).toBeCloseTo(1.24 * 329.65, 6);
    const { stdout } = await joulebook(['report', 'last', '--ledger', ledger]);
    expect(stdout).toContain(
      'place         aws:eu-central-1 (Frankfurt, Germany), zone DE; PUE 1.24 of the region, 2025 (AWS sustainability fact sheets, 2025)',
    );
    const markdown = (await joulebook(['report', 'last', '--md', '--ledger', ledger])).stdout;
    expect(markdown).toContain('| Place | aws:eu-central-1 (Frankfurt, Germany), zone DE');
  });

  test('a PUE that is given counts, and is nobody’s but the user’s', async () => {
    const { run, energy } = await imported('--zone', 'gcp/europe-west4', '--pue', '1.3');
    expect([run.zone, energy.pue.value, run.place?.name, run.place?.pue_source]).toEqual([
      ...['NL', 1.3],
      ...['gcp:europe-west4', null],
    ]);
    expect(energy.pue).toEqual({ value: 1.3, low: 1.3, high: 1.3 });
  });

  test('a published PUE is a mean of a year: its season is in the interval, and named', async () => {
    const { energy, emissions, uncertainty } = await imported('--zone', 'aws:eu-central-1');
    // An overhead of 0.24 × e^∓0.357 in its own year (docs/methodology.md#pue).
    expect(energy.pue).toEqual({ value: 1.24, low: expect.closeTo(1.168, 3), high: expect.closeTo(1.343, 3) });
    expect(uncertainty.map(({ from }) => from)).toContain('PUE, by season');
    const known = (await imported('--zone', 'DE', '--pue', '1.24')).emissions.operational_g as { high: number };
    expect((emissions.operational_g as { high: number }).high).toBeGreaterThan(known.high);
  });

  test('a PUE with an interval: kept, told, corrected, and cut with the run', async () => {
    const { energy, run } = await imported('--zone', 'DE', '--pue', '1.2:1.15-1.3');
    expect(energy.pue).toEqual({ value: 1.2, low: expect.closeTo(1.15, 9), high: expect.closeTo(1.3, 9) });
    // ± 5 % of the trace's sensor and the reach of the PUE, in quadrature: 3.6 MJ × 1.2 × √(0.05² + (0.1 ÷ 1.2)²) above.
    const { high } = energy.facility_j as { high: number };
    expect(high / 3.6e6).toBeCloseTo(1.2 * (1 + Math.hypot(0.05, 0.1 / 1.2)), 6);
    const { stdout } = await joulebook(['report', 'last', '--ledger', ledger]);
    expect(stdout).toContain('PUE 1.2  (90 %: 1.15 – 1.3)');
    const amended = await joulebook(['amend', 'last', '--pue', '1.1:1.05-1.2', '--ledger', ledger]);
    expect(amended.stdout).toContain('PUE 1.2 (1.15–1.3) → 1.1 (1.05–1.2)');
    expect((await reportOf(ledger, run.id)).energy.pue).toMatchObject({ value: 1.1, high: expect.closeTo(1.2, 9) });
    await joulebook(['amend', 'last', '--pue', '1.1', '--ledger', ledger]);
    expect((await reportOf(ledger, run.id)).energy.pue).toEqual({ value: 1.1, low: 1.1, high: 1.1 });
    const again = await joulebook(['amend', 'last', '--pue', '1.1', '--ledger', ledger]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('says so already')]);
  });

  test.each(['1.2:1.3-1.4', '1.2:1.15', '1.2:0.9-1.3', '1.2:1.3-1.1', '1.2-1.3', '1.2:1.1-11'])(
    '%s is no PUE',
    async (text) => {
      const { code, stderr } = await joulebook(['import', 'trace', trace, '--ledger', ledger, '--pue', text]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/--pue: ".*" cannot be used[\s\S]*1\.2:1\.15-1\.3/)]);
    },
  );

  test('a mean of more than the region is said to be one; a place without a PUE has none', async () => {
    await imported('--zone', 'gcp:europe-west3');
    const { stdout } = await joulebook(['report', 'last', '--ledger', ledger]);
    expect(stdout).toMatch(/PUE 1\.09 is the mean of all that the provider has, 2025/);
    const { energy, warnings } = await imported('--zone', 'hetzner:fsn1');
    expect(energy.pue.value).toBeNull();
    expect(warnings.map(({ code }) => code)).toContain('pue-unknown');
  });

  test('run: by variable or file; kept in run.json', async () => {
    const { report } = await metered(folder, ['--', 'true'], { JOULEBOOK_ZONE: 'azure:swedencentral' });
    expect([report.run.zone, report.run.place?.name, report.energy.pue.value]).toEqual([
      ...['SE-SE3', 'azure:swedencentral'],
      1.16,
    ]);
    const file = join(ledger, 'runs', report.run.id, 'run.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      ...{ zone: 'SE-SE3', pue: 1.16 },
      place: { name: 'azure:swedencentral', pue_scope: 'region', pue_year: 2024, wue_l_per_kwh: 0.03 },
    });
    writeFileSync(join(folder, 'joulebook.yaml'), 'zone: oci:us-ashburn-1\n');
    await joulebook(['run', '--quiet', '--ledger', ledger, '--', 'true'], { cwd: folder });
    const { run, energy } = await reportOf(ledger, 'last');
    expect([run.zone, energy.pue.value]).toEqual(['US-MIDA-PJM', 1.34]);
  });

  test('no place: the key is null, and the record has none', async () => {
    const { run } = await imported('--zone', 'DE');
    expect(run.place).toBeNull();
    expect(readFileSync(join(ledger, 'runs', run.id, 'run.json'), 'utf8')).not.toContain('place');
  });

  test('monitor and cut: the place stays, one named anew brings its PUE', async () => {
    await joulebook(['monitor', '--quiet', '--for', '1s', '--zone', 'aws:eu-north-1', '--ledger', ledger]);
    const cut = async (...args: string[]) => {
      const { code, stdout, stderr } = await joulebook(['cut', '--json', '--ledger', ledger, ...args]);
      if (code !== 0) throw new Error(stderr);
      const { run, energy } = JSON.parse(stdout) as ReportJson;
      return [run.zone, energy.pue.value, run.place?.name ?? null, run.place?.pue_source?.slice(0, 3) ?? null];
    };
    expect(await cut()).toEqual(['SE-SE3', 1.09, 'aws:eu-north-1', 'AWS']);
    expect(await cut('--pue', '1.4')).toEqual(['SE-SE3', 1.4, 'aws:eu-north-1', null]);
    expect(await cut('--zone', 'gcp:us-west4')).toEqual(['US-NW-NEVP', 1.09, 'gcp:us-west4', 'Goo']);
    expect(await cut('--zone', 'gcp:us-west4', '--pue', '1.4')).toEqual(['US-NW-NEVP', 1.4, 'gcp:us-west4', null]);
    expect(await cut('--zone', 'DE')).toEqual(['DE', 1.09, null, null]);
  });

  test('doctor tells what it stands for', async () => {
    const args = ['doctor', '--for', '100ms', '--zone', 'ovh:GRA11', '--json', '--ledger', ledger];
    const { place } = JSON.parse((await joulebook(args)).stdout) as { place: Record<string, unknown> };
    expect(place).toMatchObject({ zone: { value: 'FR', from: '--zone ovh:gra' }, pue: null });
  });

  test('grid history asks for its zone', async () => {
    const from = '2024-03-04T00:00Z';
    const intensity = { forecast: null, actual: 150, index: 'moderate' };
    const server = await loopback(() => ({ body: { data: [{ from, to: '2024-03-04T00:30Z', intensity }] } }));
    const args = [
      'grid',
      'history',
      'aws:eu-west-2',
      '--provider',
      'neso',
      '--from',
      from,
      '--to',
      '2024-03-04T00:30Z',
    ];
    const { stdout } = await joulebook([...args, '--json'], { env: { NESO_URL: server.base } });
    server.close();
    expect(JSON.parse(stdout)).toMatchObject({ zone: 'GB', mean_g_per_kwh: 150 });
  });
});

describe('zones', () => {
  test('a part without a mean of its own has its country’s: labelled, noted, wide', async () => {
    const part = await imported('--zone', 'ca-qc');
    const { run, emissions, warnings, uncertainty } = part;
    const { mean_g_per_kwh, parts } = emissions.intensity;
    const whole = await imported('--zone', 'CA');
    expect([run.zone, mean_g_per_kwh]).toEqual(['CA-QC', whole.emissions.intensity.mean_g_per_kwh]);
    expect(parts).toEqual([
      expect.objectContaining({
        zone: 'CA-QC',
        quality: 'annual',
        source: expect.stringContaining("the country's mean"),
      }),
    ]);
    expect(warnings).toContainEqual({ code: 'zone-country', message: expect.stringContaining('that of CA stands in') });
    expect(uncertainty.map(({ from }) => from)).toContain("the country's mean in place of its part's");
    expect(whole.warnings.map(({ code }) => code)).not.toContain('zone-country');
    const width = ({ emissions: { operational_g } }: ReportJson) =>
      operational_g.value === null ? 0 : operational_g.high - operational_g.low;
    expect(width(part)).toBeGreaterThan(1.25 * width(whole)); // an hour under the mean of the whole is not sure either
  });

  test('a zone of which nothing is published is legal, and its emissions are unknown', async () => {
    const { emissions } = await imported('--zone', 'LI');
    expect(emissions.operational_g).toMatchObject({ value: null, why: expect.stringContaining('LI') });
  });

  test.each([
    ['aws:eu-centrl-1', /did you mean aws:eu-central-1/],
    ['germany', /did you mean DE/],
    ['frankfurt', /did you mean aws:eu-central-1, gcp:europe-west3/],
    ['US-XYZ', /did you mean US, /],
  ])('nobody knows %s: exit code 2 with the nearest names, before anything starts', async (zone, hint) => {
    const { code, stdout, stderr } = await joulebook(['run', '--zone', zone, '--ledger', ledger, '--', 'echo', 'ran']);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(hint)]);
  });
});

describe('joulebook grid zones', () => {
  const zones = async (...words: string[]) =>
    JSON.parse((await joulebook(['grid', 'zones', '--json', ...words])).stdout) as {
      zones: { zone: string; annual: Record<string, unknown> | null; providers: string[]; places: string[] }[];
      places: { name: string; zone: string; pue: Record<string, unknown> | null }[];
    };

  test('of a key: it and its parts, who can be asked, what lies there', async () => {
    const found = await zones('gb');
    const [gb] = found.zones;
    expect(gb).toMatchObject({ zone: 'GB', name: 'United Kingdom', annual: { of: 'GB', scope: 'lifecycle' } });
    expect(gb!.providers).toEqual(['electricity-maps', 'neso', 'entsoe']);
    expect(gb!.places).toContain('aws:eu-west-2');
    expect(found.zones.every(({ zone }) => /^GB(-|$)/.test(zone))).toBe(true);
    expect(found.zones.find(({ zone }) => zone === 'GB-REGION-13')).toMatchObject({ providers: ['neso'] });
    expect(found.places.every(({ zone }) => /^GB(-|$)/.test(zone))).toBe(true);
  });

  test('of balancing authorities and bidding zones', async () => {
    const providers = async (key: string) => (await zones(key)).zones.map((one) => [one.zone, one.providers]);
    expect(await providers('US-CAL-CISO')).toEqual([['US-CAL-CISO', ['electricity-maps', 'watttime', 'eia']]]);
    expect(await providers('US-TEX-ERCO')).toEqual([['US-TEX-ERCO', ['electricity-maps', 'eia']]]);
    expect(await providers('NO-NO2')).toEqual([['NO-NO2', ['electricity-maps', 'entsoe']]]);
    expect(await providers('JP-TK')).toEqual([['JP-TK', ['electricity-maps']]]);
    expect(await providers('US-TX')).toEqual([['US-TX', []]]);
  });

  test('all words must be there; a city tells its zone', async () => {
    const found = await zones('aws', 'frankfurt');
    expect(found.places).toMatchObject([
      { name: 'aws:eu-central-1', zone: 'DE', pue: { value: 1.24, scope: 'region' } },
    ]);
    expect(found.zones.map(({ zone }) => zone)).toEqual(['DE']);
  });

  test('as text, sorted, with what each mean is of', async () => {
    const { stdout } = await joulebook(['grid', 'zones', 'sweden']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('zones');
    expect(lines[1]).toMatch(/^ {2}SE {6}Sweden +35\.3 g\/kWh 2025 lifecycle +electricity-maps, entsoe$/);
    expect(lines[4]).toMatch(/^ {2}SE-SE3 .* of SE +electricity-maps, entsoe$/);
    expect(stdout).toMatch(
      /\nplaces\n {2}aws:eu-north-1 +Stockholm, Sweden +SE-SE3 +PUE 1\.09 2025 +0\.02 l\/kWh 2025\n/,
    );
    expect(stdout).toMatch(/hetzner|oci:eu-stockholm-1 +Stockholm, Sweden +SE-SE3 +PUE unknown\n/);
  });

  test('without words, all of them', async () => {
    const found = await zones();
    expect(found.zones.length).toBeGreaterThan(440);
    expect(found.places.length).toBeGreaterThan(220);
  });

  test('nothing is found: exit code 2 with the nearest names', async () => {
    const { code, stderr } = await joulebook(['grid', 'zones', 'swedn']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no zone or place holds "swedn"\n.*did you mean SE/)]);
  });
});
