// A table with a bar at the end of its lines, in the width of a terminal: names give way first, then the bars.

import { eastAsianWidth } from 'get-east-asian-width';
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
/** So much of a name is read before there is a bar. */
const GOOD_NAME = 22;
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
  const widths = head.map((_, i) => Math.max(...table.map((cells) => widthOf(cells[i]!))));
  const used = 2 + widths.reduce((a, b) => a + b + 2, 0);
  widths[0] = nameWidth(widths[0]!, widths[0]! + columns - used);
  const width = Math.max(0, Math.min(MOST_BAR, columns - 2 - widths.reduce((a, b) => a + b + 2, 0)));
  const line = (cells: readonly string[], bar?: number): string => {
    const drawn =
      bar === undefined || bar === 0 || width < LEAST_BAR ? '' : `  ${paint.green(barOf(bar, width, utf8))}`;
    return `  ${cells.map((cell, i) => fitted(cell, widths[i]!, i === 0)).join('  ')}${drawn}`.trimEnd();
  };
  return [
    paint.dim(line(head)),
    ...rows.map(({ cells, bar, bold }) => (bold === true ? paint.bold(line(cells, bar)) : line(cells, bar))),
  ];
}

/** Of the room left of the figures, and of bars where these leave enough of it. */
function nameWidth(wanted: number, room: number): number {
  const beside = room - LEAST_BAR;
  return beside >= Math.min(wanted, GOOD_NAME)
    ? Math.min(wanted, beside)
    : Math.max(LEAST_NAME, Math.min(wanted, room + 2));
}

/** Columns that a text has on a terminal: wide letters (Unicode's EastAsianWidth.txt) have two, marks on a letter none. */
export const widthOf = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (NONE.test(letter) ? 0 : eastAsianWidth(letter.codePointAt(0)!)), 0);
/** Marks; and vowels and final consonants of a Hangul syllable told in its parts, which stand in the square of the first. */
const NONE = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u;

function fitted(cell: string, width: number, left: boolean): string {
  let fitting = cell;
  for (const letters = [...cell]; widthOf(fitting) > width; fitting = `${letters.join('')}…`) letters.pop();
  const pad = ' '.repeat(width - widthOf(fitting));
  return left ? fitting + pad : pad + fitting;
}

/** Eighths of a block, where there are such letters. */
function barOf(part: number, width: number, utf8: boolean): string {
  if (!utf8) return '#'.repeat(Math.round(part * width));
  const eighths = Math.round(part * width * 8);
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]!;
}
