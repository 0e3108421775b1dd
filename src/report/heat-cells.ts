// The cells of a heat strip and the labels of its time axis: pieces of any length by equal cells, instants by the clocks of UTC
// and of the reader.

import type { IntensityPart } from '../grid/series.ts';

export interface Piece {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly g_per_kwh: number;
  readonly quality: IntensityPart['quality'];
}

export interface Cell {
  readonly from_ms: number;
  readonly to_ms: number;
  /** Mean by time of what is known; null where nothing is. */
  readonly g_per_kwh: number | null;
  /** Of most of the known time. */
  readonly quality: Piece['quality'] | null;
  /** It lies outside of what was asked. */
  readonly outside: boolean;
}

/** Cells of `cell_ms` from `from_ms` on, of what lies `within`; pieces by time, without overlap. */
export function cellsOf(
  pieces: readonly Piece[],
  at: {
    readonly from_ms: number;
    readonly to_ms: number;
    readonly cell_ms: number;
    readonly within: { readonly from_ms: number; readonly to_ms: number };
  },
): Cell[] {
  const out: Cell[] = [];
  let next = 0;
  for (let from_ms = at.from_ms; from_ms < at.to_ms; from_ms += at.cell_ms) {
    const to_ms = from_ms + at.cell_ms;
    while (next < pieces.length && pieces[next]!.to_ms <= from_ms) next++;
    const times = new Map<Piece['quality'], number>();
    let weighed = 0;
    for (let i = next; i < pieces.length && pieces[i]!.from_ms < to_ms; i++) {
      const piece = pieces[i]!;
      const ms = Math.min(piece.to_ms, to_ms, at.within.to_ms) - Math.max(piece.from_ms, from_ms, at.within.from_ms);
      if (ms <= 0) continue;
      times.set(piece.quality, (times.get(piece.quality) ?? 0) + ms);
      weighed += piece.g_per_kwh * ms;
    }
    const known = [...times].sort((a, b) => b[1] - a[1]);
    const ms = known.reduce((sum, [, one]) => sum + one, 0);
    out.push({
      ...{ from_ms, to_ms, g_per_kwh: ms > 0 ? weighed / ms : null, quality: known[0]?.[0] ?? null },
      outside: to_ms <= at.within.from_ms || from_ms >= at.within.to_ms,
    });
  }
  return out;
}

/** The lowest and the highest known cell; 0 where none is. */
export function rangeOf(cells: readonly Cell[]): { low: number; high: number } {
  const known = cells.flatMap(({ g_per_kwh }) => (g_per_kwh === null ? [] : [g_per_kwh]));
  if (known.length === 0) return { low: 0, high: 0 };
  return { low: known.reduce((a, b) => Math.min(a, b)), high: known.reduce((a, b) => Math.max(a, b)) };
}

const HOUR_MS = 3_600_000;
const DAY_H = 24;
/** Characters of MM-DD HH and a blank. */
const LABEL = 9;

/**
 * Axis lines beneath cells of `wide` characters: in UTC, and in the reader's time where that differs. Of rows below each other
 * (`rows.from`: the last one's start) there are no dates, and no local line where the clocks are set in between.
 */
export function timeLabels(
  cells: readonly Cell[],
  wide: number,
  time_zone: string | null,
  rows?: { readonly from: number },
): { readonly name: string; readonly text: string }[] {
  const [first] = cells;
  if (first === undefined) return [];
  const per_h = (first.to_ms - first.from_ms) / HOUR_MS;
  const step_h = [1, 2, 3, 6, 12].find((h) => h % per_h === 0 && (h / per_h) * wide >= LABEL) ?? DAY_H;
  const all = cells.map(({ from_ms }, i) => ({ at_ms: from_ms, place: i * wide }));
  const whole = all.filter(({ at_ms }) => (at_ms / HOUR_MS) % step_h === 0);
  // The first cell has a label where one has room before the first whole step.
  const ticks = (whole[0]?.place ?? LABEL) >= LABEL ? [all[0]!, ...whole.filter(({ place }) => place > 0)] : whole;
  const axis = (clock: (at_ms: number) => Clock): string => {
    let text = '';
    let day = '';
    for (const [i, { at_ms, place }] of ticks.entries()) {
      const { date, time } = clock(at_ms);
      const long = `${date} ${time}`;
      const room = (ticks[i + 1]?.place ?? Number.POSITIVE_INFINITY) - place;
      const dated = rows === undefined && date !== day && long.length < room;
      text = text.padEnd(place) + (dated ? long : time);
      if (dated) day = date;
    }
    return text;
  };
  const utc = { name: 'UTC', text: axis((at_ms) => clockIn('UTC', at_ms)) };
  if (time_zone === null) return [utc];
  const last = rows?.from ?? cells.at(-1)!.from_ms;
  const offset = offsetIn(time_zone, first.from_ms);
  if (rows === undefined && offset === 0 && offsetIn(time_zone, last) === 0) return [utc];
  if (rows !== undefined && (offset === 0 || offsetIn(time_zone, last) !== offset)) return [utc];
  return [utc, { name: 'local', text: axis((at_ms) => clockIn(time_zone, at_ms)) }];
}

interface Clock {
  readonly date: string;
  readonly time: string;
}

/** MM-DD, and HH or HH:MM. */
function clockIn(time_zone: string, at_ms: number): Clock {
  const part = partsIn(time_zone, at_ms);
  const time = part.minute === '00' ? part.hour! : `${part.hour}:${part.minute}`;
  return { date: `${part.month}-${part.day}`, time };
}

/** How far a place's clocks are before UTC, ms. */
function offsetIn(time_zone: string, at_ms: number): number {
  const { year, month, day, hour, minute } = partsIn(time_zone, at_ms);
  const shown = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  return shown - Math.floor(at_ms / 60_000) * 60_000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsIn(timeZone: string, at_ms: number): Readonly<Record<string, string>> {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const two = '2-digit';
    const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two } as const;
    format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...fields });
    formats.set(timeZone, format);
  }
  return Object.fromEntries(format.formatToParts(at_ms).map(({ type, value }) => [type, value]));
}
