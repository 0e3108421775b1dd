// Turns a table that people bring (CSV, Parquet, a JSON array) into rows of intensity: which column is what, and each cell's
// value.
//
// A cell without a value is a hole where the format has a way to say so (null, NaN of Parquet, an empty cell of Electricity
// Maps); in a CSV of one's own it is refused.

import { fault } from '../core/fault.ts';
import { parseTimestamp } from '../core/timestamp.ts';
import type { IntensityPart } from './series.ts';

export type Quality = 'measured' | 'estimated' | 'forecast';

export interface FileRow {
  /** Line of the text, or number of the row. */
  readonly at: number;
  readonly from_ms: number;
  /** null: until the next row. */
  readonly to_ms: number | null;
  /** null: the file says that it is not known. */
  readonly g_per_kwh: number | null;
  readonly quality: Quality;
}

export interface FileRows {
  readonly rows: readonly FileRow[];
  readonly about: Pick<IntensityPart, 'zone' | 'kind' | 'scope'> & {
    readonly provider?: string;
    readonly source?: string;
    readonly licence?: string;
  };
  /** What a place in `at` is called. */
  readonly place: 'line' | 'row';
  /** What was made of the columns, in sentences. */
  readonly columns: readonly string[];
  /** What is to be known of the values, in sentences. */
  readonly notes: readonly string[];
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly { readonly at: number; readonly cells: readonly unknown[] }[];
  readonly place: 'line' | 'row';
  /** Columns of times that say themselves that they are local. */
  readonly local?: ReadonlySet<string>;
}

/** The dirtiest plants are near 1300 g/kWh; more than this is a wrong unit. */
const ABSURD = 3000;
const KINDS = ['average', 'marginal'] as const;
const SCOPES = ['lifecycle', 'direct'] as const;
const QUALITIES = ['measured', 'estimated', 'forecast'] as const;

/**
 * Names by what they mean, in lower case, the best first. Those with spaces are Electricity Maps' downloads, older ones
 * (LCA) and newer ones.
 */
const NAMES = {
  from: ['timestamp', 'from', 'from_ms', 'datetime (utc)'],
  to: ['to', 'to_ms', 'end'],
  value: [
    ...['gco2e_per_kwh', 'gco2_per_kwh', 'g_per_kwh'],
    ...['carbon intensity gco2eq/kwh (life cycle)', 'carbon intensity gco2eq/kwh (lca)'],
    'carbon intensity gco2eq/kwh (direct)',
  ],
  kind: ['kind'],
  scope: ['scope'],
  zone: ['zone', 'zone id'],
  quality: ['quality', 'data estimated'],
} as const;
type Meaning = keyof typeof NAMES;
type Columns = Readonly<Record<Meaning, number>>;

/** Makes a Fault file-bad of one file: what is wrong, what would be right, and where. */
export type Bad = (problem: string, hint: string, at?: number, cause?: unknown) => Error;
export const badIn =
  (file: string, place: 'line' | 'row' = 'line'): Bad =>
  (problem, hint, at, cause) =>
    fault('file-bad', { facts: { file, where: at === undefined ? '' : ` ${place} ${at}`, problem, hint }, cause });

/** Throws Fault file-bad, with the line or row. */
export function tableRows(table: Table, bad: Bad): FileRows {
  const header = table.header.map((name) => name.trim().toLowerCase().replaceAll('₂', '2'));
  const columns = columnsOf(header, bad);
  if (table.rows.length === 0) throw bad('it has no rows', 'at least one row after the header');
  const named = header[columns.value]!.includes(' ');
  const local = table.local?.has(table.header[columns.from]!) === true && !header[columns.from]!.includes('(utc)');
  if (local)
    throw bad(
      `the times of "${table.header[columns.from]}" are local ones, without a zone`,
      'write them with their zone: in pandas tz_localize("UTC") where they are UTC',
    );
  const cell = (cells: readonly unknown[], meaning: Meaning) => cells[columns[meaning]] ?? null;
  const rows = table.rows.map(({ at, cells }): FileRow => {
    const from_ms = timeOf(cell(cells, 'from'), header[columns.from]!, (problem, hint) => bad(problem, hint, at));
    const to = cell(cells, 'to');
    const to_ms =
      columns.to < 0 || to === null || to === ''
        ? null
        : timeOf(to, header[columns.to]!, (problem, hint) => bad(problem, hint, at));
    if (to_ms !== null && to_ms <= from_ms) throw bad('it ends before it begins', 'an end after the beginning', at);
    const g_per_kwh = gramsOf(cells[columns.value] ?? (table.place === 'row' ? null : ''), named, (problem, hint) =>
      bad(problem, hint, at),
    );
    return {
      at,
      from_ms,
      to_ms,
      g_per_kwh,
      quality: qualityOf(cell(cells, 'quality'), header[columns.quality], bad, at),
    };
  });
  const one = <T extends string>(meaning: 'kind' | 'scope' | 'zone', allowed: readonly T[] | null, usual: T): T =>
    oneOf(table, columns[meaning], { meaning, allowed, usual, bad });
  const zone = one<string>('zone', null, '');
  const kind = one('kind', KINDS, 'average');
  const scope = one('scope', SCOPES, header[columns.value]!.endsWith('(direct)') ? 'direct' : 'lifecycle');
  return {
    rows,
    about: { zone, kind, scope },
    place: table.place,
    columns: columnNotes(table.header, columns, named),
    notes: [],
  };
}

function columnsOf(header: readonly string[], bad: Bad): Columns {
  const found = Object.fromEntries(
    Object.entries(NAMES).map(([meaning, names]) => [
      meaning,
      (names as readonly string[]).map((name) => header.indexOf(name)).find((i) => i >= 0) ?? -1,
    ]),
  ) as Columns;
  if (found.from >= 0 && found.value >= 0) return found;
  const missing = found.from < 0 ? 'timestamp' : 'gco2e_per_kwh';
  throw bad(`there is no column "${missing}" (found: ${header.join(', ') || 'nothing'})`, hintFor(header, found));
}

function hintFor(header: readonly string[], { from }: Columns): string {
  const all = header.join(' ');
  if (all.includes(';') || all.includes('\t')) return 'separate the fields by commas, not semicolons or tabs';
  if (from < 0 && /local/.test(all))
    return 'times with their zone, in a column "timestamp": local ones come twice in autumn';
  const pounds = header.find((name) => /\blbs?(?=[\W_]|$)|_lbs?(?=[\W_]|$)|pound/.test(name));
  if (pounds !== undefined)
    return `"${pounds}" looks like pounds per MWh: multiply by 0.45359237 and call it gco2e_per_kwh`;
  const kilo = header.find((name) => /kg.*(per|\/)_?kwh|(^|[^a-z])t(on)?(ne)?s?.*mwh/.test(name));
  if (kilo !== undefined) return `"${kilo}" looks like kg/kWh or t/MWh: multiply by 1000 and call it gco2e_per_kwh`;
  const same = header.find((name) => /kg.*mwh/.test(name));
  if (same !== undefined) return `"${same}" looks like kg/MWh, which is g/kWh: call it gco2e_per_kwh`;
  return 'a header with timestamp and gco2e_per_kwh, separated by commas';
}

export type Wrong = (problem: string, hint: string) => Error;

/** Epoch ms of a cell; a column that says that it is in UTC needs no zone in its cells. */
export function timeOf(cell: unknown, column: string, bad: Wrong): number {
  if (cell instanceof Date && !Number.isNaN(cell.getTime())) return cell.getTime();
  const text = String(cell ?? '').trim();
  const at_ms = parseTimestamp(text) ?? (column.endsWith('(utc)') ? parseTimestamp(`${text}Z`) : null);
  if (at_ms !== null) return at_ms;
  throw bad(
    `"${text}" is not a time with its zone`,
    'ISO 8601 such as 2024-05-01T13:00Z, or epoch seconds or milliseconds',
  );
}

function gramsOf(cell: unknown, emptyIsHole: boolean, bad: Wrong): number | null {
  if (cell === null || Number.isNaN(cell) || (emptyIsHole && cell === '')) return null;
  const text = String(cell).trim();
  const g = typeof cell === 'boolean' || text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(g) || g < 0)
    throw bad(`"${text}" is not an intensity`, 'gCO2e per kWh, 0 or more; leave rows out where nothing is known');
  if (g <= ABSURD) return g;
  throw bad(
    `${g} gCO2e/kWh cannot be`,
    'give gCO2e per kWh (1 lb/MWh is 0.4536 g/kWh, 1 kg/MWh is 1 g/kWh, 1 kg/kWh is 1000 g/kWh)',
  );
}

function qualityOf(cell: unknown, column: string | undefined, bad: Bad, at: number): Quality {
  const text = String(cell ?? '')
    .trim()
    .toLowerCase();
  if (column === 'data estimated') return text === 'false' ? 'measured' : 'estimated';
  if (text === '') return 'measured';
  if (QUALITIES.includes(text as Quality)) return text as Quality;
  throw bad(`"${text.slice(0, 40)}" is not a quality`, `one of ${QUALITIES.join(', ')}`, at);
}

/** What a whole file says in a column: an empty cell says nothing. */
function oneOf<T extends string>(
  { rows }: Table,
  column: number,
  { meaning, allowed, usual, bad }: { meaning: string; allowed: readonly T[] | null; usual: T; bad: Bad },
): T {
  let said = '';
  if (column < 0) return usual;
  for (const { at, cells } of rows) {
    const text = String(cells[column] ?? '').trim();
    const name = allowed === null ? text : text.toLowerCase();
    if (name === '') continue;
    if (allowed !== null && !allowed.includes(name as T))
      throw bad(`"${name.slice(0, 40)}" is not a ${meaning}`, `one of ${allowed.join(', ')}`, at);
    if (said !== '' && said !== name)
      throw bad(`${said} and ${name} are mixed in the column "${meaning}"`, `one file for each ${meaning}`, at);
    said = name;
  }
  return (said as T) || usual;
}

function columnNotes(header: readonly string[], columns: Columns, named: boolean): string[] {
  const used = new Set(Object.values(columns));
  const unused = header.filter((_, i) => !used.has(i)).map((name) => `"${name}"`);
  const taken = named ? [`"${header[columns.value]}" is taken for gco2e_per_kwh`] : [];
  return [...taken, ...(unused.length === 0 ? [] : [`not used: ${unused.join(', ')}`])];
}
