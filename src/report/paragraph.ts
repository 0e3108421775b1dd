// A text → lines of at most so many columns, broken at blanks; a word that is wider has a line of its own.
// No-break spaces keep words together and come out as blanks.

import { widthOf } from './bar-table.ts';

/** The first line after `head`, further ones as far in. Blanks inside a line stay as they are. */
export function paragraph(text: string, { head, columns }: { readonly head: string; readonly columns: number }) {
  const indent = ' '.repeat(widthOf(head));
  const lines = [head];
  let empty = true;
  for (const [, blanks = '', word = ''] of text.matchAll(/( *)([^ ]+)/g)) {
    const last = lines.at(-1)!;
    if (!empty && widthOf(last) + blanks.length + widthOf(word) > columns) lines.push(indent + word);
    else lines[lines.length - 1] = last + (empty ? '' : blanks) + word;
    empty = false;
  }
  return lines.map((line) => line.replaceAll('\u00a0', ' '));
}
