// A chart's values as a table.

import { three } from '../../report/format.ts';
import type { Rows, Value } from './chart-of.ts';

export function RowsTable({ of: { columns, rows }, caption }: { of: Rows; caption: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroller" tabIndex={0} aria-label={`${caption}, as table`}>
      <table>
        <caption class="for-ears">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((value, place) => (
                <td key={columns[place]!.name} class={value === null ? 'unknown' : undefined}>
                  {cellText(value, columns[place]!.write)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const cellText = (value: string | Value, write: (value: number) => string = three): string =>
  value === null ? 'unknown' : typeof value === 'string' ? value : write(value);
