// A recorded trace through the whole product: import, account, report, by the numbers of a pocket calculator.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BY } from '../src/report/model.ts';
import { CLI, joulebook, reportOf, tempFolder } from './helpers/cli.ts';

const T0 = Date.UTC(2024, 4, 1, 10) / 1000;
let folder: string;
let ledger: string;
beforeAll(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const seconds = (n: number) => Array.from({ length: n + 1 }, (_, s) => s);
async function imported(trace: string, ...args: string[]) {
  const result = await joulebook(['import', 'trace', trace, '--ledger', ledger, ...args]);
  expect(result.code, result.stderr).toBe(0);
  return reportOf(ledger, 'last');
}
const value = (f: { value: number | null }) => f.value!;

describe('known energies', () => {
  test('8 × 700 W for 1 h is 5.6 kWh (carbontracker says 0.7)', async () => {
    const rows = seconds(3600).flatMap((s) => Array.from({ length: 8 }, (_, d) => `${T0 + s},gpu-${d},700`));
    const report = await imported(file('eight.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`));
    expect(value(report.energy.it_j) / 3.6e6).toBeCloseTo(5.6, 9);
    expect(report.energy.coverage).toBeCloseTo(1, 9);
    expect(report.energy.devices).toHaveLength(8);
  });

  test('a counter that restarts is a reset, not −711 kWh', async () => {
    const rows = seconds(600).map((s) => `${T0 + s},gpu-0,${s < 300 ? 2_560_000_000 + 300 * s : 300 * (s - 300)}`);
    const report = await imported(file('reset.csv', `timestamp,device,energy_j\n${rows.join('\n')}\n`));
    expect(value(report.energy.it_j)).toBeGreaterThan(179_000);
    expect(value(report.energy.it_j)).toBeLessThan(180_001);
    expect(report.warnings.map((w) => w.code)).toContain('counter-reset');
    expect(report.energy.devices[0]!.notes.join(' ')).toMatch(/restarted once/);
    expect(report.energy.gaps.filter((gap) => gap.why === 'counter-reset')).toHaveLength(1);
  });

  test('a stretch of which nothing is known is inside the interval', async () => {
    // A counter without power that begins again at once: of the first second nothing is known, then 100 W for 2 s.
    const rows = [900, 0, 100, 200].map((j, s) => `${T0 + s},gpu-0,${j}`);
    const report = await imported(file('first.csv', `timestamp,device,energy_j\n${rows.join('\n')}\n`));
    expect(value(report.energy.it_j)).toBeCloseTo(200, 6);
    expect((report.energy.it_j as { high: number }).high).toBeGreaterThanOrEqual(300);
    expect(report.energy.coverage).toBeCloseTo(2 / 3, 6);
  });

  test('a wall meter holds the GPUs: they are shown, not added', async () => {
    const rows = seconds(100).flatMap((s) => [`${T0 + s},node,1000`, `${T0 + s},gpu-0,700`, `${T0 + s},psys,900`]);
    const report = await imported(file('node.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`));
    expect(value(report.energy.it_j)).toBeCloseTo(100_000, 6);
    expect(report.energy.devices.map((d) => [d.device, d.charged])).toEqual([
      ['node', true],
      ['gpu-0', false],
      ['psys', false],
    ]);
  });

  test('a hole of a minute is estimated, bounded and said', async () => {
    const rows = seconds(200)
      .filter((s) => s <= 50 || s >= 110)
      .map((s) => `${T0 + s},gpu-0,300`);
    const report = await imported(file('hole.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`));
    expect(value(report.energy.it_j)).toBeCloseTo(60_000, 6);
    expect(report.energy.coverage).toBeCloseTo(140 / 200, 9);
    expect(report.energy.gaps).toMatchObject([
      {
        device: 'gpu-0',
        from_ms: (T0 + 50) * 1000,
        to_ms: (T0 + 110) * 1000,
        why: 'too-far-apart',
        state: 'estimated',
      },
    ]);
    const { low, high } = report.energy.it_j as { low: number; high: number };
    expect(low).toBeLessThan(60_000 - 18_000 + 1);
    expect(high).toBeGreaterThanOrEqual(60_000);
  });
});

describe('emissions', () => {
  test('200 then 600 g/kWh over equal energy is 400, × PUE 1.5, and money', async () => {
    const rows = seconds(7200).map((s) => `${T0 + s},gpu-0,1000`);
    const intensity = file(
      'grid.csv',
      `timestamp,gco2e_per_kwh\n${new Date(T0 * 1000).toISOString()},200\n${new Date((T0 + 3600) * 1000).toISOString()},600\n`,
    );
    const report = await imported(
      file('two.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`),
      '--intensity',
      intensity,
      '--pue',
      '1.5',
      '--price',
      '0.12EUR/kWh',
    );
    expect(value(report.energy.it_j)).toBeCloseTo(7.2e6, 3);
    expect(value(report.energy.facility_j)).toBeCloseTo(10.8e6, 3);
    expect(value(report.emissions.operational_g)).toBeCloseTo(2 * 400 * 1.5, 6);
    expect(report.emissions.intensity).toMatchObject({ mean_g_per_kwh: expect.closeTo(400, 6), coverage: 1 });
    expect(value(report.cost)).toBeCloseTo(3 * 0.12, 9);
    expect(report.currency).toBe('EUR');
  });

  test('a series that ends too early leaves emissions unknown, with the reason; energy stays', async () => {
    const rows = seconds(7200).map((s) => `${T0 + s},gpu-0,1000`);
    const intensity = file('short.csv', `timestamp,gco2e_per_kwh\n${T0 - 3600},200\n${T0},300\n`);
    const report = await imported(
      file('long.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`),
      '--intensity',
      intensity,
    );
    expect(report.emissions.operational_g).toMatchObject({ value: null, why: expect.stringContaining('50 %') });
    expect(report.emissions.total_g).toMatchObject({ value: null });
    expect(value(report.energy.it_j)).toBeCloseTo(7.2e6, 3);
  });

  test('beyond the series, a named zone of the same kind and scope steps in, labelled', async () => {
    const rows = seconds(7200).map((s) => `${T0 + s},gpu-0,1000`);
    const intensity = file('short2.csv', `timestamp,gco2e_per_kwh\n${T0 - 3600},200\n${T0},300\n`);
    const report = await imported(
      file('long2.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`),
      '--intensity',
      intensity,
      '--zone',
      'DE',
    );
    expect(report.emissions.intensity.parts.map((p) => [p.quality, Number(p.share.toFixed(6))])).toEqual([
      ['measured', 0.5],
      ['annual', 0.5],
    ]);
    expect(value(report.emissions.operational_g)).toBeCloseTo(300 + 329.65, 6);
  });

  test('no zone: energy is shown, emissions unknown with the reason', async () => {
    const report = await imported(
      file('nozone.csv', `timestamp,device,power_w\n${T0},gpu-0,100\n${T0 + 1},gpu-0,100\n`),
    );
    expect(value(report.energy.it_j)).toBeCloseTo(100, 9);
    expect(report.emissions.operational_g).toMatchObject({ value: null, why: expect.stringContaining('--zone') });
    expect(report.warnings.map((w) => w.code)).toContain('pue-unknown');
  });
});

describe('divisions', () => {
  test('rows of every --by add up to the total, and tokens to the work', async () => {
    const rows = seconds(5000).flatMap((s) => [
      `${T0 + s},gpu-0,${300 + 200 * Math.sin(s / 40)}`,
      `${T0 + s},gpu-1,${250 + (s % 97)}`,
    ]);
    const steps = Array.from(
      { length: 49 },
      (_, i) =>
        `${T0 + 100.25 * (i + 1)},${10 * (i + 1)},${(i + 1) * 70_000},${((i + 1) / 16).toFixed(4)},${3 - i / 20}`,
    );
    await imported(
      file('by.csv', `timestamp,device,power_w\n${rows.join('\n')}\n`),
      '--zone',
      'FR',
      '--pue',
      '1.2',
      '--steps',
      file('steps.csv', `timestamp,step,tokens,epoch,loss\n${steps.join('\n')}\n`),
    );
    for (const by of BY.filter((one) => one !== 'window')) {
      const report = await reportOf(ledger, 'last', '--by', by);
      const total = value(report.energy.it_j);
      const sum = report.rows!.reduce((s, row) => s + row.energy_j!, 0);
      expect(Math.abs(sum / total - 1), by).toBeLessThan(1e-9);
      const grams = report.rows!.reduce((s, row) => s + row.emissions_g!, 0);
      expect(Math.abs(grams / value(report.emissions.operational_g) - 1), by).toBeLessThan(1e-9);
      expect(report.work).toMatchObject({ steps: 490, tokens: 3_430_000 });
      if (by === 'million-tokens')
        expect(report.rows!.map((row) => row.tokens)).toEqual([1e6, 1e6, 1e6, expect.closeTo(430_000, 6), null]);
      if (by === 'epoch') expect(report.rows!.map((row) => row.epoch)).toEqual([0, 1, 2, 3, null]);
    }
    const report = await reportOf(ledger, 'last');
    expect(value(report.per.j_per_token)).toBeCloseTo(value(report.energy.it_j) / 3_430_000, 9);
    expect(report.phases.reduce((s, p) => s + p.energy_j!, 0) / value(report.energy.it_j)).toBeCloseTo(1, 9);
  });

  test('Markdown and CSV hold the same figures', async () => {
    const md = await joulebook(['report', 'last', '--md', '--ledger', ledger, '--by', 'epoch']);
    expect(md.stdout).toMatch(/^# Energy and carbon of run /);
    const csv = await joulebook(['report', 'last', '--csv', '--ledger', ledger, '--by', 'epoch']);
    const [head, ...lines] = csv.stdout.trim().split('\r\n');
    const at = head!.split(',').indexOf('energy_j');
    const report = await reportOf(ledger, 'last');
    expect(lines.reduce((s, line) => s + Number(line.split(',')[at]), 0) / value(report.energy.it_j)).toBeCloseTo(1, 9);
  });
});

describe('bad input says what, where and what would be right', () => {
  const cases: [string, string, RegExp][] = [
    ['no header', '1,2,3\n4,5,6\n', /no column "timestamp"/],
    ['no values', 'timestamp,device\n1700000000,gpu-0\n', /neither.*power_w.*energy_j/],
    ['empty', '', /no rows/],
    [
      'microseconds',
      `timestamp,device,power_w\n${T0}000000,gpu-0,5\n${T0 + 1}000000,gpu-0,5\n`,
      /2 × a timestamp .* epoch seconds or milliseconds/,
    ],
    ['all rows bad', 'timestamp,device,power_w\nyesterday,gpu-0,5\n2024-01-01T00:00,gpu-0,5\n', /2 × a timestamp/],
  ];
  test.each(cases)('%s', async (name, text, message) => {
    const result = await joulebook(['import', 'trace', file(`${name}.csv`, text), '--ledger', ledger]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\bat .*\.js:/);
  });

  test('a partly readable file is imported, and what was left out is counted', async () => {
    const path = file(
      'partly.csv',
      `timestamp,device,power_w\n${T0},gpu-0,100\nxx,gpu-0,1\n${T0 + 1},gpu-0,nope\n${T0 + 2},gpu-0,100\n${T0 + 2},,5\n`,
    );
    const result = await joulebook(['import', 'trace', path, '--json', '--ledger', ledger]);
    expect(result.code).toBe(0);
    const made = JSON.parse(result.stdout) as { rejected: { why: string; rows: number }[] };
    expect(made.rejected.reduce((s, r) => s + r.rows, 0)).toBe(3);
    expect(value((await reportOf(ledger, 'last')).energy.it_j)).toBeCloseTo(200, 9);
  });

  test('one stray timestamp 0 is left out and said; the rest is imported', async () => {
    const path = file('stray.csv', `timestamp,device,power_w\n0,gpu-0,100\n${T0},gpu-0,100\n${T0 + 3},gpu-0,100\n`);
    const result = await joulebook(['import', 'trace', path, '--ledger', ledger]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/left out: 1 × a timestamp more than 400 days from .*, first in row 2/);
    expect(value((await reportOf(ledger, 'last')).energy.it_j)).toBeCloseTo(300, 9);
  });

  test('a trace comes through a pipe', () => {
    const path = file('piped.csv', `timestamp,device,power_w\n${T0},gpu-0,100\n${T0 + 3},gpu-0,100\n`);
    const command = `"${process.execPath}" "${CLI}" import trace <(cat "${path}") --json --ledger "${ledger}"`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 2, rejected: [] });
  });

  test.each([
    [['import', 'trace', '/no/such.csv'], /cannot read/],
    [['report', 'last', '--by', 'colour'], /one of step, epoch/],
    [['report', 'zzz'], /no run matches/],
    [['report', 'last', '--json', '--csv'], /exclude each other/],
    [['frobnicate'], /unknown command/],
    [['runs', '--frob'], /unknown option/],
  ])('%j exits 2', async (args, message) => {
    const result = await joulebook([
      ...args,
      ...(args[0] === 'frobnicate' || args[1] === '--frob' ? [] : ['--ledger', ledger]),
    ]);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(result.stderr).toMatch(message);
  });
});
