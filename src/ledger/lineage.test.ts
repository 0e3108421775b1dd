import { expect, test } from 'vitest';
import { ancestorsOf } from './lineage.ts';
import type { RunEntry } from './runs.ts';

const ledger = (parents: Readonly<Record<string, string | null>>) =>
  Object.entries(parents).map(([id, parent]) => ({
    record: { id, ...(parent === null ? {} : { parent }) },
  })) as unknown as RunEntry[];

test.each([
  ['none', { a: null }, 'a', []],
  ['the nearest first', { a: null, b: 'a', c: 'b' }, 'c', ['b', 'a']],
  ['one that is not there any more ends them', { b: 'gone', c: 'b' }, 'c', ['b']],
  ['a circle ends too', { a: 'c', b: 'a', c: 'b' }, 'c', ['b', 'a']],
  ['itself', { a: 'a' }, 'a', []],
])('ancestors: %s', (_, parents, id, ids) => {
  const all = ledger(parents);
  const { record } = all.find((one) => one.record.id === id)!;
  expect(ancestorsOf(record, all).map((one) => one.id)).toEqual(ids);
});
