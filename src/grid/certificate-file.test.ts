// Files of certificates: their periods, units and defaults, and what is said of a row that cannot be used.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { readCertificateFile } from './certificate-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => {
  const file = join(folder, 'certificates.csv');
  writeFileSync(file, text);
  return readCertificateFile(file);
};
const periods = async (text: string) =>
  (await read(text)).rows.map((row) => [
    ...[row.from_ms, row.to_ms].map((ms) => new Date(ms).toISOString().slice(5, 16)),
    ...[row.kwh, row.g_per_kwh],
  ]);
const refused = async (text: string) => {
  const error = await read(text).then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof Fault)) throw new Error(`not refused: ${error}`);
  return `${error.message.replace(/^.*certificates\.csv/, '')} | ${error.hint}`;
};

test('rows of the day are an hour each, and the last before the night is no longer than an hour', async () => {
  const text = 'timestamp,kwh\n2024-06-01T10:00Z,5\n2024-06-01T11:00Z,6\n2024-06-02T08:00Z,7\n2024-06-02T09:00Z,8\n';
  expect(await periods(text)).toEqual([
    ['06-01T10:00', '06-01T11:00', 5, 0],
    ['06-01T11:00', '06-01T12:00', 6, 0],
    ['06-02T08:00', '06-02T09:00', 7, 0],
    ['06-02T09:00', '06-02T10:00', 8, 0],
  ]);
});

test('ends, intensities, MWh, times with offsets; several of one hour, in any order', async () => {
  const text = [
    'From,To,MWh,g_per_kwh,certificate,site',
    '2024-06-01T12:00+02:00,2024-06-01T13:00+02:00,0.02,12,b,east',
    '2024-01-01T00:00Z,2025-01-01T00:00Z,8,,a,west',
    '2024-06-01T10:00Z,2024-06-01T11:00Z,0.005,0,c,east',
  ].join('\n');
  expect(await periods(text)).toEqual([
    ['01-01T00:00', '01-01T00:00', 8000, 0],
    ['06-01T10:00', '06-01T11:00', 20, 12],
    ['06-01T10:00', '06-01T11:00', 5, 0],
  ]);
  expect((await read(text)).notes).toEqual([
    'certificates.csv: 3 certificates of 8025 kWh',
    'certificates.csv: not used: "site"',
  ]);
});

test('months are as long as they are', async () => {
  const months = ['01', '02', '03', '04', '05'].map((month) => `2024-${month}-01T00:00Z,1`).join('\n');
  expect((await periods(`timestamp,kwh\n${months}`)).map(([, to]) => to)).toEqual([
    '02-01T00:00',
    '03-01T00:00',
    '04-01T00:00',
    '05-01T00:00',
    '06-01T00:00',
  ]);
});

test('without an intensity they are of 0 g/kWh, and that is said', async () => {
  const { notes } = await read('timestamp,kwh\n2024-06-01T10:00Z,5\n2024-06-01T11:00Z,6\n');
  expect(notes[1]).toBe('certificates.csv: there is no column "g_per_kwh": they are taken for electricity of 0 g/kWh');
});

test('what cannot be used is said with its line, and what would be right', async () => {
  const rows = (...lines: string[]) => refused(`timestamp,to,kwh,g_per_kwh,certificate\n${lines.join('\n')}\n`);
  const good = '2024-06-01T10:00Z,2024-06-01T11:00Z,5,0,a';
  expect(await rows(good, '2024-06-01 11:00,,5,0,b')).toMatch(
    /^ line 3: "2024-06-01 11:00" is not a time with its zone/,
  );
  expect(await rows(good, '2024-06-01T11:00Z,2024-06-01T11:00Z,5,0,b')).toMatch(/^ line 3: it ends before it begins/);
  expect(await rows(good, '2024-06-01T11:00Z,2024-06-01T12:00Z,-1,0,b')).toBe(
    ' line 3: "-1" is not an amount of energy | kWh, 0 or more',
  );
  expect(await rows(good, '2024-06-01T11:00Z,2024-06-01T12:00Z,,0,b')).toMatch(/^ line 3: "" is not an amount/);
  expect(await rows('2024-06-01T11:00Z,2024-06-01T12:00Z,1,4000,b')).toMatch(/^ line 2: "4000" is not an intensity/);
  expect(await rows(good, good)).toBe(' line 3: certificate "a" is in line 2 already | each certificate once');
  expect(await refused('timestamp,kwh\n2024-06-01T10:00Z,5\n')).toBe(
    ': how long the period of a certificate is cannot be told | give its end in a column "to"',
  );
  expect(await refused('timestamp,gwh\n2024-06-01T10:00Z,5\n')).toMatch(
    /^: there is no column "kwh" \(found: timestamp, gwh\)/,
  );
  expect(await refused('timestamp,kwh\n')).toMatch(/^: it has no rows/);
});
