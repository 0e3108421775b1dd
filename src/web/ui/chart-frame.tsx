// What every chart has around it: its title, a legend that switches series, the values at the cursor, the table of the same
// values, and the files to take along.

import './chart.css';
import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { Rows } from './chart-of.ts';
import { saveCsv, savePng, saveSvg } from './download.ts';
import { inksAt } from './inks.ts';
import { RowsTable } from './rows-table.tsx';
import type { Scene } from './scene.ts';

export interface LegendEntry {
  readonly name: string;
  /** A custom property; null: hatched. */
  readonly ink: string | null;
  /** Its value at the cursor, in words. */
  readonly value?: string;
  readonly shade?: boolean;
  /** What a click does; none: it cannot be switched. */
  readonly toggle?: () => void;
  readonly off?: boolean;
}

interface Framed {
  readonly title: string;
  /** A sentence under the title: what is to be seen, or how it was made. */
  readonly note?: ComponentChildren | undefined;
  readonly legend: readonly LegendEntry[];
  /** The x at the cursor, in words. */
  readonly at?: string | undefined;
  /** Read out by screen readers when it changes. */
  readonly live?: string;
  readonly rows: () => Rows;
  /** The drawing for files, at a width. */
  readonly scene: (width: number) => Scene;
  /** More buttons, such as those of zoom. */
  readonly tools?: ComponentChildren;
  /** Nothing to draw: why. */
  readonly empty?: string | null;
  readonly children: ComponentChildren;
}

const FILE_PX = 960;

export function ChartFrame({ title, note, legend, at, live, rows, scene, tools, empty, children }: Framed) {
  const [asTable, setAsTable] = useState(false);
  const figure = useRef<HTMLElement>(null);
  const id = useId();
  const ink = () => inksAt(figure.current!);
  return (
    <figure class="chart" ref={figure} aria-labelledby={id}>
      <figcaption>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p class="note">{note}</p>}
      </figcaption>
      {!empty && (
        <div class="tools">
          {!asTable && tools}
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            as table
          </button>
          <button type="button" onClick={() => saveCsv(title, rows())} aria-label={`${title} as CSV`}>
            CSV
          </button>
          <button type="button" onClick={() => savePng(scene(FILE_PX), ink())} aria-label={`${title} as PNG`}>
            PNG
          </button>
          <button type="button" onClick={() => saveSvg(scene(FILE_PX), ink())} aria-label={`${title} as SVG`}>
            SVG
          </button>
        </div>
      )}
      {asTable ? (
        <RowsTable of={rows()} caption={title} />
      ) : empty ? (
        <p class="empty">{empty}</p>
      ) : (
        <>
          {children}
          <Legend entries={legend} at={at} />
        </>
      )}
      <p class="for-ears" role="status" aria-live="polite">
        {live}
      </p>
    </figure>
  );
}

function Legend({ entries, at }: { entries: readonly LegendEntry[]; at: string | undefined }) {
  return (
    <div class="legend">
      {at !== undefined && <span class="at">{at}</span>}
      <ul>
        {entries.map(({ name, ink, shade, value, off, toggle }) => {
          const swatch = ink === null ? 'swatch unknown-swatch' : shade ? 'swatch shade' : 'swatch';
          const inside = (
            <>
              <span class={swatch} style={ink === null ? {} : { background: `var(--${ink})` }} />
              {name}
              {value !== undefined && !off && <b>{value}</b>}
            </>
          );
          return (
            <li key={name}>
              {toggle === undefined ? (
                <span class="entry">{inside}</span>
              ) : (
                <button type="button" class="entry" aria-pressed={!off} onClick={toggle}>
                  {inside}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
