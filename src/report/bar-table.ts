// A table with a bar at the end of its lines, in the width of a terminal: names give way first, then the bars.

import colors from 'picocolors';

export interface TableOptions {
  readonly columns: number;
  readonly color: boolean;
  readonly utf8: boolean;
}

export interface TableRow {
  readonly cells: readonly string[];
  /** Length of its bar, 0..1; absent: none is drawn. */
  readonly bar?: number;
  readonly bold?: boolean;
}

const LEAST_NAME = 12;
const LEAST_BAR = 6;
const MOST_BAR = 40;

/** The head and the rows as lines; the first column is a name. */
export function barTable(
  head: readonly string[],
  rows: readonly TableRow[],
  { columns, color, utf8 }: TableOptions,
): string[] {
  const paint = colors.createColors(color);
  const table = [head, ...rows.map(({ cells }) => cells)];
  const widths = head.map((_, i) => Math.max(...table.map((cells) => [...cells[i]!].length)));
  const used = 2 + widths.reduce((a, b) => a + b + 2, 0);
  widths[0] = Math.max(LEAST_NAME, Math.min(widths[0]!, widths[0]! + columns - used - LEAST_BAR));
  const width = Math.max(0, Math.min(MOST_BAR, columns - 2 - widths.reduce((a, b) => a + b + 2, 0)));
  const line = (cells: readonly string[], bar?: number): string => {
    const drawn = bar === undefined || width < LEAST_BAR ? '' : `  ${paint.green(barOf(bar, width, utf8))}`;
    return `  ${cells.map((cell, i) => fitted(cell, widths[i]!, i === 0)).join('  ')}${drawn}`.trimEnd();
  };
  return [
    paint.dim(line(head)),
    ...rows.map(({ cells, bar, bold }) => (bold === true ? paint.bold(line(cells, bar)) : line(cells, bar))),
  ];
}

/** A name on one line. */
export const clean = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

function fitted(cell: string, width: number, left: boolean): string {
  const letters = [...cell];
  const fitting = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : cell;
  const pad = ' '.repeat(width - [...fitting].length);
  return left ? fitting + pad : pad + fitting;
}

/** Eighths of a block, where there are such letters. */
function barOf(part: number, width: number, utf8: boolean): string {
  if (!utf8) return '#'.repeat(Math.round(part * width));
  const eighths = Math.round(part * width * 8);
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]!;
}
