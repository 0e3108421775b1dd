// The table of a comparison's figures.
//
// Where it is wider than a terminal, names are shortened in their middle (their ends tell them apart) and the interval and
// the verdict go below their row.

import type colors from 'picocolors';
import { widthOf } from './bar-table.ts';
import type { ComparisonJson, ContrastJson } from './compare-model.ts';
import { change, changeText, reachText, toldFigures, verdictText, written } from './compare-words.ts';
import { clean } from './format.ts';

type Paint = ReturnType<typeof colors.createColors>;

/** `columns` is Infinity where nothing has to fit. */
export function tableText(comparison: ComparisonJson, { paint, columns }: { paint: Paint; columns: number }): string[] {
  const rows = toldFigures(comparison).map(({ label, one }) => ({
    one,
    cells: [label, said(one.a, one), said(one.b, one)],
  }));
  const head = ['', clean(comparison.a), clean(comparison.b)];
  const wide = [
    [...head, 'change (90 %)', ''],
    ...rows.map(({ one, cells }) => [...cells, changeText(one), verdictText(one)]),
  ];
  const lines = aligned(wide);
  if (lines.every((line) => widthOf(line) <= columns)) return [paint.dim(lines[0]!), ...lines.slice(1)];
  const changes = rows.map(({ one: { ratio } }) => (ratio.value === null ? '' : change(ratio.value)));
  const used = 2 + widest(rows.map(({ cells }) => cells[0]!)) + 2 + 2 + 2 + widest(['change', ...changes]);
  const name = Math.max(SHORTEST, Math.floor((columns - used) / 2));
  const short = aligned([
    [...head.map((text) => shortened(text, name)), 'change'],
    ...rows.map(({ cells }, i) => [...cells, changes[i]!]),
  ]);
  const below = rows.map(({ one }) => [reachText(one), verdictText(one)].filter((text) => text !== '').join('  '));
  return [
    paint.dim(short[0]!),
    ...rows.flatMap((_, i) => [short[i + 1]!, ...(below[i] === '' ? [] : [`      ${below[i]}`])]),
  ];
}

const SHORTEST = 8;
const said = ({ value }: ContrastJson['a'], { unit }: ContrastJson) =>
  value === null ? 'unknown' : written(value, unit);
const widest = (texts: readonly string[]): number => Math.max(...texts.map(widthOf));

/** Values to the right, words to the left. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, i) => widest(table.map((cells) => cells[i]!)));
  const cell = (text: string, i: number) => {
    const room = ' '.repeat(widths[i]! - widthOf(text));
    return i === 1 || i === 2 ? room + text : text + room;
  };
  return table.map((cells) => `  ${cells.map(cell).join('  ')}`.trimEnd());
}

/** Letters from either end, as far as there is room; some are two columns wide. */
function shortened(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  const [head, tail] = [[...text], [...text]];
  while (widthOf(tail.join('')) > Math.floor((most - 1) / 2)) tail.shift();
  while (widthOf(head.join('')) > most - 1 - widthOf(tail.join(''))) head.pop();
  return `${head.join('')}…${tail.join('')}`;
}
