// Decisions and ends of segments as rows of a data set: numbers and words, by hand.

import { expect, test } from 'vitest';
import { pseudonyms } from '../exchange/dataset/anonymous.ts';
import { wrongWith } from '../exchange/dataset/tables.ts';
import type { DecisionJson } from '../report/decisions.ts';
import { endOfRow } from './dataset-records.ts';
import { type Anonymity, decisionRows, segmentRows, type Told } from './dataset-rows.ts';

const T0 = 1_700_000_000_000;
const how: Anonymity = {
  ...{ names: pseudonyms(new Uint8Array(32)), include: new Set(), relative: true, there: new Set(['r']) },
};
const record = {
  ...{ schema: 'joulebook/writer/v1', writer: 'secret-w', host: 'h', boot_id: 'b', pid_namespace: null, pid: 1 },
  ...{ pid_start: null, started_at_ms: T0, command: ['x'], sampling_s: 0.1, imported: false, devices: [], absent: [] },
};
const ended = (by_budget?: 'stopped' | 'paused' | 'moved') => ({
  ...{ schema: 'joulebook/end/v1', ended_at_ms: T0 + 9000, exit_code: null, signal: 'SIGTERM' },
  ...{ work: { lines_dropped: 0, format: null }, ...(by_budget && { by_budget }) },
});
const told = (decisions: readonly DecisionJson[], ...writers: unknown[]) =>
  ({
    entry: { record: { id: 'r' }, writers },
    report: { run: { id: 'r', started_at_ms: T0 }, decisions },
    events: [],
  }) as unknown as Told;

const pause: DecisionJson = {
  ...{ at_ms: T0 + 5000, writer: 'secret-w', decision: 7, act: 'pause', by: ['secret-lab', 'run'] },
  ...{ because: 'secret', why: 'secret' },
  budgets: [
    {
      ...{ budget: 'secret-lab', limit: '2kgCO2e', measure: 'emissions', limit_value: 2000, standing: 'over' },
      ...{ share: 1.05, overrun: 0.9, spent: { value: 2100, low: 1900, high: 2300 }, end: null, crosses_ms: null },
      ...{ renews_ms: null, unknown: 'secret' },
    },
  ],
  grid: { zone: 'DE', provider: 'secret', quality: 'measured', g_per_kwh: 412, forecast: null },
  left: { energy: { value: 9000, low: 1, high: 2 }, emissions: null },
  outcome: { at_ms: T0 + 5100, done: true, how: 'secret', took_ms: 100 },
  stood: { from_ms: T0 + 5100, to_ms: null },
  saved: {
    ...{ emissions_g: { value: 160, low: 130, high: 190 }, energy_j: { value: null, why: 'secret' } },
    ...{ estimate: false, how: 'secret' },
  },
};

test('a decision is told in numbers, by times since the start, and nobody is named', () => {
  const [row, resume] = decisionRows(
    told([pause, { ...pause, act: 'resume', by: [], writer: null, stood: null, saved: null, outcome: null }], {
      record,
    }),
    how,
  );
  expect(row).toEqual({
    ...{ run: how.names.run('r'), segment: 1, at_ms: 5000, act: 'pause', measure: 'emissions', limit: 2000 },
    ...{ spent: 2100, overrun: 0.9, g_per_kwh: 412, left_j: 9000, left_g: null, done: true },
    ...{ stood_from_ms: 5100, stood_to_ms: null, saved_g: 160, saved_g_low: 130, saved_g_high: 190, saved_j: null },
    estimate: false,
  });
  expect(resume).toMatchObject({ segment: null, act: 'resume', measure: null, limit: null, done: null, saved_g: null });
  for (const one of [row!, resume!]) expect(wrongWith('decisions', one)).toBeNull();
  expect(JSON.stringify([row, resume])).not.toContain('secret');
});

test('a segment that a budget ended, to go on later or elsewhere, is no failure where it is imported', () => {
  const rows = segmentRows(
    told([], ...([undefined, 'stopped', 'paused', 'moved'] as const).map((by) => ({ record, end: ended(by) }))),
    how,
  ).segments;
  expect(rows.map(({ by_budget }) => by_budget)).toEqual([null, 'stopped', 'paused', 'moved']);
  expect(rows.map((row) => endOfRow(row)?.by_budget)).toEqual([undefined, 'stopped', 'paused', 'moved']);
  for (const row of rows) expect(wrongWith('segments', row)).toBeNull();
});
