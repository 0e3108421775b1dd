// Rows in order, and as a CSV: unknown comes last whichever way one sorts, equal rows stay as they were.

import type { Rows, Value } from './chart-of.ts';

/** What a cell is to sorting and to a CSV. */
export type Key = string | Value;

export interface Order {
  /** A column's id. */
  readonly by: string;
  readonly down: boolean;
}

/** "energy", "-energy": as the address has it. */
export const orderText = ({ by, down }: Order): string => `${down ? '-' : ''}${by}`;
export const orderOf = (text: string): Order => ({ by: text.replace(/^-/, ''), down: text.startsWith('-') });

const texts = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function compare(a: Key, b: Key): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return texts.compare(String(a), String(b));
}

/** A new array; by the key that `keyOf` gives of each row. */
export function sorted<T>(rows: readonly T[], keyOf: (row: T) => Key, down: boolean): T[] {
  const keyed = rows.map((row, place) => ({ row, place, key: keyOf(row) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || a.place - b.place;
    const order = compare(a.key, b.key);
    return (down ? -order : order) || a.place - b.place;
  });
  return keyed.map(({ row }) => row);
}

/** Which of `many` rows of `row_px` stand in the window, and a few beyond its edges. */
export function rowsInView(many: number, { top, height, row_px }: { top: number; height: number; row_px: number }) {
  const beyond = 6;
  const from = Math.max(0, Math.min(many - 1, Math.floor(top / row_px)) - beyond);
  return { from, to: Math.min(many, Math.ceil((top + height) / row_px) + beyond) };
}

export const rowsOfTable = <T>(
  rows: readonly T[],
  columns: readonly { readonly name: string; readonly csv?: string; readonly key: (row: T) => Key }[],
): Rows => ({
  columns: columns.map(({ name, csv = name }) => ({ name: csv })),
  rows: rows.map((row) => columns.map(({ key }) => key(row))),
});
