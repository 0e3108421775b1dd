import { describe, expect, test } from 'vitest';
import { runRow } from '../../../test/helpers/runs-page.ts';
import { columnsOf } from './columns.ts';
import { pageOf } from './listing.ts';

const rows = Array.from({ length: 23 }, (_, i) => runRow(i));
const ids = (asked: Parameters<typeof pageOf>[1]) => pageOf(rows, asked).runs.map(({ id }) => id);

describe('pages', () => {
  test('follow each other without a run twice or left out, whatever is sorted by', () => {
    for (const sort of ['started_at_ms', 'it_j', 'state', 'branch', 'tokens'] as const)
      for (const order of ['asc', 'desc'] as const) {
        const all: string[] = [];
        for (let after: string | null | undefined; after !== null; ) {
          const page = pageOf(rows, { sort, order, limit: 5, ...(after && { after }) });
          all.push(...page.runs.map(({ id }) => id));
          after = page.next;
        }
        expect([sort, order, all]).toEqual([sort, order, ids({ sort, order })]);
        expect(new Set(all).size).toBe(23);
      }
  });

  test('stay where they are while runs come', () => {
    const first = pageOf(rows, { limit: 5 });
    const come = runRow(99, { id: 'new', started_at_ms: rows[0]!.started_at_ms + 1 });
    const next = pageOf([come, ...rows], { limit: 5, after: first.next! });
    expect(next.runs.map(({ id }) => id)).toEqual(['run-5', 'run-6', 'run-7', 'run-8', 'run-9']);
  });

  test('unknown is last in either order', () => {
    const lost = ['run-4', 'run-9', 'run-14', 'run-19'];
    expect(ids({ sort: 'it_j', order: 'asc' }).slice(-4).sort()).toEqual(lost.sort());
    expect(ids({ sort: 'it_j', order: 'desc' }).slice(-4).sort()).toEqual(lost);
    expect(ids({ sort: 'it_j', order: 'desc' })[0]).toBe('run-22');
  });

  test.each([
    'nonsense',
    Buffer.from('["it_j asc",1,"run-1"]').toString('base64url'),
    Buffer.from('["started_at_ms desc",{},"run-1"]').toString('base64url'),
  ])('%s is no cursor of this sorting', (after) => {
    expect(() => pageOf(rows, { after })).toThrow(/not where a page of this sorting ended/);
  });
});

test('the filter: one of the values of each name, every word, a time', () => {
  expect(ids({ tag: ['seed=3', 'seed=4'] })).toEqual(['run-3', 'run-4']);
  expect(ids({ project: ['atlas'] })).toEqual(['run-0', 'run-10', 'run-20']);
  expect(ids({ project: ['atlas'], state: ['finished'] })).toEqual(['run-0', 'run-20']);
  expect(ids({ branch: ['wider'], model: ['llama-8b'], q: 'BOREA seed=9' })).toEqual(['run-9']);
  const at = rows[7]!.started_at_ms;
  expect(ids({ since_ms: at, until_ms: at + 120_000 })).toEqual(['run-6', 'run-7']);
  expect(() => ids({ tag: ['seed'] })).toThrow(/names no tag and value/);
});

test('columns hold what rows do, a bound never beyond its value', () => {
  const exact = { value: 1.23456789, low: 1.23456789, high: 1.23456789 };
  const { columns, reasons, runs } = columnsOf([
    runRow(3, { it_j: exact, cost: { value: 123456.7, low: 123450.1, high: 123461.9 } }),
    runRow(4),
  ]);
  expect(runs).toBe(2);
  const { why, ...figures } = columns.it_j;
  expect(figures).toEqual({ value: [1.23457, null], low: [1.23457, null], high: [1.23457, null] });
  expect(why!.map((one) => (one === null ? null : reasons[one]))).toEqual([null, 'no reading']);
  expect([...reasons].sort()).toEqual(['no reading', 'not told']);
  // Four digits of 123461.9 are 123500, of 123450.1 they are 123500 too: that would lie above the value.
  expect([columns.cost.low[0], columns.cost.high[0]]).toEqual([123457, 123500]);
  expect([columns.commit[0], columns.command[0], columns.tags[1]]).toEqual([
    'c0ffee',
    'python train.py',
    { project: 'borea', seed: '4' },
  ]);
});
