// Samples of metrics as Prometheus and its tools write them, one at a time: its text format with times, `promtool tsdb
// dump`, the answer of query_range (JSON), and tables (CSV), long or with a column for each series.
//
// Source: prometheus.io, "Exposition formats" and "HTTP API". A line without a time, as scraped by hand, cannot be
// placed: it is left out.

import { isRecord } from '../core/record.ts';
import type { ZoneTime } from '../core/zone-time.ts';
import type { Rejections } from './found.ts';
import type { TextFile } from './text-file.ts';

export interface Metric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly at_ms: number;
  readonly value: number;
}

export interface Reading {
  /** Takes a sample; metrics that do not matter are passed over there. */
  take(metric: Metric, line: number): void;
  /** Whether a metric is one of those read. */
  wanted(name: string): boolean;
  readonly rejected: Rejections;
  readonly time: ZoneTime;
}

const SERIES = /^\s*([A-Za-z_:][\w:]*)?\s*(?:\{(.*)\})?\s*$/;
const LINE = /^([A-Za-z_:][\w:]*)?(?:\{(.*)\})?\s+(\S+)(?:\s+(\S+))?(?:\s+#.*)?$/;
const LABEL = /([A-Za-z_][\w]*|__name__)\s*=~?\s*"((?:[^"\\]|\\.)*)"/g;

/** The series that a text names: kepler_node_cpu_joules_total{zone="package"}; null where it names none. */
export function seriesOf(text: string): Pick<Metric, 'name' | 'labels'> | null {
  const match = SERIES.exec(text);
  if (match === null) return null;
  const labels = labelsOf(match[2] ?? '');
  const name = match[1] ?? labels.__name__ ?? '';
  return name === '' ? null : { name, labels };
}

function labelsOf(text: string): Record<string, string> {
  const unquote = (value: string) => value.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name, value]) => [name!, unquote(value!)]));
}

/** Reads lines of the text format or of a dump; how many samples there were. */
export async function readLines(text: TextFile, reading: Reading): Promise<number> {
  let number = 0;
  let rows = 0;
  const one = (line: string) => {
    number++;
    if (line.trim() === '' || line.startsWith('#')) return;
    const match = LINE.exec(line.trim());
    if (match === null) {
      rows++;
      return reading.rejected.add('no line of a metric', number);
    }
    const [, bare, braces, value, at] = match;
    const labels = labelsOf(braces ?? '');
    const name = bare ?? labels.__name__ ?? '';
    if (!reading.wanted(name)) return;
    rows++;
    if (at === undefined) return reading.rejected.add('a sample without a time', number);
    place({ name, labels }, { at, value: value!, line: number, reading });
  };
  for await (const line of text.lines()) one(line);
  return rows;
}

/** J, mJ or W: beyond it counters are no longer whole numbers, and nothing is metered. */
const MOST = 2 ** 63;

interface Placed {
  readonly at: string;
  readonly value: string;
  readonly line: number;
  readonly reading: Reading;
}

function place(series: Pick<Metric, 'name' | 'labels'>, { at, value, line, reading }: Placed): void {
  const at_ms = reading.time.parse(at);
  const number = value === '' ? Number.NaN : Number(value);
  if (at_ms === null) reading.rejected.add('a time that cannot be read', line);
  else if (!(number >= 0 && number < MOST)) reading.rejected.add('a value that is no number of 0 or more', line);
  else reading.take({ ...series, at_ms, value: number }, line);
}

/** Reads the answer of query_range or query: a matrix or vector; how many samples there were. */
export function readAnswer(value: unknown, reading: Reading): number {
  const result = isRecord(value) && isRecord(value.data) ? value.data.result : isRecord(value) ? value.result : value;
  let rows = 0;
  for (const series of Array.isArray(result) ? result : []) {
    if (!isRecord(series) || !isRecord(series.metric)) continue;
    const labels = Object.fromEntries(Object.entries(series.metric).map(([name, text]) => [name, String(text)]));
    const name = labels.__name__ ?? '';
    if (!reading.wanted(name)) continue;
    for (const point of Array.isArray(series.values) ? series.values : [series.value]) {
      rows++;
      const [at, number] = Array.isArray(point) ? (point as unknown[]) : [];
      place({ name, labels }, { at: String(at ?? ''), value: String(number ?? ''), line: 0, reading });
    }
  }
  return rows;
}

const TIMES = ['timestamp', 'time', 'ts', 'datetime'];
const NAMES = ['__name__', 'metric', 'name', 'metric_name'];
const VALUES = ['value', 'val'];

export interface Table {
  /** What each column is, in words. */
  readonly columns: readonly string[];
  take(fields: readonly string[], line: number): void;
}

/** How a table with this header is read; null where it holds no series that is wanted. */
export function tableOf(header: readonly string[], reading: Reading): Table | null {
  const names = header.map((name) => name.trim());
  const lower = names.map((name) => name.toLowerCase());
  const at = lower.findIndex((name) => TIMES.includes(name));
  if (at < 0) return null;
  const value = lower.findIndex((name) => VALUES.includes(name));
  const named = lower.findIndex((name) => NAMES.includes(name));
  const series = names.map((name, i) => (i === at ? null : seriesOf(name)));
  const wide = series.flatMap((one, i) => (one !== null && reading.wanted(one.name) ? [{ one, i }] : []));
  const labels = names.map((name, i) => ({ name, i })).filter(({ i }) => ![at, value, named].includes(i));
  if (value >= 0 && named >= 0)
    return {
      columns: names.map(
        (name, i) => `${name}: ${i === at ? 'time' : i === value ? 'value' : i === named ? 'metric' : 'label'}`,
      ),
      take(fields, line) {
        const metric = seriesOf(fields[named] ?? '');
        if (metric === null || !reading.wanted(metric.name)) return;
        const own = Object.fromEntries(labels.map(({ name, i }) => [name, fields[i] ?? '']));
        place(
          { name: metric.name, labels: { ...own, ...metric.labels } },
          { at: fields[at] ?? '', value: fields[value] ?? '', line, reading },
        );
      },
    };
  if (wide.length === 0) return null;
  const isSeries = new Set(wide.map(({ i }) => i));
  return {
    columns: names.map((name, i) => `${name}: ${i === at ? 'time' : isSeries.has(i) ? 'series' : 'label'}`),
    take(fields, line) {
      const own = Object.fromEntries(
        labels.filter(({ i }) => !isSeries.has(i)).map(({ name, i }) => [name, fields[i] ?? '']),
      );
      for (const { one, i } of wide) {
        const text = fields[i] ?? '';
        if (text === '') continue; // a series that had no sample then
        place(
          { name: one.name, labels: { ...own, ...one.labels } },
          { at: fields[at] ?? '', value: text, line, reading },
        );
      }
    },
  };
}
