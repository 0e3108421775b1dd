import { expect, test } from 'vitest';
import { runFile, writerFile, wrongLine } from './ingest-files.ts';

const row = (device = 'gpu-0') =>
  `{"device":"${device}","from_ms":0,"to_ms":1000,"energy_j":1,"source":"counter","quality":"measured"}`;

test('the first line that is no whole row is told', () => {
  const wrong = (...lines: string[]) => wrongLine('energy', lines.join('\n'));
  expect(wrong('')).toBe(null);
  expect(wrong(row(), row('gpu-1'), '')).toBe(null);
  expect(wrong(row(), row())).toBe(2); // its end is not here
  expect(wrong(row(), '{"device":1}', '')).toBe(2);
  expect(wrong(row(), '', row(), '')).toBe(2);
  expect(wrong(`${row()},${row()}`, '')).toBe(1);
  expect(wrong(`${row()}${row()}`, '')).toBe(1);
  // A row over two lines, and two rows on one: as many rows as lines.
  const [begin, end] = [row().slice(0, 20), row().slice(20)];
  expect(wrong(`${row()},${row()}`, begin, end, '')).toBe(1);
  expect(wrong(`{"device":"a","from_ms":0,"to_ms":1,"x":[{}`, '{}]}', '')).toBe(1);
  expect(wrong(row('}\\n{'), '')).toBe(null);
});

test('only files of a ledger have a place', () => {
  for (const name of ['run.json', 'amend.000001.json', 'move.000002.stopped.json'])
    expect(runFile(name, 'r')).not.toBe(null);
  for (const name of ['energy.000001.open', 'steps.000012.parquet', 'end.json'])
    expect(writerFile(name, 'w')).not.toBe(null);
  for (const name of [
    'ledger.json',
    '../run.json',
    'run.json\n',
    'energy.1.open',
    'energy.000001.open.part',
    '__proto__',
  ])
    expect([runFile(name, 'r'), writerFile(name, 'w')]).toEqual([null, null]);
});
