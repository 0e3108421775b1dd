// A chart's values as a table.

import { useMemo, useState } from 'preact/hooks';
import { three } from '../../report/format.ts';
import type { Rows, Value } from './chart-of.ts';
import { type Column, Table } from './table.tsx';
import type { Order } from './table-order.ts';

interface Placed {
  readonly id: string;
  readonly cells: readonly (string | Value)[];
}

const MOST_PX = 384;
const ROW_PX = 34;

export function RowsTable({ of: { columns, rows }, caption }: { of: Rows; caption: string }) {
  const [order, setOrder] = useState<Order | null>(null);
  const placed = useMemo(() => rows.map((cells, at): Placed => ({ id: String(at), cells })), [rows]);
  const told = useMemo(
    () =>
      columns.map(({ name, write = three }, at): Column<Placed> => {
        const text = rows.some((row) => typeof row[at] === 'string');
        return {
          ...{ id: String(at), name, number: !text, width: text ? 200 : 150, key: ({ cells }) => cells[at] ?? null },
          cell: ({ cells }) => <Cell value={cells[at] ?? null} write={write} />,
        };
      }),
    [columns, rows],
  );
  return (
    <Table
      caption={caption}
      rows={placed}
      columns={told}
      idOf={({ id }) => id}
      order={order}
      onOrder={setOrder}
      height={`${Math.min(MOST_PX, (rows.length + 2) * ROW_PX)}px`}
    />
  );
}

const Cell = ({ value, write }: { value: string | Value; write: (value: number) => string }) =>
  value === null ? (
    <span class="unknown">unknown</span>
  ) : (
    <span>{typeof value === 'string' ? value : write(value)}</span>
  );
