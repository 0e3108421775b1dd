// Lines for a terminal that is narrower than they are: broken between columns or words, the rest below the text they belong to.
//
// What goes to a file or a pipe stays as it is: there a line is what is searched and counted.

import { widthOf } from '../report/bar-table.ts';

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The text as it fits a stream. */
export const foldedFor = (text: string, { isTTY, columns }: Stream): string =>
  isTTY === true && columns ? folded(text, columns) : text;

const LEAST = 40;
/** A label and its text are columns where the text begins before this. */
const LABELS = 26;

/** Lines of at most `columns` columns, where words leave it; sequences of colour take no room. */
export function folded(text: string, columns: number): string {
  const width = Math.max(LEAST, columns);
  return text
    .split('\n')
    .flatMap((line) => foldLine(line, width))
    .join('\n');
}

function foldLine(line: string, width: number): string[] {
  const indent = ' '.repeat(indentOf(line));
  const lines: string[] = [];
  for (let rest = placeToBreak(line, width) === null ? line : closer(line, width); ; ) {
    const at = placeToBreak(rest, width);
    if (at === null) return [...lines, rest];
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
}

/** A row that fits without the padding before its last columns loses that; any other line stays. */
function closer(line: string, width: number): string {
  const half = Math.floor(width / 2);
  const tight = line.slice(0, half) + line.slice(half).replace(/(?<=\S) {3,}(?=\S)/g, '  ');
  return placeToBreak(tight, width) === null ? tight : line;
}

/** Where the text of a labelled or numbered line begins, else a little more than the line's own indent. */
function indentOf(line: string): number {
  const plain = line.replace(COLOURS, '');
  const own = /^ */.exec(plain)![0].length;
  const text = /^ *(?:\d+\. |\S+(?: \S+)* {2,})(?=\S)/.exec(plain)?.[0].length ?? LABELS;
  return text < LABELS ? text : own + 2;
}

const COLOURS = /\x1b\[[\d;]*m/g;

/** The index of the blanks to break at: between columns in the right half, else the last between words that fit; null: there is none to make. */
function placeToBreak(line: string, width: number): number | null {
  let [shown, word, column] = [0, -1, -1];
  let begun = false;
  for (const { 0: piece, index } of line.matchAll(PIECES)) {
    if (piece.startsWith('\x1b')) continue;
    if (piece.startsWith(' ')) {
      if (begun && (shown <= width || word < 0)) word = index;
      if (begun && shown <= width && shown > width / 2 && piece.length > 1) column = index;
    } else begun = true;
    shown += widthOf(piece);
  }
  if (widthOf(line.replace(COLOURS, '').trimEnd()) <= width || word < 0) return null;
  return column < 0 ? word : column;
}

const PIECES = /\x1b\[[\d;]*m| +|[^ \x1b]+/g;
