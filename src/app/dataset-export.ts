// From runs of the ledger to a data set: a folder that appears whole or not at all.
//
// It is written beside its place under another name, the manifest last, and then renamed.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fault, reasonOf, usage } from '../core/fault.ts';
import { type Include, pseudonyms } from '../exchange/dataset/anonymous.ts';
import { datasheetText } from '../exchange/dataset/datasheet.ts';
import { DATASET_VERSION, entriesOf, idOf, type Manifest } from '../exchange/dataset/manifest.ts';
import { MANIFEST_SCHEMA, rowSchema } from '../exchange/dataset/schema.ts';
import { type Column, columnsOf, type Row, TABLE_NAMES, type TableName } from '../exchange/dataset/tables.ts';
import { nameDevices, type Renamed, writeEnergy, writeSteps } from '../ledger/dataset-out.ts';
import { syncFolder } from '../ledger/durable.ts';
import { openEngine } from '../ledger/engine.ts';
import { writeParquet } from '../ledger/parquet-out.ts';
import { openReader } from '../ledger/reader.ts';
import { goesOn, type RunEntry } from '../ledger/runs.ts';
import { factsOf } from './dataset-facts.ts';
import { intensityRows } from './dataset-intensity.ts';
import { type Anonymity, accountRows, decisionRows, eventRows, runRow, segmentRows, WORDS } from './dataset-rows.ts';
import { reportOf } from './reports.ts';
import { chainOfRun } from './run-chain.ts';

export interface ExportWishes {
  readonly folder: string;
  readonly title: string;
  readonly creator: string | null;
  readonly purpose: string | null;
  readonly licence: string;
  readonly include: readonly Include[];
  readonly relative: boolean;
  /** 0: as recorded. */
  readonly resolution_ms: number;
  /** What names are hashed with; null: a new one that nobody keeps. */
  readonly key: Uint8Array | null;
  readonly version: string;
  /** Told before each run, and before what takes long after them. */
  told?(what: string): void;
}

export interface Written {
  readonly manifest: Manifest;
  readonly left_out: readonly { readonly run: string; readonly why: string }[];
}

type Tables = Record<TableName, Row[]>;

/** Writes a data set of these runs. Rejects with Fault usage where its place is taken or no run is left; dataset-unwritable. */
export async function exportDataset(
  ledger: string,
  entries: readonly RunEntry[],
  wishes: ExportWishes,
): Promise<Written> {
  const { folder, told = () => {} } = wishes;
  if (existsSync(folder) && !isEmpty(folder))
    throw usage(`${folder} is there already`, 'name a folder that is not, or is empty; a data set is never changed');
  const { runs, left_out } = await chosen(entries);
  if (runs.length === 0) throw usage('there is no run to export', 'runs must have ended, and their records be whole');
  const names = pseudonyms(wishes.key ?? randomBytes(32));
  const how: Anonymity = {
    ...{ names, include: new Set(wishes.include), relative: wishes.relative },
    there: new Set(runs.map(({ record }) => record.id)),
  };
  // In an order that tells nothing of their time.
  const ordered = [...runs].sort((a, b) => (names.run(a.record.id) < names.run(b.record.id) ? -1 : 1));
  const { tables, renamed, shared_j } = await gathered(ledger, ordered, { how, told });
  const draft = draftBeside(folder);
  try {
    told('energy and steps');
    const rows = await writeTables(draft, tables, { runs: ordered, renamed, every_ms: wishes.resolution_ms });
    told('hashes');
    const manifest = await describe(draft, { wishes, tables, rows, left_out, shared_j });
    for (const file of readdirSync(draft, { recursive: true, withFileTypes: true }))
      syncFile(join(file.parentPath, file.name));
    put(draft, 'manifest.json', json(manifest));
    syncFile(join(draft, 'manifest.json'));
    syncFolder(draft);
    renameSync(draft, folder);
    syncFolder(dirname(folder));
    return { manifest, left_out };
  } catch (cause) {
    throw unwritable(folder, cause);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Runs that have ended and whose energy is whole; why the others are left out. */
async function chosen(entries: readonly RunEntry[]): Promise<{ runs: RunEntry[]; left_out: Written['left_out'] }> {
  const reader = await openReader();
  try {
    const ended = entries.filter(({ state }) => !goesOn(state));
    const energy = await reader.energy(ended, 86_400_000);
    const why = (entry: RunEntry): string | null => {
      if (!ended.includes(entry)) return 'it is still running';
      if (entry.writers.length === 0) return 'nothing metered it';
      return energy.get(entry.record.id)!.lost.length > 0 ? 'its records are damaged' : null;
    };
    const left_out = entries.flatMap((entry) => {
      const reason = why(entry);
      return reason === null ? [] : [{ run: entry.record.id, why: reason }];
    });
    return { runs: entries.filter((entry) => why(entry) === null), left_out };
  } finally {
    reader.close();
  }
}

async function gathered(
  ledger: string,
  runs: readonly RunEntry[],
  { how, told }: { readonly how: Anonymity; told(what: string): void },
): Promise<{ tables: Tables; renamed: Renamed[]; shared_j: number }> {
  const tables = Object.fromEntries(TABLE_NAMES.map((name) => [name, [] as Row[]])) as Tables;
  const renamed: Renamed[] = [];
  const reader = await openReader();
  try {
    for (const [i, entry] of runs.entries()) {
      told(`run ${i + 1} of ${runs.length}`);
      const report = await reportOf(ledger, entry);
      const events = (await reader.events([entry])).get(entry.record.id)!;
      const run = { entry, report, events };
      const { started_at_ms: from_ms, ended_at_ms } = report.run;
      const chain = chainOfRun(ledger, entry, { span: { from_ms, to_ms: ended_at_ms ?? from_ms } });
      const segments = segmentRows(run, how);
      const intensity = intensityRows(report, chain.series, how);
      renamed.push(...segments.renamed);
      tables.runs.push(runRow(run, how));
      const add = (name: TableName, rows: readonly Row[]) => {
        for (const row of rows) tables[name].push(row);
      };
      add('segments', segments.segments);
      add('devices', segments.devices);
      add('events', eventRows(run, how));
      add('decisions', decisionRows(run, how));
      add('accounts', accountRows(report, how.names.run));
      add('intensity_parts', intensity.parts);
      add('intensity', intensity.courses);
    }
    const whole = runs.filter(({ record }) => record.cut_of === undefined || !how.there.has(record.cut_of));
    return { tables, renamed, shared_j: await reader.sharedEnergy(whole) };
  } finally {
    reader.close();
  }
}

const PARQUET = { text: 'VARCHAR', number: 'DOUBLE', integer: 'BIGINT', flag: 'BOOLEAN' } as const;

interface Large {
  readonly runs: readonly RunEntry[];
  readonly renamed: readonly Renamed[];
  readonly every_ms: number;
}

/** All tables as Parquet; rows by table. */
async function writeTables(
  draft: string,
  tables: Tables,
  { runs, renamed, every_ms }: Large,
): Promise<Record<TableName, number>> {
  const rows = Object.fromEntries(TABLE_NAMES.map((name) => [name, tables[name].length])) as Record<TableName, number>;
  const engine = await openEngine();
  try {
    await nameDevices(engine, renamed);
    rows.energy = await writeEnergy(engine, join(draft, 'energy.parquet'), { runs, words: WORDS, every_ms });
    rows.steps = await writeSteps(engine, join(draft, 'steps.parquet'), { runs, words: WORDS });
  } finally {
    engine.close();
  }
  for (const name of TABLE_NAMES) {
    if ((name === 'energy' || name === 'steps') && rows[name] > 0) continue;
    const columns = columnsOf(name).map(({ name: column, type }: Column) => ({ name: column, type: PARQUET[type] }));
    await writeParquet(join(draft, `${name}.parquet`), columns, tables[name]);
  }
  return rows;
}

interface Described {
  readonly wishes: ExportWishes;
  readonly tables: Tables;
  readonly rows: Record<TableName, number>;
  readonly left_out: Written['left_out'];
  readonly shared_j: number;
}

/** Schemas and datasheet, and the manifest of all. */
async function describe(draft: string, { wishes, tables, rows, left_out, shared_j }: Described): Promise<Manifest> {
  const { title, licence, creator, purpose, version: joulebook, relative, resolution_ms, include } = wishes;
  const about = {
    ...{ title, licence, creator, joulebook, created_at_ms: Date.now(), resolution_ms },
    ...{ times: relative ? ('relative' as const) : ('kept' as const), included: [...new Set(include)].sort() },
  };
  mkdirSync(join(draft, 'schemas'));
  for (const name of TABLE_NAMES) put(draft, `schemas/${name}.schema.json`, json(rowSchema(name)));
  put(draft, 'schemas/manifest.schema.json', json(MANIFEST_SCHEMA));
  put(
    draft,
    'datasheet.md',
    datasheetText({ about, purpose, rows, ...factsOf(tables, { relative, left_out, shared_j }) }),
  );
  const names = [
    ...TABLE_NAMES.flatMap((name) => [`${name}.parquet`, `schemas/${name}.schema.json`]),
    ...['schemas/manifest.schema.json', 'datasheet.md'],
  ];
  const files = await entriesOf(draft, names.sort());
  return {
    ...{ schema: 'joulebook/dataset/v1', version: DATASET_VERSION, id: idOf(files), ...about },
    tables: Object.fromEntries(
      TABLE_NAMES.map((name) => [name, { file: `${name}.parquet`, rows: rows[name] }]),
    ) as Manifest['tables'],
    files,
  };
}

function draftBeside(folder: string): string {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    const draft = mkdtempSync(join(dirname(folder), `.${basename(folder)}.draft-`));
    chmodSync(draft, 0o777 & ~process.umask()); // as any folder: it is made to be given away
    return draft;
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

const unwritable = (file: string, cause: unknown) =>
  cause instanceof Error && 'code' in cause && 'syscall' in cause
    ? fault('dataset-unwritable', { facts: { file, why: reasonOf(cause) }, cause })
    : cause;

const isEmpty = (folder: string): boolean => {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false; // a file
  }
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const put = (folder: string, name: string, text: string): void => writeFileSync(join(folder, name), text);

function syncFile(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
