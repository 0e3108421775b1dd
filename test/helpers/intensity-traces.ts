// The grid traces of ../shared (or GRID_TRACES), read into hours: what was, what was forecast, and what is known before an
// hour. They are read in tests and benches alone and are never kept.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Character } from '../../src/grid/series.ts';

export const TRACES = resolve(process.env.GRID_TRACES ?? '../shared/data/grid');
export const haveTraces = existsSync(join(TRACES, 'forecast'));

/** Hours without a hole in time; NaN where nothing is known. */
export interface Trace {
  readonly name: string;
  /** Of several traces of one grid the same. */
  readonly zone: string;
  /** Hours since the epoch of the first one. */
  readonly from_h: number;
  readonly g_per_kwh: Float64Array;
}

export interface Forecast {
  readonly trace: Trace;
  /** Of each issue: when, hours since the epoch, and by lead in hours [actual, forecast]. */
  readonly issues: readonly { readonly at_h: number; readonly actual: Float64Array; readonly forecast: Float64Array }[];
}

/** The same grids under other names. */
const ZONES: Readonly<Record<string, string>> = {
  ...{ CC_CISO: 'US-CAL-CISO', CC_ERCO: 'US-TEX-ERCO', CC_DE: 'DE', GB_NESO: 'GB' },
};
const HOUR_MS = 3_600_000;
export const WEEK_H = 168;

/** All zone-years, by name. */
export function readTraces(folder = TRACES): Trace[] {
  const files = readdirSync(folder).filter((file) => /-\d{4}\.csv$/.test(file));
  return files.sort().map((file) => {
    const name = file.slice(0, -'.csv'.length);
    const own = name.slice(0, -'-2020'.length);
    return { name, zone: ZONES[own] ?? own, ...hourly(rowsOf(join(folder, file)), 'gco2_per_kwh') };
  });
}

/** The forecasts that came with a trace of the same zone, each issue with its leads. */
export function readForecasts(traces: readonly Trace[], folder = TRACES): Forecast[] {
  return readdirSync(join(folder, 'forecast')).flatMap((file) => {
    const trace = traces.find(({ name }) => name === file.replace(/H\d\.csv$/, ''));
    if (trace === undefined) return [];
    const issues = new Map<string, Row[]>();
    for (const row of rowsOf(join(folder, 'forecast', file)))
      issues.set(row.issued!, [...(issues.get(row.issued!) ?? []), row]);
    return [
      {
        trace,
        issues: [...issues].map(([issued, rows]) => {
          const [actual, forecast] = [new Float64Array(96).fill(Number.NaN), new Float64Array(96).fill(Number.NaN)];
          for (const row of rows) {
            actual[Number(row.lead_h)] = Number(row.actual);
            forecast[Number(row.lead_h)] = Number(row.forecast);
          }
          return { at_h: Date.parse(`${issued}T00:00Z`) / HOUR_MS, actual, forecast };
        }),
      },
    ];
  });
}

/** What a provider said just before real time, beside what it said after; of the trace's own hours. */
export function readNowcast(trace: Trace, folder = TRACES): Trace {
  return { ...trace, ...hourly(rowsOf(join(folder, `${trace.name}.csv`)), 'forecast_gco2_per_kwh') };
}

/** Yearly means of zones by one source and year, of the table beside the traces: zone → g/kWh. */
export function readYearly(source: RegExp, year: number, folder = TRACES): Map<string, number> {
  const rows = rowsOf(join(folder, '../cases/grid-annual.csv'));
  return new Map(
    rows
      .filter((row) => source.test(row.source!) && Number(row.year) === year && Number(row.lifecycle_gco2e_kwh) > 0)
      .map((row) => [row.zone!, Number(row.lifecycle_gco2e_kwh)]),
  );
}

/** Means over `length` hours from each hour on; NaN where an hour of them is not known. */
export function means(values: Float64Array, length: number): Float64Array {
  const out = new Float64Array(values.length).fill(Number.NaN);
  let [sum, holes] = [0, 0];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) holes++;
    else sum += value;
    const gone = values[i - length];
    if (gone !== undefined) {
      if (Number.isNaN(gone)) holes--;
      else sum -= gone;
    }
    if (i >= length - 1 && holes === 0) out[i - length + 1] = sum / length;
  });
  return out;
}

/** How the hours [from, to) of a trace are; null where fewer than a week of them are known. */
export function characterOf(values: Float64Array, from: number, to: number): Character | null {
  const known = values.slice(Math.max(0, from), Math.max(0, to)).filter((value) => !Number.isNaN(value));
  if (known.length < WEEK_H) return null;
  const mean_g_per_kwh = known.reduce((s, g) => s + g, 0) / known.length;
  const square = known.reduce((s, g) => s + (g - mean_g_per_kwh) ** 2, 0) / known.length;
  return { mean_g_per_kwh, variation: Math.sqrt(square) / mean_g_per_kwh };
}

export const meanOf = (values: ArrayLike<number>): number => {
  const known = Array.from(values).filter((value) => !Number.isNaN(value));
  return known.reduce((s, g) => s + g, 0) / known.length;
};

type Row = Readonly<Record<string, string>>;
const rowsOf = (path: string): Row[] => parse(readFileSync(path, 'utf8'), { columns: true, skip_empty_lines: true });

function hourly(rows: readonly Row[], column: string): Pick<Trace, 'from_h' | 'g_per_kwh'> {
  const told = rows.filter((row) => row[column] !== '' && row[column] !== undefined);
  const hours = told.map((row) => Math.floor(Date.parse(row.timestamp!) / HOUR_MS));
  const from_h = hours[0]!;
  const [sum, count] = [new Float64Array(hours.at(-1)! - from_h + 1), new Float64Array(hours.at(-1)! - from_h + 1)];
  told.forEach((row, i) => {
    sum[hours[i]! - from_h]! += Number(row[column]);
    count[hours[i]! - from_h]! += 1;
  });
  return { from_h, g_per_kwh: sum.map((all, i) => all / count[i]!) };
}
