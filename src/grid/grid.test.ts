import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTimestamp } from '../core/timestamp.ts';
import { annualIntensity } from './annual.ts';
import { readIntensityFile } from './file.ts';
import { gridStepMs, intensityAt } from './series.ts';

const H = 3_600_000;
const T = Date.UTC(2024, 0, 1);

describe('times', () => {
  test.each([
    ['2024-01-01T00:00Z', T],
    ['2024-01-01T00:00:00.000Z', T],
    ['2024-01-01 01:00:00+01:00', T],
    ['2024-01-01T05:30+0530', T],
    ['1704067200', T],
    ['1704067200000', T],
    ['1704067200.5', T + 500],
    ['2024-01-01T00:00', null],
    ['2024-01-01', null],
    ['yesterday', null],
    ['', null],
    ['-5', null],
  ])('%s', (text, wanted) => {
    expect(parseTimestamp(text)).toBe(wanted);
  });
});

describe('annual tables', () => {
  // Ember 2025 by Our World in Data; US EPA eGRID2023 summary tables.
  test.each([
    ['FR', 41.44, 'lifecycle'],
    ['us-cal-ciso', 195.04, 'direct'],
    ['US', 384.4, 'lifecycle'],
  ])('%s', (zone, g, scope) => {
    const series = annualIntensity(zone);
    expect([intensityAt(series, T), series.scope, series.quality]).toEqual([g, scope, 'annual']);
    expect(gridStepMs(series)).toBeNull();
  });

  test.each([
    ['Germany', /DE/],
    ['DX', /did you mean/],
    ['US-XYZ', /US-/],
  ])('unknown zone %s names near ones', (zone, hint) => {
    try {
      annualIntensity(zone);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'zone-unknown', hint: expect.stringMatching(hint) });
    }
  });
});

describe('intensity files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jb-grid-'));
  const read = (text: string) => {
    const file = join(folder, 'grid.csv');
    writeFileSync(file, text);
    return readIntensityFile(file);
  };

  test('each row holds until the next, the last for the usual spacing, nothing beyond', async () => {
    const series = await read(
      'timestamp,gco2e_per_kwh\n2024-01-01T01:00Z,300\n2024-01-01T00:00Z,100\n2024-01-01T02:00Z,500\n',
    );
    expect([-1, 0, H - 1, H, 2 * H, 3 * H - 1, 3 * H].map((off) => intensityAt(series, T + off))).toEqual([
      null,
      100,
      100,
      300,
      500,
      500,
      null,
    ]);
    expect(gridStepMs(series)).toBe(H);
    expect(series).toMatchObject({ kind: 'average', scope: 'lifecycle', quality: 'measured', source: 'grid.csv' });
  });

  test('BOM, CRLF, other columns, kind, scope and zone are understood', async () => {
    const series = await read(
      '\ufefftimestamp,gco2_per_kwh,kind,scope,zone,x\r\n2024-01-01T00:00Z,7,marginal,direct,GB,1\r\n2024-01-01T00:30Z,8,marginal,direct,GB,2\r\n',
    );
    expect(series).toMatchObject({ kind: 'marginal', scope: 'direct', zone: 'GB' });
    expect(gridStepMs(series)).toBe(H / 2);
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
    ['timestamp,gco2e_per_kwh\n1704067200,5\n1704067200,6\n', /line 3.*again with another value/],
    ['timestamp,gco2e_per_kwh,kind\n1704067200,5,average\n1704070800,6,marginal\n', /average and marginal are mixed/],
    ['timestamp,gco2e_per_kwh,scope\n1704067200,5,total\n', /"total" is not a scope/],
    ['timestamp,gco2e_per_kwh,zone\n1704067200,5,DE\n1704070800,6,FR\n', /several zones/],
  ])('%j is refused with what is wrong', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
