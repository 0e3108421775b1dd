// What is kept, over a ledger written by this process: never anything older than what the ledger tells.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../test/helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from '../../../test/helpers/ledger.ts';
import { addAmendment } from '../../ledger/amendments.ts';
import { createRun } from '../../ledger/writer.ts';
import { documentsKept } from './kept.ts';
import { type Documents, documentsHere } from './makers.ts';

/** 100 W for ten seconds: 1000 J. */
async function recorded(ledger: string, id: string, ended = true) {
  createRun(ledger, runRecord(id, {}));
  const writer = writerOf(ledger, id, 'w', [gpu(0, `GPU-${id}`)], { started_at_ms: 0 });
  for (let s = 0; s < 10; s++) writer.append('energy', second('gpu-0', s, 100));
  if (ended) await writer.end(endAt(10_000));
  return writer;
}

function counted(ledger: string) {
  const inner = documentsHere(ledger);
  const asked: string[] = [];
  const documents: Documents = documentsKept(ledger, {
    make(name, one) {
      asked.push(`${name} ${JSON.stringify(one)}`);
      return inner.make(name, one);
    },
    close: inner.close,
  });
  return { documents, asked };
}

test('of a run that has ended it is made once, until something of it changes', async () => {
  const ledger = join(tempFolder(), 'ledger');
  await recorded(ledger, 'one');
  const { documents, asked } = counted(ledger);
  const first = await documents.make('report', { run: 'one' });
  expect(first.energy.it_j).toMatchObject({ value: 1000 });
  expect(await documents.make('report', { run: 'one' })).toBe(first);
  await documents.make('report', { run: 'one', by: 'hour' });
  expect(asked).toEqual(['report {"run":"one"}', 'report {"run":"one","by":"hour"}']);
  addAmendment(ledger, 'one', { at_ms: 9000, user: null, why: null, what: { tags: { late: 'yes' } } });
  expect((await documents.make('report', { run: 'one' })).run.tags).toEqual({ late: 'yes' });
  expect(asked).toHaveLength(3);
});

test('of a run that goes on, one asked for by name, and several together it is made anew', async () => {
  const ledger = join(tempFolder(), 'ledger');
  await recorded(ledger, 'one');
  const writer = await recorded(ledger, 'two', false);
  const { documents, asked } = counted(ledger);
  for (let i = 0; i < 2; i++) {
    await documents.make('report', { run: 'two' });
    await documents.make('report', { run: 'last' });
    await documents.make('total', {});
  }
  expect(asked).toHaveLength(6);
  await writer.end(endAt(10_000));
});
