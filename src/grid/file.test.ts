import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readIntensityFile } from './file.ts';
import { gridStepMs, intensityAt } from './series.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 0, 1);
const folder = mkdtempSync(join(tmpdir(), 'jb-grid-'));
const read = (text: string, name = 'grid.csv') => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return readIntensityFile(file);
};
const one = async (text: string) => {
  const { series } = await read(text);
  expect(series.length).toBe(1);
  return series[0]!;
};
/** Hours from T on with these values; a null is a row that is missing. */
const hourly = (values: readonly (number | null)[], step = H) =>
  `timestamp,gco2e_per_kwh\n${values
    .map((g, i) => (g === null ? '' : `${new Date(T + i * step).toISOString()},${g}\n`))
    .join('')}`;
const pieces = ({ from_ms, to_ms, g_per_kwh }: Awaited<ReturnType<typeof one>>) =>
  [...from_ms].map((from, i) => [(from - T) / H, (to_ms[i]! - T) / H, g_per_kwh[i]]);

describe('intensity files as CSV', () => {
  test('each row holds until the next, the last for the usual spacing, nothing beyond; sorted, and said', async () => {
    const text = 'timestamp,gco2e_per_kwh\n2024-01-01T01:00Z,300\n2024-01-01T00:00Z,100\n2024-01-01T02:00Z,500\n';
    const series = await one(text);
    const looks = [-1, 0, H - 1, H, 2 * H, 3 * H - 1, 3 * H];
    expect(looks.map((off) => intensityAt(series, T + off))).toEqual([null, 100, 100, 300, 500, 500, null]);
    expect(gridStepMs(series)).toBe(H);
    expect(series).toMatchObject({ kind: 'average', scope: 'lifecycle', quality: 'measured', source: 'grid.csv' });
    expect((await read(text)).notes).toEqual(['grid.csv: the rows are not in order of time (first in line 3): sorted']);
  });

  test('BOM, CRLF, kind, scope and zone are understood; other columns are said to be unused', async () => {
    const text =
      '\ufefftimestamp,gco2_per_kwh,kind,scope,zone,x\r\n2024-01-01T00:00Z,7,marginal,direct,GB,1\r\n2024-01-01T00:30Z,8,marginal,direct,,2\r\n';
    const series = await one(text);
    expect(series).toMatchObject({ kind: 'marginal', scope: 'direct', zone: 'GB' });
    expect(gridStepMs(series)).toBe(H / 2);
    expect((await read(text)).columns).toEqual(['grid.csv: not used: "x"']);
  });

  test('a row with an end ends there; between such rows nothing is known', async () => {
    const text = 'from,to,g_per_kwh\n2024-01-01T00:00Z,2024-01-01T00:30Z,10\n2024-01-01T01:00Z,2024-01-01T02:00Z,20\n';
    expect(pieces(await one(text))).toEqual([
      [0, 0.5, 10],
      [1, 2, 20],
    ]);
    expect(pieces(await one(text.replace('from,to', 'timestamp,end')))[0]).toEqual([0, 0.5, 10]);
  });

  test('qualities become series of their own, the best first', async () => {
    const { series } = await read(
      'timestamp,gco2e_per_kwh,quality\n1704067200,5,forecast\n1704070800,6,measured\n1704074400,7,\n1704078000,8,estimated\n',
    );
    expect(series.map((part) => [part.quality, pieces(part)])).toEqual([
      [
        'measured',
        [
          [1, 2, 6],
          [2, 3, 7],
        ],
      ],
      ['estimated', [[3, 4, 8]]],
      ['forecast', [[0, 1, 5]]],
    ]);
  });

  test('rows that say the same twice count once, and it is said', async () => {
    const { series, notes } = await read('timestamp,gco2e_per_kwh\n1704067200,5\n1704067200,5\n1704070800,6\n');
    expect(series[0]!.from_ms.length).toBe(2);
    expect(notes).toEqual(['grid.csv: 1 row comes twice: counted once']);
  });

  test('the night that clocks are set back: with offsets 02:30 comes twice and is two times', async () => {
    const text =
      'timestamp,gco2e_per_kwh\n2024-10-27T02:00+02:00,1\n2024-10-27T02:30+02:00,2\n2024-10-27T02:00+01:00,3\n2024-10-27T02:30+01:00,4\n';
    const { from_ms } = await one(text);
    // 00:00Z to 01:30Z
    expect([...from_ms]).toEqual([0, 1, 2, 3].map((half) => Date.UTC(2024, 9, 27) + (half * H) / 2));
  });

  test('100,000 rows within seconds', async () => {
    const text = hourly(
      Array.from({ length: 100_000 }, (_, i) => 100 + (i % 300)),
      300_000,
    );
    const before = performance.now();
    expect((await one(text)).g_per_kwh.length).toBe(100_000);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test.each([
    ['timestamp,price\n1704067200,3\n', /no column "gco2e_per_kwh"/],
    ['time,gco2e_per_kwh\n1704067200,3\n', /no column "timestamp"/],
    ['timestamp,gco2e_per_kwh\n', /no rows/],
    ['', /no column/],
    ['timestamp;gco2e_per_kwh\n1704067200;3\n', /no column/],
    ['timestamp,gco2e_per_kwh\n1704067200,5\n2024-01-01T01:00,3\n', /line 3.*not a time with its zone/],
    ['timestamp,gco2e_per_kwh\n1704067200,\n', /line 2.*not an intensity/],
    ['timestamp,gco2e_per_kwh\n1704067200,-4\n', /line 2.*not an intensity/],
    ['timestamp,gco2e_per_kwh\n1704067200,NaN\n', /line 2.*not an intensity/],
    ['timestamp,gco2e_per_kwh\n1704067200,400000\n', /line 2.*cannot be/],
    [
      'timestamp,gco2e_per_kwh\n1704067200,5\n1704067200,6\n',
      /line 3.*time of line 2.*again with another value \(5.*6/,
    ],
    ['timestamp,gco2e_per_kwh,kind\n1704067200,5,average\n1704070800,6,marginal\n', /line 3.*average and marginal are/],
    ['timestamp,gco2e_per_kwh,scope\n1704067200,5,total\n', /line 2.*"total" is not a scope/],
    ['timestamp,gco2e_per_kwh,zone\n1704067200,5,DE\n1704070800,6,FR\n', /line 3.*DE and FR are mixed/],
    ['timestamp,gco2e_per_kwh,quality\n1704067200,5,good\n', /line 2.*"good" is not a quality/],
    ['timestamp,end,gco2e_per_kwh\n1704067200,1704067200,5\n', /line 2.*ends before it begins/],
    [
      'from,to,g_per_kwh\n1704070800,1704074400,5\n1704067200,1704070801,6\n',
      /line 2.*before the end of line 3 at 2024-01-01T01:00:01.000Z/,
    ],
    ['<!doctype html><html></html>', /HTML/],
    ['\x1f\x8b', /no column/],
  ])('%j is refused with what is wrong', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test('a compressed file is said to be one', async () => {
    const file = join(folder, 'grid.csv.gz');
    writeFileSync(file, Buffer.from([0x1f, 0x8b, 8, 0]));
    await expect(readIntensityFile(file)).rejects.toMatchObject({ code: 'file-bad', hint: /zcat/ });
  });
});

describe('rows that are missing', () => {
  test('a row holds for the usual spacing only, and the rest is a hole', async () => {
    const { series, notes } = await read(hourly([10, 20, 30, null, null, 60, 70]));
    expect(pieces(series[0]!)).toEqual([
      [0, 1, 10],
      [1, 2, 20],
      [2, 3, 30],
      [5, 6, 60],
      [6, 7, 70],
    ]);
    expect(notes).toEqual(['grid.csv: rows are missing: nothing is taken for 2024-01-01T03:00Z to 2024-01-01T05:00Z']);
  });

  test('without a usual spacing each row holds until the next', async () => {
    const series = await one('timestamp,gco2e_per_kwh\n1704067200,1\n1704070800,4\n1704085200,6\n');
    expect(pieces(series)).toEqual([
      [0, 1, 1],
      [1, 5, 4],
      [5, 9, 6],
    ]);
  });

  test('hours before quarters are a step of their own, not holes', async () => {
    const hours = [0, 1, 2, 3, 4].map((h) => [h, 100]);
    const quarters = Array.from({ length: 20 }, (_, i) => [5 + i / 4, 200]);
    const rows = [...hours, ...quarters].map(([h, g]) => `${(T + h! * H) / 1000},${g}\n`);
    const { series, notes } = await read(`timestamp,gco2e_per_kwh\n${rows.join('')}`);
    expect(pieces(series[0]!)[4]).toEqual([4, 5, 100]);
    expect(notes).toEqual([]);
  });
});

describe('units that look wrong', () => {
  test.each([
    [[0.4, 0.3], /below 2.*kg\/kWh or t\/MWh/],
    [[3001], /cannot be/],
  ])('%j is refused', async (values, words) => {
    await expect(read(hourly(values))).rejects.toMatchObject({ code: 'file-bad', message: words });
  });

  test('a hydro zone of 2 to 30 g/kWh is one, and so is 0.5 of direct or marginal emissions, with a word', async () => {
    expect((await read(hourly([2, 30]))).notes).toEqual([]);
    for (const more of ['scope\n1704067200,0.5,direct\n', 'kind\n1704067200,0.5,marginal\n']) {
      const { notes } = await read(`timestamp,gco2e_per_kwh,${more}`);
      expect(notes.join()).toMatch(/below 2 \(the highest is 0.5\)/);
    }
    expect((await read('timestamp,gco2e_per_kwh,scope\n1704067200,0,direct\n')).notes).toEqual([]);
  });

  test('more than coal plants give: pounds are suspected, with the line', async () => {
    expect((await read(hourly([900, 1400]))).notes.join()).toMatch(/1400 g\/kWh \(line 3\).*lbs\/MWh/);
    expect((await read(hourly([900, 1300]))).notes).toEqual([]);
  });

  test.each([
    ['moer_lbs_per_mwh', /pounds.*0\.45359237/],
    ['value (lb/MWh)', /pounds/],
    ['kg_co2_per_kwh', /multiply by 1000/],
    ['t/MWh', /multiply by 1000/],
    ['kgCO2/MWh', /which is g\/kWh/],
  ])('a column %s is named with what to do', async (name, hint) => {
    await expect(read(`timestamp,${name}\n1704067200,400\n`)).rejects.toMatchObject({ code: 'file-bad', hint });
  });
});

describe('downloads of Electricity Maps', () => {
  const newer =
    'Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method\n';
  const older =
    'Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),Low Carbon Percentage,Renewable Percentage,Data Source,Data Estimated,Data Estimation Method\n';
  const rows = (yes: string, no: string) =>
    `2024-01-01 00:00:00,France,France,FR,35.5,56.5,92.78,40.96,x.fr,${no},\n2024-01-01 01:00:00,France,France,FR,36.5,58,92.56,40.1,x.fr,${yes},Y\n2024-01-01 02:00:00,France,France,FR,,,,,x.fr,${no},\n`;

  test.each([
    ['of now', newer, rows('true', 'false')],
    ['of old', older, rows('True', 'False')],
  ])('%s: UTC by the name of the column, lifecycle, estimates by theirs, empty is a hole', async (_, header, text) => {
    const { series, columns, notes } = await read(header + text);
    expect(series.map((part) => [part.zone, part.scope, part.quality, pieces(part)])).toEqual([
      ['FR', 'lifecycle', 'measured', [[0, 1, 56.5]]],
      ['FR', 'lifecycle', 'estimated', [[1, 2, 58]]],
    ]);
    expect(columns[0]).toMatch(/"Carbon intensity gCO₂eq\/kWh \((Life cycle|LCA)\)" is taken for gco2e_per_kwh/i);
    expect(columns[1]).toMatch(/not used: "Country", .*\(direct\)"/);
    expect(notes).toEqual(['grid.csv: 1 row has no value: nothing is taken for them']);
  });

  test('without its lifecycle column the direct one counts, as direct', async () => {
    const text = 'Datetime (UTC),Carbon intensity gCO₂eq/kWh (direct)\n2024-01-01 00:00:00,35.5\n';
    expect(await one(text)).toMatchObject({ scope: 'direct' });
  });
});

describe('intensity files as JSON', () => {
  const json = (value: unknown) => read(JSON.stringify(value), 'grid.json');
  const iso = (hour: number) => new Date(T + hour * H).toISOString();

  test('what joulebook grid --json prints', async () => {
    const { series } = await json({
      ...{ schema: 'joulebook/grid/v1', zone: 'GB', provider: 'neso', region: 'GB', kind: 'average', scope: 'direct' },
      ...{ source: 'https://carbonintensity.org.uk', licence: 'CC BY 4.0' },
      points: [
        { from_ms: T, to_ms: T + H / 2, g_per_kwh: 200, quality: 'measured' },
        { from_ms: T + H, to_ms: T + 2 * H, g_per_kwh: 300, quality: 'forecast' },
      ],
    });
    expect(series.map((part) => [part.quality, pieces(part)])).toEqual([
      ['measured', [[0, 0.5, 200]]],
      ['forecast', [[1, 2, 300]]],
    ]);
    expect(series[0]).toMatchObject({
      ...{ zone: 'GB', provider: 'neso', scope: 'direct', licence: 'CC BY 4.0' },
      source: 'grid.json (https://carbonintensity.org.uk)',
    });
  });

  test('means of joulebook’s own in it are left out: nobody told them', async () => {
    const at = (hour: number, quality: string) => ({
      ...{
        from_ms: T + hour * H,
        to_ms: T + (hour + 1) * H,
        g_per_kwh: 100,
        quality,
        provider: 'x',
        retrieved_at_ms: T,
      },
    });
    const about = { schema: 'joulebook/grid/v1', zone: 'GB', kind: 'average', scope: 'direct' };
    const { series, columns, notes } = await json({ ...about, points: [at(0, 'annual'), at(1, 'measured')] });
    expect(pieces(series[0]!)).toEqual([[1, 2, 100]]);
    expect([columns, notes]).toEqual([[], ['grid.json: 1 of 2 points are climatology or annual means, and left out']]);
    await expect(json({ ...about, points: [at(0, 'climatology')] })).rejects.toThrow(/no points/);
  });

  test('rows with the names of a CSV; null is a hole', async () => {
    const { series, notes } = await json([
      { timestamp: iso(0), gco2e_per_kwh: 10 },
      { timestamp: iso(1), gco2e_per_kwh: null },
      { timestamp: (T + 2 * H) / 1000, gco2e_per_kwh: 30 },
    ]);
    expect(pieces(series[0]!)).toEqual([
      [0, 1, 10],
      [2, 3, 30],
    ]);
    expect(notes.join()).toMatch(/1 row has no value/);
  });

  const row = (hour: number, carbonIntensity: number | null, more: object = {}) => ({
    ...{ zone: 'DE', carbonIntensity, datetime: iso(hour), updatedAt: iso(9), emissionFactorType: 'direct' },
    ...{ isEstimated: false, ...more },
  });
  test.each(['data', 'history'])('an answer of Electricity Maps with its series in %s', async (name) => {
    const { series } = await json({
      zone: 'DE',
      [name]: [row(0, 322), row(1, null), row(2, 300, { isEstimated: true })],
    });
    expect(series.map((part) => [part.zone, part.scope, part.quality, pieces(part)])).toEqual([
      ['DE', 'direct', 'measured', [[0, 1, 322]]],
      ['DE', 'direct', 'estimated', [[2, 3, 300]]],
    ]);
    expect(series[0]!.provider).toBe('electricity-maps');
  });

  test('a forecast of Electricity Maps, and what lies after the update, is a forecast', async () => {
    const forecast = [0, 1].map((hour) => ({ carbonIntensity: 326, datetime: iso(hour) }));
    expect((await json({ zone: 'DE', forecast, updatedAt: iso(5) })).series[0]).toMatchObject({ quality: 'forecast' });
    const data = [0, 1].map((hour) => row(hour, 326, { updatedAt: iso(0) }));
    expect((await json({ zone: 'DE', data })).series[0]).toMatchObject({ quality: 'forecast' });
  });

  test('an answer of WattTime: pounds become grams, what lies after it was made is a forecast', async () => {
    const meta = {
      ...{ region: 'CAISO_NORTH', signal_type: 'co2_moer', units: 'lbs_co2_per_mwh', data_point_period_seconds: 300 },
      generated_at: '2024-01-01T00:05:00+00:00',
    };
    const data = ['00:00', '00:05'].map((time) => ({ point_time: `2024-01-01T${time}:00+00:00`, value: 1000 }));
    const { series, notes } = await json({ data, meta });
    expect(series.map(({ kind, scope, quality, g_per_kwh }) => [kind, scope, quality, g_per_kwh[0]])).toEqual([
      ['marginal', 'direct', 'measured', 453.59237],
      ['marginal', 'direct', 'forecast', 453.59237],
    ]);
    expect(notes.join()).toMatch(/CAISO_NORTH/);
    await expect(json({ data, meta: { ...meta, units: 'percentile' } })).rejects.toThrow(/grid\.json.*percentile/);
  });

  const half = (hour: number, forecast: number, actual?: number) => ({
    ...{ from: iso(hour), to: iso(hour + 0.5), intensity: { forecast, actual, index: 'low' } },
  });
  test('an answer of NESO, of Britain or of a region', async () => {
    const britain = await json({ data: [half(0, 260, 255), half(0.5, 270)] });
    expect(britain.series.map((part) => [part.zone, part.quality, pieces(part)])).toEqual([
      ['GB', 'measured', [[0, 0.5, 255]]],
      ['GB', 'forecast', [[0.5, 1, 270]]],
    ]);
    const region = { regionid: 13, shortname: 'London', data: [half(0, 100)] };
    for (const data of [region, [region]])
      expect((await json({ data })).series[0]).toMatchObject({ zone: 'GB-REGION-13', quality: 'forecast' });
  });

  test.each<[unknown, RegExp]>([
    [[], /no column/],
    [[1], /row 1.*no row of names/],
    [[{ timestamp: iso(0), gco2e_per_kwh: 'many' }], /row 1.*not an intensity/],
    [[{ timestamp: iso(0), gco2e_per_kwh: true }], /row 1.*not an intensity/],
    [[{ location: 'westus', time: iso(0), rating: 100, duration: '01:00:00' }], /does not say of what kind/],
    [{ schema: 'joulebook/grid/v1', points: [] }, /no points/],
    [{ schema: 'joulebook/report/v1' }, /of schema "joulebook\/report\/v1"/],
    [{ zone: 'DE', data: [{ carbonIntensity: 'x', datetime: iso(0) }] }, /data\.0\.carbonIntensity/],
    [{ error: 'Invalid auth-token' }, /no answer that is known here \(found: error\)/],
  ])('%j is refused with what is wrong', async (value, words) => {
    await expect(json(value)).rejects.toMatchObject({ code: 'file-bad', message: words });
  });

  test('JSON that ends too soon is refused', async () => {
    await expect(read('{"zone":"DE","data":[', 'grid.json')).rejects.toMatchObject({
      code: 'file-bad',
      message: /no JSON/,
    });
  });
});
