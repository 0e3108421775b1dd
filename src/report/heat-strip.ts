// A grid's intensity over time as a strip of cells, one an hour, from green to red by the span's own range; longer spans as a
// calendar, a row a day and then a row a week.
//
// What is not known is a dot. Without colours the height of a block tells the value. How sure a cell is stands below it as a
// letter, m e f c a, or in its shade; the axis is in UTC, with the reader's own time beneath.

import type { IntensityPart } from '../grid/series.ts';
import { type Cell, cellsOf, type Piece, rangeOf, timeLabels } from './heat-cells.ts';

export interface StripOptions {
  readonly columns: number;
  readonly paint: Paint;
  readonly utf8: boolean;
  /** IANA name of the reader's time zone; null: UTC alone. */
  readonly time_zone: string | null;
  /** Named instants above the cells, where there is room for them. */
  readonly marks?: readonly { readonly at_ms: number; readonly name: string }[];
}

export type Paint = 'none' | '256' | 'true';

type Quality = IntensityPart['quality'];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-05 was a Monday. */
const MONDAY_MS = 4 * DAY_MS;
const MOST_STRIP_MS = 48 * HOUR_MS;
const MOST_DAYS_MS = 31 * DAY_MS;
const MOST_WIDE = 6;
const LETTERS: Readonly<Record<Quality, string>> = {
  ...{ measured: 'm', estimated: 'e', forecast: 'f', climatology: 'c', annual: 'a' },
};
const WORDS: readonly Quality[] = ['measured', 'estimated', 'forecast', 'climatology', 'annual'];
const SIGNS = {
  utf8: { heights: '▁▂▃▄▅▆▇█', shades: '█▓▒░░', hole: '·', mark: '▼' },
  ascii: { heights: '_,-~=+*#', shades: '#*+--', hole: '.', mark: 'v' },
};

/** Lines for a terminal, without line ends; `pieces` by time, without overlap. None for a span without length. */
export function heatStrip(
  pieces: readonly Piece[],
  span: { readonly from_ms: number; readonly to_ms: number },
  options: StripOptions,
): string[] {
  const ms = span.to_ms - span.from_ms;
  if (ms <= 0) return [];
  const all = ms <= MOST_STRIP_MS ? strip(pieces, span, options) : calendar(pieces, span, options);
  return [...all, `  ${legend(pieces, span, options)}`];
}

const STRIP_LABEL = 6;

function strip(pieces: readonly Piece[], span: Span, options: StripOptions): string[] {
  const room = Math.max(4, options.columns - 3 - STRIP_LABEL);
  const wholeCells = (cell_ms: number) => ({
    ...{ from_ms: floorTo(span.from_ms, cell_ms), to_ms: ceilTo(span.to_ms, cell_ms), cell_ms },
  });
  const grids = [1, 2, 3, 4, 6].map((hours) => wholeCells(hours * HOUR_MS));
  const grid = grids.find(({ from_ms, to_ms, cell_ms }) => (to_ms - from_ms) / cell_ms <= room) ?? grids.at(-1)!;
  const cells = cellsOf(pieces, { ...grid, within: span });
  const wide = Math.max(1, Math.min(MOST_WIDE, Math.floor(room / cells.length)));
  const { low, high } = rangeOf(cells);
  const letters = cells.map(({ quality }) => (quality === null ? ' ' : LETTERS[quality]).repeat(wide)).join('');
  const line = (label: string, text: string) => `  ${label.padEnd(STRIP_LABEL)} ${text}`.trimEnd();
  const marks = marksLine(cells, wide, { ...options, columns: room });
  return [
    ...(marks.trim() === '' ? [] : [line('', marks)]),
    line('', painted(cells, { low, high, wide }, options)),
    line('', letters),
    ...timeLabels(cells, wide, options.time_zone).map(({ name, text }) => line(name, text)),
  ];
}

/** Each mark with its name to the right, to the left where that has no room, and left out where it would cover another. */
function marksLine(cells: readonly Cell[], wide: number, { marks = [], utf8, columns }: StripOptions): string {
  const sign = SIGNS[utf8 ? 'utf8' : 'ascii'].mark;
  const placed = marks
    .map(({ at_ms, name }) => ({ name, i: cells.findIndex(({ from_ms, to_ms }) => at_ms >= from_ms && at_ms < to_ms) }))
    .filter(({ i }) => i >= 0)
    .sort((a, b) => a.i - b.i);
  let text = '';
  for (const [k, { i, name }] of placed.entries()) {
    const next = placed[k + 1];
    const room = next === undefined ? columns : next.i * wide - 1;
    const left = i * wide - name.length - 1;
    const right = i * wide + name.length + 2 <= room || left < Math.min(1, text.length);
    const place = right ? i * wide : left;
    if (text !== '' && place <= text.length) continue;
    text = text.padEnd(place) + (right ? `${sign} ${name}` : `${name} ${sign}`);
  }
  return text;
}

function calendar(pieces: readonly Piece[], span: Span, options: StripOptions): string[] {
  const daily = span.to_ms - span.from_ms <= MOST_DAYS_MS;
  const row_ms = daily ? DAY_MS : 7 * DAY_MS;
  const [label, tail] = [10, 14];
  const room = Math.max(7, options.columns - 3 - label - tail);
  const perDay = [24, 12, 8, 6, 4, 3, 2].find((n) => (daily ? n : 7 * n + 6) <= room) ?? 1;
  const first = daily ? floorTo(span.from_ms, DAY_MS) : floorTo(span.from_ms - MONDAY_MS, row_ms) + MONDAY_MS;
  const wide = daily ? Math.max(1, Math.min(MOST_WIDE, Math.floor(room / perDay))) : 1;
  const grid = { from_ms: first, to_ms: first + ceilTo(span.to_ms - first, row_ms), cell_ms: DAY_MS / perDay };
  const cells = cellsOf(pieces, { ...grid, within: span });
  const { low, high } = rangeOf(cells);
  const count = (row_ms / DAY_MS) * perDay;
  const rows = Array.from({ length: cells.length / count }, (_, r) => cells.slice(r * count, (r + 1) * count));
  const line = (name: string, text: string) => `  ${name.padEnd(label)} ${text}`.trimEnd();
  const paint = (some: readonly Cell[]) => painted(some, { low, high, wide }, options);
  const days = (row: readonly Cell[]) => Array.from({ length: 7 }, (_, d) => row.slice(d * perDay, (d + 1) * perDay));
  const head = daily
    ? timeLabels(rows[0]!, wide, options.time_zone, { from: rows.at(-1)![0]!.from_ms }).map(({ name, text }) =>
        line(name, text),
      )
    : [line('week of', ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map((day) => cut(day, perDay)).join(' '))];
  const across = 3 + label + (daily ? perDay * wide : 7 * perDay + 6);
  return [
    ...head.map((text, i) => (i === 0 ? `${text.padEnd(across)}   mean` : text)),
    ...rows.map((row) => {
      const text = daily ? paint(row) : days(row).map(paint).join(' ');
      return line(rowName(row[0]!.from_ms, daily), `${text}  ${rowTail(row)}`);
    }),
  ];
}

/** The mean of a row's known cells, and which qualities they have. */
function rowTail(row: readonly Cell[]): string {
  const known = row.flatMap(({ g_per_kwh }) => (g_per_kwh === null ? [] : [g_per_kwh]));
  if (known.length === 0) return 'unknown'.padStart(7);
  const letters = WORDS.filter((word) => row.some(({ quality }) => quality === word)).map((word) => LETTERS[word]);
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  return `${rounded(mean).padStart(5)}  ${letters.join('')}`;
}

function rowName(at_ms: number, daily: boolean): string {
  const date = new Date(at_ms);
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()];
  return daily ? `${day} ${date.toISOString().slice(5, 10)}` : date.toISOString().slice(0, 10);
}

interface Scale {
  readonly low: number;
  readonly high: number;
  /** Characters a cell. */
  readonly wide: number;
}

function painted(cells: readonly Cell[], { low, high, wide }: Scale, { paint, utf8 }: StripOptions): string {
  const signs = SIGNS[utf8 ? 'utf8' : 'ascii'];
  let before = '';
  let text = '';
  for (const { g_per_kwh, quality, outside } of cells) {
    const share = g_per_kwh === null ? null : high - low > 1e-9 * high ? (g_per_kwh - low) / (high - low) : 0.5;
    const style = share === null || paint === 'none' ? '' : ink(share, paint);
    const sign =
      share === null || quality === null
        ? outside
          ? ' '
          : signs.hole
        : paint === 'none'
          ? signs.heights[Math.min(7, Math.floor(share * 8))]!
          : signs.shades[WORDS.indexOf(quality)]!;
    if (style !== before) text += `${before === '' ? '' : '\x1b[0m'}${style}`;
    before = style;
    text += sign.repeat(wide);
  }
  return before === '' ? text : `${text}\x1b[0m`;
}

/** From green over yellow to red: of the 256 colours those of the cube's bright edge. */
const EDGE = [46, 82, 118, 154, 190, 226, 220, 214, 208, 202, 196];

function ink(share: number, paint: '256' | 'true'): string {
  if (paint === '256') return `\x1b[38;5;${EDGE[Math.round(share * (EDGE.length - 1))]}m`;
  const [red, green] = [Math.min(1, 2 * share), Math.min(1, 2 - 2 * share)];
  return `\x1b[38;2;${Math.round(40 + 190 * red)};${Math.round(60 + 140 * green)};50m`;
}

function legend(pieces: readonly Piece[], span: Span, { utf8 }: StripOptions): string {
  const inside = pieces.flatMap((piece) => {
    const ms = Math.min(piece.to_ms, span.to_ms) - Math.max(piece.from_ms, span.from_ms);
    return ms > 0 ? [{ ...piece, ms }] : [];
  });
  if (inside.length === 0) return 'nothing is known of that time';
  const all_ms = inside.reduce((sum, { ms }) => sum + ms, 0);
  const mean = inside.reduce((sum, { g_per_kwh, ms }) => sum + g_per_kwh * ms, 0) / all_ms;
  const values = inside.map(({ g_per_kwh }) => g_per_kwh);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const words = WORDS.filter((word) => inside.some(({ quality }) => quality === word));
  const hole = SIGNS[utf8 ? 'utf8' : 'ascii'].hole;
  return [
    `min ${rounded(low)}, mean ${rounded(mean)}, max ${rounded(high)} g/kWh`,
    ...words.map((word) => `${LETTERS[word]} ${word}`),
    ...(all_ms < span.to_ms - span.from_ms ? [`${hole} unknown`] : []),
  ].join('  ');
}

type Span = Parameters<typeof heatStrip>[1];

const rounded = (g: number): string => (g >= 10 ? g.toFixed(0) : g.toFixed(1));
const cut = (text: string, width: number): string => text.slice(0, width).padEnd(width);
const floorTo = (ms: number, step: number): number => Math.floor(ms / step) * step;
const ceilTo = (ms: number, step: number): number => Math.ceil(ms / step) * step;
