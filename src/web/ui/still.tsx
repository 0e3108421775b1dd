// A chart of fields (bars, a heat map) as SVG: the pointer, a touch or the arrow keys pick a field, and its frame tells it.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ChartFrame, type LegendEntry } from './chart-frame.tsx';
import type { Rows } from './chart-of.ts';
import { Drawing } from './drawing.tsx';
import type { Point, Scene } from './scene.ts';

/** Which field: column and row, from 0. */
export interface Field {
  readonly column: number;
  readonly row: number;
}

interface StillProps {
  readonly title: string;
  readonly note?: string | undefined;
  readonly columns: number;
  readonly rows: number;
  readonly draw: (width: number, at: Field | null) => Scene;
  /** With title and legend, for files. */
  readonly file: (width: number) => Scene;
  readonly hit: (point: Point, width: number) => Field | null;
  /** Of a field, in words. */
  readonly told: (field: Field) => string;
  readonly legend: (at: Field | null) => readonly LegendEntry[];
  /** What the field is, without its values. */
  readonly at: (field: Field) => string;
  readonly table: () => Rows;
  readonly empty: string;
}

export function Still({
  title,
  note,
  columns,
  rows,
  draw,
  file,
  hit,
  told,
  legend,
  at: nameOf,
  table,
  empty,
}: StillProps) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<Field | null>(null);
  const [live, setLive] = useState('');
  const nothing = columns === 0 || rows === 0;
  useLayoutEffect(() => {
    if (place.current === null) return;
    const size = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    size.observe(place.current);
    return () => size.disconnect();
  }, [nothing]);
  const move = (to: Field) => {
    const within = (value: number, many: number) => Math.min(Math.max(value, 0), many - 1);
    const next = { column: within(to.column, columns), row: within(to.row, rows) };
    setAt(next);
    setLive(told(next));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { column, row } = at ?? { column: -1, row: 0 };
    const to: Record<string, Field> = {
      ...{ ArrowLeft: { column: column - 1, row }, ArrowRight: { column: column + 1, row } },
      ...{ ArrowUp: { column, row: row - 1 }, ArrowDown: { column, row: row + 1 } },
      ...{ Home: { column: 0, row }, End: { column: columns - 1, row } },
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') setAt(null);
    else if (Object.hasOwn(to, event.key)) move(to[event.key]!);
    else return;
    event.preventDefault();
  };
  const onPointer = (event: PointerEvent) => {
    const { left, top } = place.current!.getBoundingClientRect();
    setAt(hit([event.clientX - left, event.clientY - top], width));
  };
  const shown = at !== null && at.column < columns && at.row < rows ? at : null;
  return (
    <ChartFrame
      title={title}
      note={note}
      legend={legend(shown)}
      at={shown === null ? undefined : nameOf(shown)}
      live={live}
      rows={table}
      scene={file}
      empty={nothing ? empty : null}
    >
      <div
        ref={place}
        class="plot"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard moves through its fields
        tabIndex={0}
        role="application"
        aria-roledescription="chart"
        aria-label={`${title}. Arrow keys read the values.`}
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && setAt(null)}
      >
        {width > 0 && <Drawing of={draw(width, shown)} hidden />}
      </div>
    </ChartFrame>
  );
}
