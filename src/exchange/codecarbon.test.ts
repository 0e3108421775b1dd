// Rows as CodeCarbon 3.3.0's own FileOutput wrote them (its EmissionsData with None for what is not known); the short
// ones are what its append made of them (issue #1304). Expected joules: kWh × 3.6e6 ÷ PUE, by hand.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { zoneTime } from '../core/zone-time.ts';
import { readCodeCarbon } from './codecarbon.ts';
import { COLUMNS } from './codecarbon-row.ts';
import type { ForeignRun } from './found.ts';

const HEADER = COLUMNS.join(',');
const WHOLE =
  '2024-05-01T13:00:00,llm,r1,e1,3600.0,0.5,0.00013888,50,700,10,0.06,0.9,0.012,0.972,0,Germany,DEU,,,,Linux-6,3.11.7,3.3.0,64,AMD EPYC 7763,2,2 x NVIDIA A100,8.6,50.1,503.5,machine,0.0,0.0,0.0,0.0,N,1.2,0';
const SHORT_35 =
  '2024-05-01T15:00:00,llm,r2,e1,3600.0,0.5,0.00013888,50,700,10,0.06,0.9,0.012,0.972,0,Germany,DEU,,,Linux-6,3.11.7,3.3.0,64,AMD EPYC 7763,2,2 x NVIDIA A100,503.5,machine,0.0,0.0,0.0,0.0,N,1.2,0';
const SHORT_33 =
  '2024-05-02T15:00:00,llm,r3,e1,3600.0,0.5,0.00013888,50,0,10,0.06,0.0,0.012,0.072,0,Germany,DEU,,,Linux-6,3.11.7,3.3.0,64,AMD EPYC 7763,503.5,machine,0.0,0.0,0.0,0.0,N,1,0';

const folder = mkdtempSync(join(tmpdir(), 'jb-cc-'));
const read = (text: string, tz = 'UTC') => {
  const file = join(folder, 'emissions.csv');
  writeFileSync(file, text);
  return readCodeCarbon(file, zoneTime(tz));
};
const joules = ({ devices }: ForeignRun) =>
  Object.fromEntries(
    devices.map(({ device, told }) => [device, told.by === 'stretches' ? told.stretches[0]!.energy_j : told.by]),
  );

test('energies without their PUE, the window from its end and length, the zone from the country', async () => {
  const { runs, rejected } = await read(`${HEADER}\n${WHOLE}\n`, 'Europe/Berlin');
  expect(rejected.size).toBe(0);
  const [run] = runs;
  expect(joules(run!)).toEqual({
    'gpu-0': expect.closeTo(2_700_000, 6),
    'cpu-package-0': expect.closeTo(180_000, 6),
    'dram-0': expect.closeTo(36_000, 6),
  });
  expect(run).toMatchObject({
    ...{ name: 'llm', pue: 1.2, places: ['DE'], from_ms: Date.UTC(2024, 4, 1, 10), to_ms: Date.UTC(2024, 4, 1, 11) },
    tags: { 'codecarbon.run_id': 'r1', 'codecarbon.emissions': '0.5', 'codecarbon.gpu_model': '2 x NVIDIA A100' },
  });
});

test('rows that lost columns are put back (#1304); what could be two columns is left out', async () => {
  const { runs, notes } = await read([HEADER, WHOLE, SHORT_35, SHORT_33, ''].join('\n'));
  expect(notes).toContain('2 rows had lost columns and were put back by position');
  expect(joules(runs[1]!)).toEqual(joules(runs[0]!));
  expect(runs[1]!.tags).toMatchObject({ 'codecarbon.ram_total_size': '503.5', 'codecarbon.tracking_mode': 'machine' });
  expect(joules(runs[2]!)).toEqual({
    'cpu-package-0': expect.closeTo(216_000, 6),
    'dram-0': expect.closeTo(43_200, 6),
  });
  expect(runs[2]!.pue).toBeNull();
});

test('a short row that could be read in two ways is refused with the reason', async () => {
  const torn = WHOLE.split(',').slice(0, 20).join(',');
  const { rejected, runs } = await read([HEADER, torn, WHOLE, ''].join('\n'));
  expect([...rejected]).toEqual([
    ['20 fields under a header of 38 columns, and no single way to put them back', { count: 1, first: 2 }],
  ]);
  expect(runs).toHaveLength(1);
});

test('1.x: only the sum is told', async () => {
  const { runs } = await read(
    'timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,region,on_cloud,cloud_provider,cloud_region\n' +
      '2021-05-12T16:25:42,x,codecarbon,10.5,0.01,0.002,France,FRA,idf,Y,gcp,europe-west9\n',
  );
  expect(joules(runs[0]!)).toEqual({ 'all-0': expect.closeTo(7200, 9) });
  expect(runs[0]!.places).toEqual(['gcp:europe-west9', 'FR']);
});

test('0 J of a GPU that is there is not known (#1316)', async () => {
  const { runs, notes } = await read(`${HEADER}\n${WHOLE.replace(',0.9,0.012,0.972', ',0.0,0.012,0.072')}\n`);
  expect(joules(runs[0]!)).toMatchObject({ 'gpu-0': 'nothing' });
  expect(notes).toContain('1 run has GPUs without energy: it is unknown, not 0');
});

test('of several rows of one run the last counts; another start is another run', async () => {
  const row = (run: string, at: string, duration: number, kwh: number) => `${at},p,${run},${duration},${kwh}`;
  const { runs, notes } = await read(
    [
      'timestamp,project_name,run_id,duration,energy_consumed',
      row('a', '2024-05-01T10:00:10', 10, 0.001),
      row('b', '2024-05-01T10:00:15', 10, 0.004),
      row('a', '2024-05-01T10:00:20', 20, 0.002),
      row('a', '2024-05-02T10:00:20', 30, 0.003),
      '',
    ].join('\n'),
  );
  expect(runs.map((run) => joules(run)['all-0'])).toEqual([7200, 14_400, 10_800].map((j) => expect.closeTo(j, 6)));
  expect(notes).toContain('1 row told an earlier state of a run: the last one counts');
});

test.each([
  ['', /it is empty/],
  [`${HEADER}\n`, /it has no rows/],
  ['step,loss\n1,2\n', /no column "timestamp" \(found: step, loss\)/],
  ['timestamp;duration;energy_consumed\n', /no column "timestamp"/],
  [`${HEADER}\n${WHOLE.replace(',3600.0,', ',0,')}\n`, /1 × no duration above 0/],
  ['PAR1\0\0\0\u0015', /not a text/],
])('%j is refused', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});
