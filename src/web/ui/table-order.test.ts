import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Key, orderOf, orderText, rowsInView, rowsOfTable, sorted } from './table-order.ts';

const keyed = (keys: Key[]) => keys.map((key, place) => ({ key, place }));
const keysOf = (rows: readonly { key: Key }[]) => rows.map(({ key }) => key);

test('unknown comes last whichever way one sorts', () => {
  const rows = keyed([3, null, 1, 2]);
  expect(keysOf(sorted(rows, ({ key }) => key, false))).toEqual([1, 2, 3, null]);
  expect(keysOf(sorted(rows, ({ key }) => key, true))).toEqual([3, 2, 1, null]);
});

test('numbers in texts are counted, not spelled', () => {
  const rows = keyed(['try 10', 'try 9', 'Try 8']);
  expect(keysOf(sorted(rows, ({ key }) => key, false))).toEqual(['Try 8', 'try 9', 'try 10']);
});

test('equal rows stay as they were, both ways', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom<Key>(1, 2, null)), fc.boolean(), (keys, down) => {
      const rows = sorted(keyed(keys), ({ key }) => key, down);
      expect(rows).toHaveLength(keys.length);
      rows.slice(1).forEach((row, i) => {
        if (row.key === rows[i]!.key) expect(row.place).toBeGreaterThan(rows[i]!.place);
      });
    }),
  );
});

test('an order comes back from the address as it went there', () => {
  for (const text of ['energy', '-energy']) expect(orderText(orderOf(text))).toBe(text);
  expect(orderOf('-energy')).toEqual({ by: 'energy', down: true });
});

test('every row in the window is in the page, and few others', () => {
  fc.assert(
    fc.property(fc.nat(20_000), fc.nat(700_000), fc.integer({ min: 0, max: 2000 }), (many, top, height) => {
      const { from, to } = rowsInView(many, { top, height, row_px: 34 });
      expect(to - from).toBeLessThanOrEqual(Math.ceil(height / 34) + 14);
      const [first, last] = [Math.floor(top / 34), Math.min(many - 1, Math.floor((top + height) / 34))];
      if (first < many) expect(from <= first && to > last).toBe(true);
      expect(from >= 0 && to <= many).toBe(true);
    }),
  );
});

test('a CSV holds keys under names with their units', () => {
  const columns = [{ name: 'Energy', csv: 'energy (J)', key: (row: { j: number }) => row.j }];
  expect(rowsOfTable([{ j: 7 }], columns)).toEqual({ columns: [{ name: 'energy (J)' }], rows: [[7]] });
});
