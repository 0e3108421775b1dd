// Reads intensities from JSON: joulebook's own (joulebook/grid/v1), an array of rows with the names of a CSV's columns, or an
// answer of Electricity Maps, WattTime or NESO as it was saved.
//
// Saved answers are read by the drivers of their providers, so that they mean here what they mean when asked for.

import { Fault, reasonOf } from '../core/fault.ts';
import { type Bad, badIn, type FileRows, type Table, tableRows } from './file-table.ts';
import type { Point } from './provider.ts';

/** Qualities that no provider tells. */
const MEANS: readonly unknown[] = ['climatology', 'annual'];

type Json = Readonly<Record<string, unknown>>;

/** Rejects with Fault file-bad. */
export async function jsonRows(file: string, text: string): Promise<FileRows> {
  const bad = badIn(file, 'row');
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw bad(`it is no JSON: ${reasonOf(cause)}`, 'the whole of an answer, as it came', undefined, cause);
  }
  if (Array.isArray(found)) return arrayRows(found, bad);
  const { schema } = found as Json;
  if (schema === 'joulebook/grid/v1') return ownRows(found as Json, bad);
  if (schema === 'joulebook/grid-recording/v1')
    throw bad('it is a recording', 'make a file of it: joulebook grid history ZONE --replay FILE --csv');
  if (schema !== undefined) throw bad(`it is of schema "${String(schema).slice(0, 60)}"`, 'joulebook/grid/v1');
  return savedRows(found as Json, bad);
}

function arrayRows(found: readonly unknown[], bad: Bad): FileRows {
  const rows = found.map((row, i) => {
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Json;
    throw bad('it is no row of names and values', 'objects such as {"timestamp": …, "gco2e_per_kwh": …}', i + 1);
  });
  if (rows.some((row) => 'rating' in row || 'forecastData' in row))
    throw bad(
      'it looks like an answer of the Carbon Aware SDK, which does not say of what kind and scope its values are',
      'rows with timestamp (its time), gco2e_per_kwh (its rating), kind and scope; or ask it: joulebook grid history ZONE --provider carbon-aware-sdk --json',
    );
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table: Table = {
    ...{ header, place: 'row' },
    rows: rows.map((row, i) => ({ at: i + 1, cells: header.map((name) => row[name]) })),
  };
  return tableRows(table, bad);
}

/** What `joulebook grid … --json` prints. */
function ownRows(found: Json, bad: Bad): FileRows {
  const { points, zone, kind, scope, provider, source, licence } = found;
  if (!Array.isArray(points)) throw bad('it has no points', 'the output of joulebook grid history ZONE --json');
  // Means over weeks or a year would come back as if somebody had told them.
  const told = points.filter((point) => !MEANS.includes((point as Json | null)?.quality));
  if (told.length === 0) throw bad('it has no points', 'ask for a time of which a provider has told something');
  const left = points.length - told.length;
  const read = arrayRows(
    told.map((point, i) => (i === 0 && typeof point === 'object' ? { ...point, zone, kind, scope } : point)),
    bad,
  );
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const notes = left === 0 ? [] : [`${left} of ${points.length} points are climatology or annual means, and left out`];
  return {
    ...{ ...read, columns: [], notes },
    about: { ...read.about, provider: text(provider) || 'file', source: text(source), licence: text(licence) },
  };
}

async function savedRows(found: Json, bad: Bad): Promise<FileRows> {
  const saved = await import('./saved-answers.ts');
  try {
    const read = saved.savedAnswer(found);
    if (read !== null) {
      const { points, notes, ...about } = read;
      return { about, notes, columns: [], place: 'row', rows: points.map((point, i) => ({ ...point, at: i + 1 })) };
    }
  } catch (cause) {
    if (cause instanceof Fault)
      throw bad(String(cause.facts.why), 'the whole of an answer, as it came', undefined, cause);
    throw cause;
  }
  throw bad(
    `it is no answer that is known here (found: ${Object.keys(found).slice(0, 8).join(', ') || 'nothing'})`,
    'an answer of Electricity Maps, WattTime or NESO, the output of joulebook grid history --json, or an array of rows',
  );
}

/** A point whose end may not be said. */
export type SavedPoint = Omit<Point, 'to_ms' | 'g_per_kwh'> & {
  readonly to_ms: number | null;
  readonly g_per_kwh: number | null;
};
