// Names in a ledger that somebody else wrote: they lead nowhere else, and mean nothing to a query.

import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gpu, runRecord, second, writerOf } from '../../test/helpers/ledger.ts';
import { openEngine, quoted } from './engine.ts';
import { keptFile } from './kept.ts';
import { readRuns, runOf } from './runs.ts';
import { createRun } from './writer.ts';

const newLedger = () => join(mkdtempSync(join(tmpdir(), 'joulebook-')), 'ledger');

test('a kept file is named by its hash, and a path is none', () => {
  const ledger = newLedger();
  createRun(ledger, runRecord('a'));
  writeFileSync(join(ledger, '..', 'secret.json'), '{}');
  for (const hash of ['../../../secret', '/etc/passwd', '', '..', 'a/b', 'a\0'])
    expect(() => keptFile(ledger, hash, () => true)).toThrow(expect.objectContaining({ code: 'file-bad' }));
});

test('a run whose folder is no id, or is not its own, is damaged and not read', () => {
  const ledger = newLedger();
  createRun(ledger, runRecord('good'));
  for (const name of ["it's", 'a b', '*', '-x']) {
    mkdirSync(join(ledger, 'runs', name));
    writeFileSync(join(ledger, 'runs', name, 'run.json'), JSON.stringify(runRecord(name)));
  }
  mkdirSync(join(ledger, 'runs', 'other'));
  writeFileSync(join(ledger, 'runs', 'other', 'run.json'), JSON.stringify(runRecord('../../elsewhere')));
  const { runs, damaged } = readRuns(ledger);
  expect(runs.map(({ record }) => record.id)).toEqual(['good']);
  expect(damaged).toHaveLength(5);
  expect(runOf(ledger, 'other')).toBeNull();
});

test('energy in a folder that is no name of a writer is told to be lost, not read', () => {
  const ledger = newLedger();
  createRun(ledger, runRecord('a'));
  const writer = writerOf(ledger, 'a', 'w', [gpu(0)]);
  writer.append('energy', second('gpu-0', 0, 5));
  writer.flush();
  renameSync(writer.folder, join(writer.folder, '..', "w-'; --[*?]\\"));
  const entry = readRuns(ledger).runs[0]!;
  expect(entry.writers).toEqual([]);
  expect(entry.lost).toEqual(["w-'; --[*?]\\ is no name of a writer"]);
});

test('a text in a query is that text, with quotes and a NUL too', async () => {
  const engine = await openEngine();
  try {
    for (const text of ["it's", "'; DROP TABLE x; --", "a\\'b", '"', '$$', '{}', '%_'])
      expect((await engine.columns(`SELECT ${quoted(text)} AS told`)).told).toEqual([text]);
    expect((await engine.columns(`SELECT ${quoted('a\0b')} AS told, 1 AS more`)).told).toEqual(['a\ufffdb']);
  } finally {
    engine.close();
  }
});
