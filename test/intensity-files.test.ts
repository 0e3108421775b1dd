// Intensity files through the whole program, and Parquet as DuckDB writes it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readIntensityFile } from '../src/grid/file.ts';
import { openEngine, quoted } from '../src/ledger/engine.ts';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

const folder = tempFolder();
const H = 3_600_000;

describe('Parquet', () => {
  const written = async (name: string, select: string) => {
    const file = join(folder, name);
    const engine = await openEngine();
    await engine.run(`SET TimeZone = 'UTC'; COPY (${select}) TO ${quoted(file)} (FORMAT parquet)`);
    engine.close();
    return readIntensityFile(file);
  };
  const rows = "VALUES ('2024-03-04 00:00:00+00', 200.5, 'FR'), ('2024-03-04 01:00:00+00', 300, 'FR')";

  test.each([
    ['times with a zone', 't::TIMESTAMPTZ'],
    ['texts', "strftime(t::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ')"],
    ['epoch seconds', 'epoch(t::TIMESTAMPTZ)::BIGINT'],
    ['epoch milliseconds', 'epoch_ms(t::TIMESTAMPTZ)'],
  ])('%s', async (name, time) => {
    const select = `SELECT ${time} AS timestamp, g AS gco2e_per_kwh, z AS zone, 1 AS other FROM (${rows}) AS r(t, g, z)`;
    const { series, columns } = await written(`${name}.parquet`, select);
    expect(series).toMatchObject([{ zone: 'FR', quality: 'measured', provider: 'file' }]);
    const t0 = Date.UTC(2024, 2, 4);
    expect([...series[0]!.from_ms, ...series[0]!.to_ms]).toEqual([t0, t0 + H, t0 + H, t0 + 2 * H]);
    expect([...series[0]!.g_per_kwh]).toEqual([200.5, 300]);
    expect(columns).toEqual([`${name}.parquet: not used: "other"`]);
  });

  test('NULL and NaN are holes', async () => {
    const values = "('2024-03-04 02:00:00+00', NULL, ''), ('2024-03-04 03:00:00+00', 'NaN'::DOUBLE, '')";
    const select = `SELECT t::TIMESTAMPTZ AS timestamp, g::DOUBLE AS gco2e_per_kwh FROM (${rows}, ${values}) AS r(t, g, z)`;
    const { series, notes } = await written('holes.parquet', select);
    expect([...series[0]!.g_per_kwh]).toEqual([200.5, 300]);
    expect(series[0]!.to_ms.at(-1)).toBe(Date.UTC(2024, 2, 4, 2));
    expect(notes).toEqual(['holes.parquet: 2 rows have no value: nothing is taken for them']);
  });

  test('times without a zone are refused, by column', async () => {
    const select = "SELECT TIMESTAMP '2024-03-04 00:00:00' AS timestamp, 200 AS gco2e_per_kwh";
    await expect(written('local.parquet', select)).rejects.toMatchObject({
      ...{ code: 'file-bad', message: /"timestamp" are local ones/, hint: /tz_localize/ },
    });
  });

  test('a value that cannot be is refused, with its row; a damaged file too', async () => {
    const select = `SELECT t::TIMESTAMPTZ AS timestamp, -g AS gco2e_per_kwh FROM (${rows}) AS r(t, g, z)`;
    await expect(written('negative.parquet', select)).rejects.toMatchObject({ message: /row 1: "-200.5"/ });
    writeFileSync(join(folder, 'torn.parquet'), 'PAR1 and no more');
    await expect(readIntensityFile(join(folder, 'torn.parquet'))).rejects.toMatchObject({ message: /not a readable/ });
  });
});

describe('a file with a hole', () => {
  // NESO Carbon Intensity API, CC BY 4.0: the service's own record lacks 2024-02-29.
  const neso = [
    ...['2024-02-28T21:30Z,74,111', '2024-02-28T22:00Z,77,74', '2024-02-28T22:30Z,71,72', '2024-02-28T23:00Z,64,71'],
    ...['2024-02-28T23:30Z,66,67', '2024-03-01T00:00Z,155,172', '2024-03-01T00:30Z,157,174'],
  ];
  const intensity = join(folder, 'gb.csv');
  writeFileSync(intensity, `timestamp,gco2_per_kwh,forecast_gco2_per_kwh\n${neso.join('\n')}\n`);
  // 1 kW from 23:00 to 01:00: an hour before the hole and an hour in it
  const from_s = Date.UTC(2024, 1, 28, 23) / 1000;
  const trace = join(folder, 'power.csv');
  const watts = Array.from({ length: 121 }, (_, i) => `${from_s + 60 * i},gpu-0,1000\n`);
  writeFileSync(trace, `timestamp,device,power_w\n${watts.join('')}`);
  const ledger = join(folder, 'ledger');
  const imported = async (...args: string[]) => {
    const all = ['import', 'trace', trace, '--intensity', intensity, '--ledger', ledger, ...args];
    const { code, stderr } = await joulebook(all);
    expect([code, stderr]).toEqual([0, expect.stringContaining('gb.csv: not used: "forecast_gco2_per_kwh"')]);
    return reportOf(ledger, 'last');
  };
  const hole = 'gb.csv: rows are missing: nothing is taken for 2024-02-29T00:00Z to 2024-03-01T00:00Z';

  test('half the energy lies in it: emissions are unknown, and the report says why', async () => {
    const { emissions, warnings } = await imported();
    expect(emissions.intensity.coverage).toBeCloseTo(0.5, 9);
    expect(emissions.operational_g).toMatchObject({ value: null });
    expect(warnings).toContainEqual({ code: 'grid', message: hole });
  });

  test("the zone's annual mean steps in for the hole alone: (64 + 66) / 2 = 65 for the rest", async () => {
    const { emissions } = await imported('--zone', 'GB');
    const parts = emissions.intensity.parts.map(({ quality, share, mean_g_per_kwh }) => [
      quality,
      share,
      mean_g_per_kwh,
    ]);
    expect(parts[0]).toEqual(['measured', expect.closeTo(0.5, 9), expect.closeTo(65, 9)]);
    expect(parts[1]).toEqual(['annual', expect.closeTo(0.5, 9), expect.any(Number)]);
  });

  test('joulebook run and doctor say it before anything is metered', async () => {
    const run = await joulebook([
      'run',
      '--intensity',
      intensity,
      '--ledger',
      ledger,
      '--interval',
      '1s',
      '--',
      'true',
    ]);
    expect(run.stderr).toContain(`joulebook: ${hole}`);
    const quiet = ['run', '--quiet', '--intensity', intensity, '--ledger', ledger, '--', 'true'];
    expect((await joulebook(quiet)).stderr).toBe('');
    const doctor = await joulebook([
      'doctor',
      '--intensity',
      intensity,
      '--ledger',
      ledger,
      '--for',
      '100ms',
      '--json',
    ]);
    expect(JSON.parse(doctor.stdout).place.intensity_notes).toContain(hole);
  });

  test('a bad file ends the run before it begins: exit code 2, with the line', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, 'timestamp,gco2e_per_kwh\n2024-03-04T00:00Z,-1\n');
    const { code, stderr } = await joulebook(['run', '--intensity', bad, '--ledger', ledger, '--', 'true']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.csv line 2: "-1" is not an intensity/);
  });

  test('a zone that is another than the file says is taken, with a word', async () => {
    const file = join(folder, 'fr.csv');
    writeFileSync(file, 'timestamp,gco2e_per_kwh,zone\n2024-02-28T23:00Z,30,FR\n2024-02-29T00:00Z,30,FR\n');
    const { code } = await joulebook([
      'import',
      'trace',
      trace,
      '--intensity',
      file,
      '--zone',
      'DE',
      '--ledger',
      ledger,
    ]);
    expect(code).toBe(0);
    const { emissions, warnings, run } = await reportOf(ledger, 'last');
    expect([run.zone, emissions.intensity.parts[0]!.zone, emissions.intensity.parts[0]!.mean_g_per_kwh]).toEqual([
      ...['DE', 'DE', expect.closeTo(30, 9)],
    ]);
    expect(warnings).toContainEqual({ code: 'grid', message: 'fr.csv is of zone FR, and is taken for DE' });
  });
});
