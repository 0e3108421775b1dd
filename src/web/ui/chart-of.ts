// What a chart shows, and what can be told of it without drawing: its values in words, as a table, and where its ticks stand.
//
// All series of a chart share its x values; null is unknown. Times are epoch milliseconds and are told in UTC.

import { three } from '../../report/format.ts';

export type Value = number | null;

export interface Series {
  /** Of its own within the chart. */
  readonly name: string;
  /** Series of one unit share an axis; the first unit's stands on the left, others on the right. */
  readonly unit: string;
  readonly values: readonly Value[];
  /** The reach around the values. */
  readonly band?: {
    readonly low: readonly Value[];
    readonly high: readonly Value[] /** "90 %", "least – most" */;
    readonly what: string;
  };
  /** line (default); steps: a value holds until the next x; points: of themselves. */
  readonly kind?: 'line' | 'steps' | 'points';
  readonly dashed?: boolean;
  /** Which of the eight colours; default by place. */
  readonly ink?: number;
  /** The axis begins at 0, so that heights can be compared. */
  readonly from_zero?: boolean;
  /** A value in words; default three figures and the unit. */
  readonly write?: (value: number) => string;
}

/** A stretch [from, to) of x that is shaded; one that is unknown is hatched. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** "evaluation", "paused", "no readings: the meter was away". */
  readonly name: string;
  readonly kind: 'phase' | 'unknown';
  /** Which of the eight colours; phases of one name should have one. */
  readonly ink?: number;
}

export interface ChartOf {
  readonly title: string;
  readonly x: {
    readonly name: string;
    /** "" where it is a time. */
    readonly unit: string;
    readonly time?: boolean;
    /** Rising. */
    readonly values: readonly number[];
    /** What each is called, such as the run that a point is. */
    readonly names?: readonly string[];
  };
  readonly series: readonly Series[];
  readonly spans?: readonly Span[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Rows of values under named columns, as a table shows and a CSV holds them. */
export interface Rows {
  readonly columns: readonly { readonly name: string; readonly write?: (value: number) => string }[];
  readonly rows: readonly (readonly (string | Value)[])[];
}

const INKS = 8;
/** The custom property of a colour: "series-1" to "series-8". */
export const inkOf = (of: { readonly ink?: number }, place: number): string =>
  `series-${((of.ink ?? place) % INKS) + 1}`;

export const unitsOf = (series: readonly Series[]): string[] => [...new Set(series.map(({ unit }) => unit))];

export const inWords = ({ write, unit }: Pick<Series, 'write' | 'unit'>, value: Value): string =>
  value === null ? 'unknown' : (write?.(value) ?? `${three(value)} ${unit}`.trim());

/** "412 W (90 %: 350 W – 490 W)". */
export function told(series: Pick<Series, 'values' | 'unit' | 'write' | 'band'>, at: number): string {
  const value = series.values[at] ?? null;
  const low = series.band?.low[at] ?? null;
  const high = series.band?.high[at] ?? null;
  if (value === null || low === null || high === null || low === high) return inWords(series, value);
  return `${inWords(series, value)} (${series.band!.what}: ${inWords(series, low)} – ${inWords(series, high)})`;
}

export function xTold({ x }: ChartOf, at: number): string {
  const value = x.values[at]!;
  const text = x.time ? timeText(value) : `${three(value)} ${x.unit}`.trim();
  return x.names === undefined ? text : `${x.names[at]}, ${text}`;
}

/** Everything at one x, as one sentence for who listens. */
export function sentence(chart: ChartOf, at: number, off: ReadonlySet<string> = new Set()): string {
  const x = chart.x.values[at];
  if (x === undefined) return 'nothing here';
  const values = chart.series
    .filter(({ name }) => !off.has(name))
    .map((series) => `${series.name} ${told(series, at)}`);
  const spans = (chart.spans ?? []).filter(({ from, to }) => from <= x && x < to).map(({ name }) => name);
  return [xTold(chart, at), ...values, ...spans].join('; ');
}

/** The chart's values, all of them: what is drawn and what is written as CSV are the same. */
export function rowsOf({ x, series }: ChartOf): Rows {
  const columns: { name: string; write?: (value: number) => string }[] = [];
  const cells: ((at: number) => string | Value)[] = [];
  const add = (name: string, cell: (at: number) => string | Value, write?: (value: number) => string) => {
    columns.push({ name, ...(write && { write }) });
    cells.push(cell);
  };
  if (x.names !== undefined) add('name', (at) => x.names![at]!);
  if (x.time) add(`${x.name} (UTC)`, (at) => new Date(x.values[at]!).toISOString());
  else add(withUnit(x.name, x.unit), (at) => x.values[at]!);
  for (const one of series) {
    const write = (value: number) => inWords(one, value);
    add(withUnit(one.name, one.unit), (at) => one.values[at] ?? null, write);
    if (one.band === undefined) continue;
    const { low, high, what } = one.band;
    add(withUnit(`${one.name}, low of ${what}`, one.unit), (at) => low[at] ?? null, write);
    add(withUnit(`${one.name}, high of ${what}`, one.unit), (at) => high[at] ?? null, write);
  }
  return { columns, rows: x.values.map((_, at) => cells.map((cell) => cell(at))) };
}

/** Puts it in, or takes it out. */
export function toggled(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

export const withUnit = (name: string, unit: string): string => (unit === '' ? name : `${name} (${unit})`);

/**
 * As RFC 4180 has it. Unknown is an empty cell. Text that a spreadsheet would take for a formula gets a ' in front, as OWASP
 * advises (owasp.org/www-community/attacks/CSV_Injection).
 */
export function csvOf({ columns, rows }: Rows): string {
  const cell = (value: string | Value): string => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Stretches in which no series has a value, as spans: what is not known is shown, not left white. */
export function unknownSpans({ x, series }: ChartOf): Span[] {
  const spans: Span[] = [];
  const lines = series.filter(({ kind }) => kind !== 'points');
  if (lines.length === 0) return [];
  let from: number | null = null;
  x.values.forEach((at, place) => {
    const known = lines.some(({ values }) => (values[place] ?? null) !== null);
    if (known && from !== null) spans.push({ from, to: at, name: 'unknown', kind: 'unknown' });
    if (known) from = null;
    else from ??= at;
  });
  const last = x.values.at(-1)!;
  if (from !== null && last > from) spans.push({ from, to: last, name: 'unknown', kind: 'unknown' });
  return spans;
}

/** What unknown stretches are called, once each: as they were told, else "unknown" where there are some. */
export function unknownNames(chart: ChartOf): string[] {
  const names = (chart.spans ?? []).filter(({ kind }) => kind === 'unknown').map(({ name }) => name);
  return names.length > 0 ? [...new Set(names)] : unknownSpans(chart).length > 0 ? ['unknown'] : [];
}

/** The part of `whole` that is `factor` as wide, around `at`, and within it. */
export function zoomed(shown: Range, whole: Range, { at, factor }: { at: number; factor: number }): Range {
  const width = Math.min((shown.to - shown.from) * factor, whole.to - whole.from);
  const share = shown.to > shown.from ? (at - shown.from) / (shown.to - shown.from) : 0.5;
  const from = Math.min(Math.max(at - share * width, whole.from), whole.to - width);
  return { from, to: from + width };
}

/** Round numbers in [low, high], about so many, a step of 1, 2 or 5 apart. */
export function ticks(low: number, high: number, about: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, about);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5, 10].find((by) => by * size >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const many = Math.floor(high / step + 1e-9) - first;
  // Through text, so that 3 × 0.1 is 0.3.
  return Array.from({ length: many + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** All ticks of an axis with as many decimals as their step needs: "0", "0.5", "1.0". */
export function tickTexts(at: readonly number[]): string[] {
  const step = at.length > 1 ? Math.abs(at[1]! - at[0]!) : Math.abs(at[0] ?? 1);
  const most = Math.max(...at.map(Math.abs));
  if (most >= 1e7 || (most > 0 && most < 1e-4)) return at.map((value) => (value === 0 ? '0' : value.toExponential(1)));
  const decimals = step === 0 ? 0 : Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return at.map((value) => value.toFixed(decimals));
}

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAY = 24 * H;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((by) => by * S),
  ...[1, 2, 5, 10, 15, 30].map((by) => by * MIN),
  ...[1, 2, 3, 6, 12].map((by) => by * H),
  ...[1, 2, 7, 14, 28, 91, 364].map((by) => by * DAY),
];

/** Round times (UTC) in [from, to], about so many. */
export function timeTicks(from: number, to: number, about: number): number[] {
  const rough = (to - from) / Math.max(1, about);
  const step = STEPS.find((one) => one >= rough) ?? STEPS.at(-1)!;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, at) => first + at * step);
}

/** "14:05", "14:05:30", "28 Nov": as exact as their step needs; the first of a day tells the day. */
export function timeTexts(at: readonly number[]): string[] {
  const step = at.length > 1 ? at[1]! - at[0]! : DAY;
  return at.map((ms, place) => {
    const iso = new Date(ms).toISOString();
    const day = dayText(ms);
    if (step >= DAY) return day;
    const clock = step < S ? iso.slice(14, 23) : step < MIN ? iso.slice(11, 19) : iso.slice(11, 16);
    const before = at[place - 1];
    return before === undefined || Math.floor(before / DAY) !== Math.floor(ms / DAY) ? `${clock}\n${day}` : clock;
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayText = (ms: number): string => `${new Date(ms).getUTCDate()} ${MONTHS[new Date(ms).getUTCMonth()]}`;

/** "2026-11-28 14:05:30 UTC", with milliseconds where there are some. */
export function timeText(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, ms % 1000 === 0 ? 19 : 23)} UTC`;
}
