// Other tools' files in and out, on the built command line. Expected figures are made by hand from the files' own.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

const folder = tempFolder();
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
let count = 0;
const newLedger = () => join(folder, `ledger-${++count}`);

interface Told {
  run: string;
  runs: string[];
  rows: number;
  rejected: { why: string; rows: number }[];
  notes: string[];
}

async function imported(ledger: string, ...args: string[]): Promise<Told> {
  const result = await joulebook(['import', ...args, '--json', '--ledger', ledger]);
  expect([result.code, result.stderr]).toEqual([0, '']);
  return JSON.parse(result.stdout) as Told;
}

async function exported(ledger: string, ...args: string[]): Promise<string> {
  const result = await joulebook(['export', ...args, '--ledger', ledger]);
  expect([result.code, result.stderr]).toEqual([0, '']);
  return result.stdout;
}

const T0 = 1_714_557_600; // 2024-05-01T10:00Z
const devices = (report: Awaited<ReturnType<typeof reportOf>>) =>
  Object.fromEntries(report.energy.devices.map(({ device, host, energy_j }) => [`${host} ${device}`, energy_j.value]));
const table = (text: string) => {
  const [head, ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i]!])));
};

const HEADER =
  'timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue';
const ROW =
  '2024-05-01T13:00:00,llm,r1,e1,3600.5,0.5,0.000138,50,750,10,0.06,0.9,0.012,0.972,0,Germany,DEU,,,,Linux-6,3.11.7,3.3.0,64,AMD EPYC 7763,2,2 x NVIDIA A100,8.6,50.1,503.5,machine,0.0,0.0,0.0,0.0,N,1.2,0';

describe('CodeCarbon', () => {
  const ledger = newLedger();
  const emissions = file(
    'emissions.csv',
    `${HEADER}\n${ROW}\n${ROW.replace(',r1,', ',r2,').replace(',0.5,', ',,')}\nhalf a li`,
  );

  test('becomes runs with the PUE apart and emissions of our own account', async () => {
    const told = await imported(ledger, 'codecarbon', emissions, '--tz', 'Europe/Berlin');
    expect(told.runs).toHaveLength(2);
    expect(told.rejected).toMatchObject([{ rows: 1 }]);
    const report = await reportOf(ledger, told.runs[0]!);
    expect(report.energy.it_j.value).toBeCloseTo((0.972 / 1.2) * 3.6e6, 3);
    expect(report.energy.facility_j.value).toBeCloseTo(0.972 * 3.6e6, 3);
    expect(report.energy.coverage).toBe(1);
    expect(report.run).toMatchObject({
      zone: 'DE',
      duration_s: 3600.5,
      state: 'finished',
      ended_at_ms: Date.UTC(2024, 4, 1, 11),
    });
    // DE's annual mean, 329.65 g/kWh (data/grid-annual.json), not the 0.5 kg that the file says.
    expect(report.emissions.operational_g.value).toBeCloseTo(0.972 * 329.65, 6);
    expect(report.run.tags).toMatchObject({ 'codecarbon.emissions': '0.5', imported_format: 'codecarbon' });
  });

  test('the same file is noticed, and imported again only when asked for', async () => {
    const again = ['import', 'codecarbon', emissions, '--ledger', ledger];
    const refused = await joulebook(again);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/was imported already, as run \w+\n.*--again/),
    ]);
    expect((await imported(newLedger(), 'codecarbon', emissions)).notes.join()).toMatch(
      /this machine's zone: give --tz/,
    );
  });

  test('back out it says what came in, but for the emissions; and in and out again the same figures', async () => {
    const out = await exported(ledger, 'last', '--format', 'codecarbon', '--tz', 'Europe/Berlin');
    expect(out.split('\n')[0]).toBe(HEADER);
    const [was, is] = [table(`${HEADER}\n${ROW}`)[0]!, table(out)[0]!];
    const numbers = ['duration', 'cpu_energy', 'gpu_energy', 'ram_energy', 'energy_consumed', 'pue'];
    for (const name of numbers) expect(Math.abs(Number(is[name]) / Number(was[name]) - 1), name).toBeLessThan(1e-9);
    const same = HEADER.split(',').filter((name) => !/energy|power|emissions|duration|pue|run_id/.test(name));
    expect(same.map((name) => [name, is[name]])).toEqual(same.map((name) => [name, was[name]]));
    const other = newLedger();
    await imported(other, 'codecarbon', file('again.csv', out), '--tz', 'Europe/Berlin');
    const twice = table(await exported(other, 'last', '--format', 'codecarbon', '--tz', 'Europe/Berlin'))[0]!;
    for (const name of [...numbers, 'emissions', 'emissions_rate', 'gpu_power'])
      expect(Math.abs(Number(twice[name]) / Number(is[name]) - 1), name).toBeLessThan(1e-9);
  });
});

describe('a trace of ours', () => {
  test('goes through CodeCarbon and comes back with the same figures', async () => {
    const [ledger, other] = [newLedger(), newLedger()];
    const rows = Array.from(
      { length: 301 },
      (_, s) => `${T0 + s},gpu-0,${300 + (s % 7)}\n${T0 + s},cpu-package-0,${80 + (s % 3)}`,
    );
    await joulebook([
      'import',
      'trace',
      file('t.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`),
      '--zone',
      'US-CAL-CISO',
      '--pue',
      '1.3',
      '--name',
      'a, b',
      '--ledger',
      ledger,
    ]);
    const out = await exported(ledger, 'last', '--format', 'codecarbon', '--tz', 'UTC');
    await imported(other, 'codecarbon', file('back.csv', out), '--tz', 'UTC');
    const [a, b] = [await reportOf(ledger, 'last'), await reportOf(other, 'last')];
    const figures = (r: typeof a) =>
      [r.energy.it_j, r.energy.facility_j, r.emissions.operational_g].map(({ value }) => value!);
    for (const [i, value] of figures(a).entries()) expect(Math.abs(figures(b)[i]! / value - 1)).toBeLessThan(1e-9);
    expect(b.run).toMatchObject({ zone: 'US-CAL-CISO', name: 'a, b', duration_s: 300 });
  });
});

describe('other importers', () => {
  test('Zeus: windows that nest count once, what is between them is unknown', async () => {
    const ledger = newLedger();
    const text = `start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy\n${T0}.5,epoch,100.25,30000.0,20000.0\n${T0 + 10}.5,step,5.0,1500.0,1000.0\n${T0 + 200},epoch,100.0,31000.0,21000.0\n`;
    const told = await imported(ledger, 'zeus', file('zeus.csv', text));
    const report = await reportOf(ledger, told.run);
    expect(devices(report)).toEqual({
      'imported gpu-0': expect.closeTo(61_000, 6),
      'imported gpu-1': expect.closeTo(41_000, 6),
    });
    expect(report.energy.coverage).toBeCloseTo(200.25 / 299.5, 6);
    expect(told.notes[0]).toMatch(/^1 of 3 windows lie in others/);
  });

  test('Zeus: a power trace without a header, and a measurement that tells no time', async () => {
    const ledger = newLedger();
    const rows = Array.from({ length: 21 }, (_, i) => `${T0 + i}.25,${300 + 2 * i},200`);
    const { run } = await imported(ledger, 'zeus', file('power.csv', `${rows.join('\n')}\n`));
    // 20 s from 300 W up to 340 W: 6400 J.
    expect(devices(await reportOf(ledger, run))).toEqual({
      'imported gpu-0': expect.closeTo(6400, 6),
      'imported gpu-1': expect.closeTo(4000, 6),
    });
    const one = file(
      'm.json',
      '{"time": 10, "gpu_energy": {"0": 3000.0}, "cpu_energy": {"0": 500}, "dram_energy": null}',
    );
    const refused = await joulebook(['import', 'zeus', one, '--ledger', ledger]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/--start 2024/)]);
    const made = await imported(ledger, 'zeus', one, '--start', '2024-05-01T10:00Z');
    expect((await reportOf(ledger, made.run)).energy.it_j.value).toBeCloseTo(3500, 6);
  });

  test('Kepler: nodes apart, parts of a package left out, resets not counted', async () => {
    const ledger = newLedger();
    const line = (node: string, zone: string, path: string, value: number, i: number) =>
      `kepler_node_cpu_joules_total{node_name="${node}",zone="${zone}",path="${path}"} ${value} ${(T0 + 15 * i) * 1000}`;
    const lines = Array.from({ length: 11 }, (_, i) => [
      line('n1', 'package', 'intel-rapl:0', 1000 + 100 * i, i),
      line('n1', 'package', 'intel-rapl:1', 5000 + 50 * i, i),
      line('n1', 'core', 'intel-rapl:0:0', 900 + 90 * i, i),
      line('n2', 'dram', 'intel-rapl:0:1', 30 * i, i),
    ]).flat();
    const told = await imported(
      ledger,
      'kepler',
      file('k.prom', `# TYPE kepler_node_cpu_joules_total counter\n${lines.join('\n')}\n`),
    );
    expect(devices(await reportOf(ledger, told.run))).toEqual({
      ...{ 'n1 cpu-package-0': expect.closeTo(1000, 6), 'n1 cpu-package-1': expect.closeTo(500, 6) },
      'n2 dram-0': expect.closeTo(300, 6),
    });
    expect(told.rejected).toMatchObject([{ why: expect.stringMatching(/^zone core/), rows: 11 }]);
  });

  test('DCGM: the counter in mJ from a table of labels, and slices of one board once', async () => {
    const ledger = newLedger();
    const rows = [0, 15, 30].flatMap((s) =>
      ['', '1g.10gb'].map(
        (slice) => `${T0 + s},DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION,0,GPU-abc,h1,${slice},${1e6 + s * 400_000}`,
      ),
    );
    const told = await imported(
      ledger,
      'dcgm',
      file('d.csv', `timestamp,metric,gpu,UUID,Hostname,GPU_I_PROFILE,value\n${rows.join('\n')}\n`),
    );
    expect(devices(await reportOf(ledger, told.run))).toEqual({ 'h1 gpu-0': expect.closeTo(12_000, 6) });
    expect(told.rejected).toMatchObject([{ rows: 3 }]);
    const dmon =
      '#Entity   POWER    TOTEC\nID        W        mJ\nGPU 0     300.0  1000000\nGPU 0     300.0  1600000\nGPU 0     N/A   2200000\n';
    const made = await imported(
      ledger,
      'dcgm',
      file('dmon.txt', dmon),
      '--start',
      '2024-05-01T10:00Z',
      '--every',
      '2s',
    );
    expect(await reportOf(ledger, made.run)).toMatchObject({
      run: { duration_s: 4 },
      energy: { it_j: { value: expect.closeTo(1200, 6) } },
    });
  });

  // Written by carbontracker 2.4.2 with a simulated CPU of 50 W; its own total, with its PUE of 1.58: 0.000079011032 kWh.
  const LOG = `2026-11-28 12:38:37 - carbontracker version 2.4.2
2026-11-28 12:38:37 - Only predicted and actual consumptions are multiplied by a PUE coefficient of 1.58 (Daniel Bizo, 2023, Uptime Institute Global Data Center Survey).
2026-11-28 12:38:37 - The following components were found: CPU with device(s) Xeon Fake.
2026-11-28 12:38:37 - Monitoring thread started.
2026-11-28 12:38:38 - Epoch 1:
2026-11-28 12:38:38 - Duration: 0:00:01.20
2026-11-28 12:38:38 - Average power usage (W) for cpu: 50.0
2026-11-28 12:38:39 - Epoch 2:
2026-11-28 12:38:39 - Duration: 0:00:01.20
2026-11-28 12:38:39 - Average power usage (W) for cpu: 50.0
2026-11-28 12:38:41 - Epoch 3:
2026-11-28 12:38:41 - Duration: 0:00:01.20
2026-11-28 12:38:41 - Average power usage (W) for cpu: 50.0
2026-11-28 12:38:41 - Carbon intensities (gCO2eq/kWh) fetched every 900 s at detected location Unknown: [445]
2026-11-28 12:38:41 - Monitoring thread ended.
`;
  test('carbontracker: its log, and a folder of logs, give its own total without its PUE', async () => {
    const ledger = newLedger();
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    writeFileSync(join(logs, 'a_2026-11-28T123837Z_carbontracker.log'), LOG);
    writeFileSync(join(logs, 'a_2026-11-28T123837Z_carbontracker_output.log'), 'x\n');
    const { run } = await imported(ledger, 'carbontracker', logs, '--tz', 'UTC');
    const report = await reportOf(ledger, run);
    const own_j = (0.000079011032 / 1.58) * 3.6e6;
    expect(Math.abs(report.energy.it_j.value! / own_j - 1)).toBeLessThan(1e-3); // the log rounds to 10 ms
    expect(report.energy.devices[0]).toMatchObject({ device: 'cpu-package-0', name: 'Xeon Fake' });
    expect(report.run.tags).toMatchObject({ 'carbontracker.version': '2.4.2', 'carbontracker.location': 'Unknown' });
  });
});

describe('bad input says what, where and what would be right', () => {
  const formats = ['codecarbon', 'zeus', 'kepler', 'dcgm', 'carbontracker'];
  const texts: [string, string][] = [
    ['empty', ''],
    ['another header', 'step,loss\n1,2.5\n'],
    ['binary', `PAR1${'\0\u0001'.repeat(100)}`],
    ['half a line', 'timest'],
    ['JSON that is torn', '{"status": "success", "data": {"result": [{"met'],
  ];
  test.each(formats.flatMap((format) => texts.map(([name, text]) => [format, name, text] as const)))(
    '%s: %s',
    async (format, name, text) => {
      const path = file(`bad-${format}-${name}`, text);
      const result = await joulebook(['import', format, path, '--ledger', join(folder, 'none')]);
      expect([result.code, result.stdout]).toEqual([2, '']);
      expect(result.stderr).toMatch(/^joulebook: .*bad-.*\n {2}\S/);
      expect(result.stderr).not.toMatch(/\bat .*\.js:/);
    },
  );

  test.each([
    [['import', 'codecarbon', '/no/such.csv'], /cannot read/],
    [['import', 'codecarbon', join(folder, 'emissions.csv'), '--tz', 'Mars'], /--tz: "Mars" is no time zone/],
    [['export', 'last', '--format', 'wandb'], /needs --out.*\n.*--out wandb/],
    [['export', 'last', '--format', 'word'], /one of csv, json, parquet/],
    [['export', 'last', '--format', 'card'], /needs --out.*\n.*README\.md/],
    [['export', 'nobody', '--format', 'csv'], /no ledger|no run/],
  ])('%j exits 2', async (args, message) => {
    const result = await joulebook([...args, '--ledger', join(folder, 'none')]);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(result.stderr).toMatch(message);
  });
});

describe('exports', () => {
  const ledger = newLedger();
  const value = (text: string) => Number(text);
  beforeAll(async () => {
    // Two runs that share gpu-0 (one id) for an hour across the end of April, at 1 kW and 400 g/kWh.
    const start = Date.UTC(2024, 3, 30, 23) / 1000;
    const samples = (from: number) =>
      Array.from({ length: 7201 }, (_, s) => `${start + from + s},DCGM_FI_DEV_POWER_USAGE,0,GPU-x,h,1000`).join('\n');
    const grid = file('grid.csv', `timestamp,gco2e_per_kwh,zone\n${start - 3600},400,DE\n${start + 36_000},400,DE\n`);
    for (const [name, from] of [
      ['one', 0],
      ['two', 3600],
    ] as const) {
      const path = file(`${name}.csv`, `timestamp,metric,gpu,UUID,Hostname,value\n${samples(from)}\n`);
      await imported(
        ledger,
        'dcgm',
        path,
        '--name',
        name,
        '--intensity',
        grid,
        '--tag',
        'project=shop',
        '--pue',
        '1.5',
      );
    }
  });

  test('rows as CSV, JSON and Parquet hold the same', async () => {
    const { runs } = JSON.parse(await exported(ledger, 'one', 'two', 'one', '--format', 'json'));
    expect(runs.map((run: { name: string; it_j: number }) => [run.name, Math.round(run.it_j)])).toEqual([
      ['one', 7.2e6],
      ['two', 7.2e6],
    ]);
    expect(runs[0]).toMatchObject({
      embodied_g: null,
      embodied_g_why: expect.any(String),
      operational_g: expect.closeTo(2 * 400 * 1.5, 6),
    });
    const out = join(folder, 'runs.parquet');
    const told = await joulebook([
      'export',
      'one',
      'two',
      '--format',
      'parquet',
      '--out',
      out,
      '--json',
      '--ledger',
      ledger,
    ]);
    expect(JSON.parse(told.stdout)).toMatchObject({ schema: 'joulebook/export/v1', format: 'parquet' });
    const bytes = readFileSync(out);
    const read = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      compressors,
    });
    expect(read.map((row) => ({ ...row }))).toEqual(runs);
    const csv = table(await exported(ledger, 'one', '--format', 'csv'))[0]!;
    expect([csv.it_j, csv.embodied_g, csv.water_l]).toEqual([String(runs[0].it_j), '', '']);
  });

  test('GHG: by month and project; what is shared counts once', async () => {
    const rows = table(await exported(ledger, 'one', 'two', '--format', 'ghg'));
    const sums = Object.fromEntries(
      rows.map((row) => [
        `${row.month} ${row.project}`,
        [value(row.it_energy_kwh!), value(row.facility_energy_kwh!), value(row.scope2_location_based_kgco2e!)],
      ]),
    );
    const near = (numbers: number[]) => numbers.map((n) => expect.closeTo(n, 6));
    expect(sums).toEqual({
      '2024-04 shop': near([1, 1.5, 0.6]),
      '2024-05 shop': near([3, 4.5, 1.8]),
      '2024-05 (counted in several runs)': near([-1, -1.5, -0.6]),
    });
  });

  test('statements tell figure, interval, boundary, intensity and method; nothing of a name is mark-up', async () => {
    await imported(ledger, 'dcgm', join(folder, 'one.csv'), '--again', '--name', '50%_of $x & {y}\\', '--zone', 'FR');
    const latex = await exported(ledger, 'last', '--format', 'latex');
    expect(latex).toContain('50\\%\\_of \\$x \\& \\{y\\}\\textbackslash{}');
    for (const said of [
      '2.00~kWh',
      '90~\\% interval',
      'The boundary holds GPUs',
      'The PUE is not known',
      'average lifecycle',
      'CO$_2$e',
      'joulebook-1',
      'Embodied emissions',
    ])
      expect(latex).toContain(said);
    const markdown = await exported(ledger, 'one', 'two', '--format', 'markdown');
    expect(markdown).toMatch(/^The 2 runs used 3\.00 kWh of electricity \(90 % interval/); // 4 kWh less the hour shared
    expect(markdown).toContain('Their operational emissions are 1.80 kg CO₂e');
    expect(markdown).toContain('is counted once');
  });

  test('a statement of runs of several boundaries says what is outside of all and of some; and their PUEs', async () => {
    const parts = (second: number) => `${1714557600 + second},gpu-0,300\n${1714557600 + second},dram-0,20`;
    writeFileSync(join(folder, 'parts.csv'), `timestamp,device,power_w\n${parts(0)}\n${parts(60)}\n`);
    for (const [name, pue] of [
      ['a', '1.1'],
      ['b', '1.3'],
    ] as const)
      await imported(ledger, 'trace', join(folder, 'parts.csv'), '--name', name, '--pue', pue);
    expect(await exported(ledger, 'one', 'a', '--format', 'markdown')).toContain(
      '; processors, storage, fans and power supply are outside it; memory is outside it for some of the runs. Their PUEs are 1.1 to 1.5.',
    );
    expect(await exported(ledger, 'a', 'b', '--format', 'markdown')).toContain(
      '; processors, storage, fans and power supply are outside it. Their PUEs are 1.1 to 1.3.',
    );
  });

  test('SCI: M that is not known is said, not 0', async () => {
    const { runs } = JSON.parse(await exported(ledger, 'one', '--format', 'sci'));
    expect(runs[0]).toMatchObject({
      ...{
        e_kwh: { value: expect.closeTo(3, 9) },
        e_boundary: 'facility',
        i_g_per_kwh: { value: expect.closeTo(400, 6) },
      },
      ...{ m_g: { value: null }, sci_g: { value: null, why: expect.stringMatching(/^M is not known/) } },
      operational_g: { value: expect.closeTo(1200, 6) },
    });
    const tokens = JSON.parse(await exported(ledger, 'one', '--format', 'sci', '--per', 'tokens')).runs[0];
    expect(tokens.operational_g).toEqual({ value: null, why: "no tokens were told by the run's log" });
  });

  test('a model card gets its grams, and the rest stays byte for byte', async () => {
    const card = file('README.md', '---\nlicense: mit\nmodel-index: [] # none\n---\n# My model\n\n---\nend');
    const result = await joulebook([
      'export',
      'one',
      'two',
      '--format',
      'card',
      '--out',
      card,
      '--training-type',
      'pre-training',
      '--ledger',
      ledger,
    ]);
    expect([result.code, result.stderr]).toEqual([0, expect.stringMatching(/2 runs → .*README\.md \(card\)/)]);
    const text = readFileSync(card, 'utf8');
    const [, made] = /^---\nlicense: mit\nmodel-index: \[\] # none\n([\S\s]*)\n---\n# My model\n\n---\nend$/.exec(
      text,
    )!;
    expect(parse(made!).co2_eq_emissions).toMatchObject({
      emissions: 1800,
      training_type: 'pre-training',
      geographical_location: 'DE',
      hardware_used: 'GPU',
    });
    expect(made).toMatch(/^ {2}emissions: 1800$/m);
    const unknown = await imported(
      ledger,
      'dcgm',
      file('none.csv', `${readFileSync(join(folder, 'one.csv'), 'utf8')}`.replaceAll('GPU-x', 'GPU-y')),
    );
    const refused = await joulebook(['export', unknown.run, '--format', 'card', '--out', card, '--ledger', ledger]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/emissions of run \w+ are not known: no zone/),
    ]);
    expect(readFileSync(card, 'utf8')).toBe(text);
  });

  test('MLflow: metrics and tags of a run that is there', async () => {
    const run = join(folder, 'mlruns', '0', 'abc');
    const missing = await joulebook(['export', 'one', '--format', 'mlflow', '--out', run, '--ledger', ledger]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/no meta\.yaml/)]);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'meta.yaml'), 'run_id: abc\n');
    await joulebook(['export', 'one', '--format', 'mlflow', '--out', run, '--ledger', ledger]);
    const [at, grams, step] = readFileSync(join(run, 'metrics', 'joulebook.operational_g'), 'utf8').split(' ');
    expect([Number(at), Number(grams), step]).toEqual([Date.UTC(2024, 4, 1, 1), expect.closeTo(1200, 6), '0\n']);
    expect(readFileSync(join(run, 'tags', 'joulebook.embodied_g_why'), 'utf8')).toMatch(/embodied/);
  });
});
