import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../test/helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from '../../../test/helpers/ledger.ts';
import { runOf } from '../../ledger/runs.ts';
import { createRun } from '../../ledger/writer.ts';
import { createShownRuns } from './shown.ts';

const NOW_S = 1_700_000_000;

test('those that go on, the newest first; one that ended stays some minutes with its end; one taken away is gone', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const begin = (id: string, s: number) => {
    createRun(ledger, runRecord(id, { created_at_ms: s * 1000 }));
    const writer = writerOf(ledger, id, 'w', [gpu(0)], { started_at_ms: s * 1000 });
    writer.append('energy', second('gpu-0', s, 300));
    writer.flush();
    return writer;
  };
  const [, young] = [begin('old', NOW_S), begin('young', NOW_S + 5)];
  const entries = () => ['old', 'young'].map((id) => runOf(ledger, id)!);
  const shown = createShownRuns(ledger);
  const states = async (runs: ReturnType<typeof entries>, s: number) =>
    (await shown.look(runs, (NOW_S + s) * 1000)).runs.map(({ run, it_j }) => [run.id, run.state, it_j]);
  expect(await states(entries(), 10)).toEqual([
    ['young', 'running', 300],
    ['old', 'running', 300],
  ]);
  await young.end(endAt((NOW_S + 11) * 1000));
  expect(await states(entries().slice(0, 1), 12)).toEqual([
    ['old', 'running', 300],
    ['young', 'finished', 300],
  ]);
  expect(
    shown
      .courses('old')
      .find(({ of }) => of === 'energy')
      ?.spent.at(-1),
  ).toBe(300);
  expect(await states(entries().slice(0, 1), 612)).toHaveLength(2);
  expect(await states(entries().slice(0, 1), 613)).toEqual([['old', 'running', 300]]);

  expect(shown.courses('young')).toEqual([]);
});

test('one that goes on and is left out, as more go on than are told, is not shown as it was', async () => {
  const ledger = join(tempFolder(), 'ledger');
  createRun(ledger, runRecord('a', { created_at_ms: 0 }));
  writerOf(ledger, 'a', 'w', [gpu(0)]);
  const shown = createShownRuns(ledger);
  expect((await shown.look([runOf(ledger, 'a')!], 1000)).runs).toHaveLength(1);
  await shown.look([], 2000);
  expect(await shown.look([], 3000)).toEqual({ runs: [], reading: 0 });
});
