import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../test/helpers/cli.ts';
import { endAt, gpu, runRecord, writerOf } from '../../../test/helpers/ledger.ts';
import { createRun } from '../../ledger/writer.ts';
import { createGoing } from './going.ts';

function began(ledger: string, id: string, created_at_ms: number, more = {}, writer = 'w') {
  createRun(ledger, runRecord(id, { created_at_ms }));
  return writerOf(ledger, id, writer, [gpu(0)], { started_at_ms: created_at_ms, ...more });
}

test('runs that go on, the newest first; a number tells that one came, ended, was gone on with or taken away', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const [one, two] = [began(ledger, 'one', 1), began(ledger, 'two', 2)];
  await began(ledger, 'over', 3).end(endAt(4));
  const going = createGoing(ledger);
  const numbers: number[] = [];
  const at = async (now_ms: number) => {
    const { runs, list } = await going.at(now_ms);
    numbers.push(list);
    return runs.map(({ record }) => record.id);
  };
  expect(await at(0)).toEqual(['two', 'one']);
  expect(await at(1000)).toEqual(['two', 'one']);
  expect(numbers[1]).toBe(numbers[0]);
  await two.end(endAt(5));
  expect(await at(2000)).toEqual(['one']);
  began(ledger, 'three', 6);
  expect(await at(3000)).toEqual(['three', 'one']);
  // Another writer of one that had ended is seen when its folder is looked at again.
  writerOf(ledger, 'over', 'again', [gpu(0)]);
  expect(await at(10_000)).toEqual(['three', 'over', 'one']);
  await one.end(endAt(7));
  rmSync(join(ledger, 'runs', 'one'), { recursive: true });
  expect(await at(11_000)).toEqual(['three', 'over']);
  expect(new Set(numbers.slice(1)).size).toBe(numbers.length - 1);
});

test('one whose process is gone does not go on, and neither does a folder that holds nothing', async () => {
  const ledger = join(tempFolder(), 'ledger');
  began(ledger, 'killed', 1, { pid_start: '1' });
  expect(await createGoing(ledger).at(0)).toMatchObject({ runs: [] });
  expect(await createGoing(join(ledger, 'none')).at(0)).toEqual({ runs: [], list: 0, in_ledger: 0 });
});
