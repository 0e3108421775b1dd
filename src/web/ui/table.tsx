// A table of many thousand rows: only those in sight are in the page, yet it is a real table, which says how many rows it has
// and which one each is.
//
// One row is reached by Tab; from there the arrows, Page Up and Down, Home and End go on, Enter opens, Space chooses.

import './table.css';
import { Component, type ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Key, Order } from './table-order.ts';
import { rowsInView, sorted } from './table-order.ts';
import { Reachable } from './tip.tsx';

export interface Column<T> {
  readonly id: string;
  /** With the unit, where all its values have one. */
  readonly name: string;
  /** In a CSV, with the unit of the key; default: the name. */
  readonly csv?: string;
  /** What it is sorted by, and what a CSV holds. */
  readonly key: (row: T) => Key;
  readonly cell?: (row: T) => ComponentChildren;
  readonly number?: boolean;
  /** CSS pixels. */
  readonly width: number;
}

interface TableProps<T> {
  readonly caption: string;
  readonly rows: readonly T[];
  /** The first one names the row. */
  readonly columns: readonly Column<T>[];
  readonly idOf: (row: T) => string;
  readonly order: Order | null;
  readonly onOrder: (order: Order) => void;
  /** Rows that are chosen by their checkbox; without it there is none. */
  readonly chosen?: ReadonlySet<string>;
  readonly onChoose?: (id: string) => void;
  readonly onOpen?: (row: T) => void;
  /** Of the window that scrolls; default as much as the page has. */
  readonly height?: string;
}

const ROW_PX = 34;
const HEAD_PX = 36;
const BOX_PX = 36;

export function Table<T>(of: TableProps<T>) {
  const { caption, rows, columns, idOf, order, onOrder, chosen, height } = of;
  const ordered = useMemo(() => {
    const column = columns.find(({ id }) => id === order?.by);
    return column === undefined ? rows : sorted(rows, column.key, order!.down);
  }, [rows, columns, order?.by, order?.down]);
  const { scroller, view, onScroll, bring } = useWindow();
  const [active, setActive] = useState(0);
  const wanted = useRef<number | null>(null);
  const table = useRef(of);
  table.current = of;
  const at = Math.min(active, Math.max(0, ordered.length - 1));
  const { from, to } = rowsInView(ordered.length, { ...view, row_px: ROW_PX });

  useLayoutEffect(() => {
    if (wanted.current === null) return;
    scroller.current?.querySelector<HTMLElement>(`tr[data-place="${wanted.current}"]`)?.focus({ preventScroll: true });
    wanted.current = null;
  });
  const move = (place: number) => {
    const next = Math.min(Math.max(place, 0), ordered.length - 1);
    bring(next);
    wanted.current = next;
    setActive(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = (event.target as Element).closest('tr[data-place]');
    // Boxes, links and tips in a row keep their own keys.
    const onRow = row === event.target;
    const act = keys({ at, page: Math.max(1, Math.floor(view.height / ROW_PX) - 1), last: ordered.length - 1, move })[
      event.key
    ];
    if (row !== null && act !== undefined) act();
    else if (onRow && event.key === 'Enter') of.onOpen?.(ordered[at]!);
    else if (onRow && event.key === ' ') of.onChoose?.(idOf(ordered[at]!));
    else return;
    event.preventDefault();
  };
  const boxes = chosen !== undefined;
  const width = columns.reduce((sum, column) => sum + column.width, boxes ? BOX_PX : 0);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that bubble from its rows
    <div
      class="many"
      ref={scroller}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      style={height === undefined ? {} : { height }}
    >
      <table aria-rowcount={ordered.length + 1} style={{ width: `${width}px` }}>
        <caption class="for-ears">{caption}</caption>
        <colgroup>
          {boxes && <col style={{ width: `${BOX_PX}px` }} />}
          {columns.map((column) => (
            <col
              key={column.id}
              class={column === columns[0] ? 'first' : undefined}
              style={{ width: `${column.width}px` }}
            />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {boxes && (
              <th scope="col" class="box">
                <span class="for-ears">chosen</span>
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.id} column={column} first={column === columns[0]} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space px={from * ROW_PX} />
          {ordered.slice(from, to).map((row, i) => (
            <Row
              key={idOf(row)}
              row={row}
              id={idOf(row)}
              place={from + i}
              active={from + i === at}
              picked={chosen?.has(idOf(row)) ?? null}
              columns={columns}
              table={table}
              onFocus={setActive}
            />
          ))}
          <Space px={(ordered.length - to) * ROW_PX} />
        </tbody>
      </table>
    </div>
  );
}

interface Moves {
  readonly at: number;
  readonly page: number;
  readonly last: number;
  readonly move: (place: number) => void;
}

const keys = ({ at, page, last, move }: Moves): Readonly<Record<string, (() => void) | undefined>> => ({
  ArrowDown: () => move(at + 1),
  ArrowUp: () => move(at - 1),
  PageDown: () => move(at + page),
  PageUp: () => move(at - page),
  Home: () => move(0),
  End: () => move(last),
});

/** Keeps the place of the rows that are not in the page. */
const Space = ({ px }: { px: number }) =>
  px > 0 ? (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr aria-hidden="true" class="space">
      <td colSpan={99} style={{ height: `${px}px` }} />
    </tr>
  ) : null;

function Head<T>({
  column,
  first,
  order,
  onOrder,
}: { column: Column<T>; first: boolean } & Pick<TableProps<T>, 'order' | 'onOrder'>) {
  const by = order?.by === column.id;
  const sort = !by ? 'none' : order!.down ? 'descending' : 'ascending';
  // Numbers are looked at from the greatest.
  const next = { by: column.id, down: by ? !order!.down : column.number === true };
  return (
    <th scope="col" aria-sort={sort} class={first ? 'first' : column.number ? 'number' : undefined}>
      <button type="button" onClick={() => onOrder(next)}>
        {column.name}
        <span aria-hidden="true">{by ? (order!.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

interface RowProps<T> {
  readonly row: T;
  readonly id: string;
  readonly place: number;
  readonly active: boolean;
  /** null: rows are not chosen here. */
  readonly picked: boolean | null;
  readonly columns: readonly Column<T>[];
  /** The table as it is by now: what a row does is always what the newest one says. */
  readonly table: { readonly current: TableProps<T> };
  readonly onFocus: (place: number) => void;
}

/** Made anew only when something of its own changed: what scrolls by would else be made sixty times a second. */
class Row<T> extends Component<RowProps<T>> {
  override shouldComponentUpdate(next: RowProps<T>): boolean {
    const own = ['row', 'place', 'active', 'picked', 'columns'] as const;
    return own.some((name) => next[name] !== this.props[name]);
  }

  override render({ row, id, place, active, picked, columns, table, onFocus }: RowProps<T>) {
    const [first, ...others] = columns;
    return (
      <tr
        data-place={place}
        aria-rowindex={place + 2}
        tabIndex={active ? 0 : -1}
        class={picked ? 'chosen' : undefined}
        onFocusIn={() => onFocus(place)}
      >
        <Reachable.Provider value={active}>
          {picked !== null && (
            <td class="box">
              <input
                type="checkbox"
                checked={picked}
                tabIndex={active ? 0 : -1}
                aria-label={`choose ${String(first!.key(row))}`}
                onChange={() => table.current.onChoose?.(id)}
              />
            </td>
          )}
          <th scope="row">{cellOf(first!, row)}</th>
          {others.map((column) => (
            <td key={column.id} class={column.number ? 'number' : undefined}>
              {cellOf(column, row)}
            </td>
          ))}
        </Reachable.Provider>
      </tr>
    );
  }
}

const cellOf = <T,>(column: Column<T>, row: T): ComponentChildren => column.cell?.(row) ?? column.key(row) ?? '';

/** What of the scrolled window is seen, and how a row is brought into it. */
function useWindow() {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const look = () => {
    const { scrollTop: top = 0, clientHeight: height = 600 } = scroller.current ?? {};
    setView((before) => (before.top === top && before.height === height ? before : { top, height }));
  };
  useLayoutEffect(() => {
    const size = new ResizeObserver(look);
    size.observe(scroller.current!);
    return () => size.disconnect();
  }, []);
  const bring = (place: number) => {
    const window = scroller.current;
    if (window === null) return;
    const [top, bottom] = [place * ROW_PX, (place + 1) * ROW_PX];
    if (top < window.scrollTop) window.scrollTop = top;
    else if (bottom > window.scrollTop + window.clientHeight - HEAD_PX)
      window.scrollTop = bottom - window.clientHeight + HEAD_PX;
    look();
  };
  return { scroller, view, onScroll: look, bring };
}
