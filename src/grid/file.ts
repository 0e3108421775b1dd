// Reads an intensity series that people bring as CSV: timestamp, gco2e_per_kwh (or gco2_per_kwh), optionally kind,
// scope and zone. Each row holds until the next, the last for the usual spacing (a single row: one hour).

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fault, reasonOf } from '../core/fault.ts';
import { parseTimestamp } from '../core/timestamp.ts';
import type { IntensitySeries } from './series.ts';

const VALUE = ['gco2e_per_kwh', 'gco2_per_kwh'] as const;
const KINDS = ['average', 'marginal'] as const;
const SCOPES = ['direct', 'lifecycle'] as const;
/** The dirtiest plants are near 1300 g/kWh; more than this is a wrong unit. */
const ABSURD = 3000;
const HOUR_MS = 3_600_000;

/** Throws Fault file-unreadable, file-bad (with the line). */
export async function readIntensityFile(path: string): Promise<IntensitySeries> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file: path, why: reasonOf(cause) }, cause });
  }
  const { parse } = await import('csv-parse/sync');
  return parseIntensity(
    path,
    text,
    (csv) =>
      parse(csv, {
        bom: true,
        relax_column_count: true,
        skip_empty_lines: true,
        trim: true,
        info: true,
      }) as unknown as CsvRow[],
  );
}

export interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** The text of a file as a series; `parse` splits CSV into fields with their line numbers. */
export function parseIntensity(file: string, text: string, parse: (csv: string) => CsvRow[]): IntensitySeries {
  const bad = (problem: string, hint: string, line?: number, cause?: unknown) =>
    fault('file-bad', { facts: { file, where: line === undefined ? '' : ` line ${line}`, problem, hint }, cause });
  let rows: CsvRow[];
  try {
    rows = parse(text);
  } catch (cause) {
    throw bad(reasonOf(cause), 'one row a line, fields separated by commas', undefined, cause);
  }
  const header = (rows[0]?.record ?? []).map((name) => name.toLowerCase());
  const wanted = 'a header with timestamp and gco2e_per_kwh, separated by commas';
  const at = header.indexOf('timestamp');
  const value = VALUE.map((name) => header.indexOf(name)).find((i) => i >= 0) ?? -1;
  if (at < 0 || value < 0) {
    const missing = at < 0 ? 'timestamp' : 'gco2e_per_kwh';
    throw bad(
      `there is no column "${missing}" (found: ${header.join(', ') || 'nothing'})`,
      header[0]?.includes(';') ? 'separate the fields by commas, not semicolons' : wanted,
    );
  }
  if (rows.length < 2) throw bad('it has no rows', 'at least one row after the header');
  const points = rows.slice(1).map(({ record, info }) => {
    const time = parseTimestamp(record[at] ?? '');
    if (time === null)
      throw bad(
        `"${record[at] ?? ''}" is not a time with its zone`,
        'ISO 8601 such as 2024-05-01T13:00Z, or epoch seconds or milliseconds',
        info.lines,
      );
    const field = record[value] ?? '';
    const g = Number(field);
    if (field === '' || !Number.isFinite(g) || g < 0)
      throw bad(
        `"${field}" is not an intensity`,
        'gCO2e per kWh, 0 or more; leave rows out where nothing is known',
        info.lines,
      );
    if (g > ABSURD)
      throw bad(
        `${g} gCO2e/kWh cannot be`,
        'give gCO2e per kWh (1 lb/MWh is 0.4536 g/kWh, 1 kg/MWh is 1 g/kWh)',
        info.lines,
      );
    return { time, g, line: info.lines };
  });
  const said = <T extends string>(column: string, allowed: readonly T[], usual: T): T => {
    const i = header.indexOf(column);
    const values = new Map(
      i < 0 ? [] : rows.slice(1).map(({ record, info }) => [(record[i] ?? '').toLowerCase() || usual, info.lines]),
    );
    if (values.size > 1)
      throw bad(
        `${[...values.keys()].join(' and ')} are mixed in the column "${column}"`,
        `one ${column} per file`,
        [...values.values()].pop(),
      );
    const [name = usual] = values.keys();
    if (!allowed.includes(name as T)) throw bad(`"${name}" is not a ${column}`, `one of ${allowed.join(', ')}`);
    return name as T;
  };
  const zoneColumn = header.indexOf('zone');
  const zones = new Set(zoneColumn < 0 ? [] : rows.slice(1).map(({ record }) => record[zoneColumn] ?? ''));
  if (zones.size > 1) throw bad(`it holds several zones: ${[...zones].join(', ')}`, 'one file per zone');
  const sorted = points.sort((a, b) => a.time - b.time || a.line - b.line);
  const unique = sorted.filter((point, i) => {
    const before = sorted[i - 1];
    if (before === undefined || before.time !== point.time) return true;
    if (before.g !== point.g)
      throw bad(
        `the time of line ${before.line} comes again with another value (${before.g}, ${point.g})`,
        'one value per time',
        point.line,
      );
    return false;
  });
  const from_ms = Float64Array.from(unique.map(({ time }) => time));
  const gaps = [...from_ms.slice(1)].map((time, i) => time - from_ms[i]!).sort((a, b) => a - b);
  const usual = gaps[gaps.length >> 1] ?? HOUR_MS;
  return {
    ...{
      zone: [...zones][0] ?? '',
      provider: 'file',
      kind: said('kind', KINDS, 'average'),
      scope: said('scope', SCOPES, 'lifecycle'),
    },
    ...{
      quality: 'measured',
      from_ms,
      to_ms: Float64Array.from([...from_ms.slice(1), from_ms[from_ms.length - 1]! + usual]),
    },
    g_per_kwh: Float64Array.from(unique.map(({ g }) => g)),
    ...{ source: basename(file), licence: '', year: null },
  };
}
