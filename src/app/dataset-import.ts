// From a data set to runs of a ledger: each is made aside and then put in place whole, so that one that is there is complete and
// is not made again. What its account comes to here is held against what the data set says of it.

import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Dataset, openDataset } from '../exchange/dataset/manifest.ts';
import type { Row, TableName } from '../exchange/dataset/tables.ts';
import { GAPS, QUALITIES, SOURCES } from '../exchange/dataset/words.ts';
import { Rejections } from '../exchange/found.ts';
import { copyEnergy, copySteps, type LeftOut, readTable, strayRows } from '../ledger/dataset-in.ts';
import { makeFolder, syncFolder } from '../ledger/durable.ts';
import { type Engine, openEngine } from '../ledger/engine.ts';
import { keep } from '../ledger/kept.ts';
import { openReader } from '../ledger/reader.ts';
import { runFolder, runsFolder } from '../ledger/records.ts';
import { runOf } from '../ledger/runs.ts';
import { createRun, ensureLedger, openWriter, unwritable } from '../ledger/writer.ts';
import { buildReport } from '../report/build.ts';
import type { ReportJson } from '../report/model.ts';
import {
  deviceOfRow,
  endOfRow,
  eventOfRow,
  type From,
  runOfRow,
  seriesOfRows,
  writerOfRow,
} from './dataset-records.ts';
import { accountRows } from './dataset-rows.ts';
import { haveColumns, possible, sound } from './dataset-sound.ts';
import { summaries } from './reports.ts';

export interface ImportWishes {
  readonly version: string;
  /** Told before each run. */
  told?(what: string): void;
}

/** A figure that comes to another value here. */
export interface Differs {
  readonly run: string;
  readonly line: string;
  readonly was: number | null;
  readonly is: number | null;
  readonly why: string;
}

export interface Imported {
  readonly dataset: Dataset;
  readonly runs: readonly string[];
  /** Runs that were there already. */
  readonly there: readonly string[];
  readonly rows: number;
  readonly rejected: Rejections;
  readonly differs: readonly Differs[];
}

/** Merges a data set into a ledger. Rejects as openDataset, and with Fault ledger-unwritable. */
export async function importDataset(
  ledger: string,
  path: string,
  { version, told = () => {} }: ImportWishes,
): Promise<Imported> {
  const dataset = await openDataset(path);
  const { manifest, folder } = dataset;
  const from: From = {
    ...{ id: manifest.id, name: basename(resolve(folder)), relative: manifest.times === 'relative', at_ms: Date.now() },
    version,
  };
  const rejected = new Rejections();
  const engine = await openEngine();
  let staging: string | null = null;
  try {
    await haveColumns(engine, path, dataset);
    const read = async (table: TableName, run?: string): Promise<Row[]> =>
      sound(table, await readTable(engine, join(folder, manifest.tables[table].file), run), rejected);
    const [runs, segments, devices, parts] = await Promise.all(
      (['runs', 'segments', 'devices', 'intensity_parts'] as const).map((name) => read(name)),
    );
    const whole = segments!.filter(possible(rejected));
    const source: Source = {
      engine,
      read,
      ...{ segments: byRun(whole), devices: byRun(devices!), parts: byRun(parts!) },
      from,
    };
    await countStrays(source, whole, { dataset, rejected });
    ensureLedger(ledger);
    makeFolder(runsFolder(ledger));
    staging = stagingIn(ledger);
    const [made, there]: [string[], string[]] = [[], []];
    for (const [i, row] of runs!.entries()) {
      const id = String(row.run);
      told(`run ${i + 1} of ${runs!.length}`);
      if (existsSync(runFolder(ledger, id))) there.push(id);
      else if (await importRun(row, source, { ledger, staging, dataset, rejected })) made.push(id);
    }
    told('accounts');
    const differs = await compared(ledger, made, { accounts: byRun(await read('accounts')), parts: source.parts });
    const rows = Object.values(manifest.tables).reduce((sum, table) => sum + table.rows, 0);
    return { dataset, runs: made, there, rows, rejected, differs };
  } catch (cause) {
    throw cause instanceof Error && 'syscall' in cause ? unwritable(ledger, cause) : cause;
  } finally {
    engine.close();
    if (staging !== null) rmSync(staging, { recursive: true, force: true });
  }
}

interface Source {
  readonly engine: Engine;
  readonly read: (table: TableName, run?: string) => Promise<Row[]>;
  readonly segments: ReadonlyMap<string, readonly Row[]>;
  readonly devices: ReadonlyMap<string, readonly Row[]>;
  readonly parts: ReadonlyMap<string, readonly Row[]>;
  readonly from: From;
}

interface Into {
  readonly ledger: string;
  readonly staging: string;
  readonly dataset: Dataset;
  readonly rejected: Rejections;
}

const ALLOWED = { sources: SOURCES, qualities: QUALITIES, reasons: GAPS };

/** Whether the run was made: not where its texts cannot be used, nor where another process made it meanwhile. */
async function importRun(row: Row, source: Source, { ledger, staging, dataset, rejected }: Into): Promise<boolean> {
  const { engine, read, from } = source;
  const id = String(row.run);
  const parts = source.parts.get(id) ?? [];
  const stored = seriesOfRows(parts, parts.length === 0 ? [] : await read('intensity', id), from);
  const record = runOfRow(row, stored, from);
  if (record === null) {
    rejected.add('runs: its texts cannot be used');
    return false;
  }
  createRun(staging, record);
  if (stored !== null) keep(ledger, [stored]);
  const events = await read('events', id);
  for (const segment of source.segments.get(id) ?? []) {
    const own = (rows: readonly Row[]) => rows.filter((one) => one.segment === segment.segment);
    const writer = openWriter(staging, id, writerOfRow(segment, record.command));
    const devices = own(source.devices.get(id) ?? []);
    writer.devices(
      devices.map((device) => deviceOfRow(device, from)),
      [],
    );
    for (const one of own(events)) {
      const event = eventOfRow(one);
      if (event === null) rejected.add('events: facts that are none');
      else writer.append('events', event);
    }
    writer.flush();
    await writer.sync();
    const of = (table: 'energy' | 'steps') => ({
      file: join(dataset.folder, dataset.manifest.tables[table].file),
      ...{ run: id, segment: Number(segment.segment), into: join(writer.folder, `${table}.000001.parquet`) },
    });
    const names = devices.map(({ device }) => String(device));
    count(rejected, 'energy', await copyEnergy(engine, of('energy'), { devices: names, allowed: ALLOWED }));
    count(rejected, 'steps', await copySteps(engine, of('steps')));
    const end = endOfRow(segment);
    if (end !== null) await writer.end(end);
    else quiet(writer.folder);
  }
  return putInPlace(ledger, staging, id);
}

/** One that died does not look as if it had just written. */
function quiet(folder: string): void {
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1);
}

function putInPlace(ledger: string, staging: string, id: string): boolean {
  try {
    renameSync(runFolder(staging, id), runFolder(ledger, id));
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  syncFolder(runsFolder(ledger));
  return true;
}

const STAGING = '.import-';
const OLD_MS = 86_400_000;

/** A place of our own in the ledger's folder; what an import left there that was killed a day ago goes. */
function stagingIn(ledger: string): string {
  for (const name of readdirSync(ledger)) {
    if (!name.startsWith(STAGING)) continue;
    const at_ms = Number(name.slice(STAGING.length).split('-')[0]);
    if (Date.now() - at_ms > OLD_MS) rmSync(join(ledger, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(ledger, `${STAGING}${Date.now()}-`));
}

function count(rejected: Rejections, table: TableName, left: LeftOut): void {
  for (const { why, count: rows, first } of left) rejected.add(`${table}: ${why}`, first, rows);
}

async function countStrays(
  { engine }: Source,
  segments: readonly Row[],
  { dataset, rejected }: Pick<Into, 'dataset' | 'rejected'>,
): Promise<void> {
  const known = segments.map(({ run, segment }) => ({ run: String(run), segment: Number(segment) }));
  for (const table of ['energy', 'steps'] as const) {
    const file = join(dataset.folder, dataset.manifest.tables[table].file);
    count(rejected, table, await strayRows(engine, file, known));
  }
}

function byRun(rows: readonly Row[]): Map<string, Row[]> {
  const out = new Map<string, Row[]>();
  for (const row of rows) {
    const of = out.get(String(row.run));
    if (of === undefined) out.set(String(row.run), [row]);
    else of.push(row);
  }
  return out;
}

/** Relative. */
const SAME = 1e-9;
/** Figures that all others follow from. */
const LINES = ['it_j', 'operational_g', 'market_g', 'marginal_g', 'embodied_g', 'water_l', 'cost'] as const;

interface Said {
  readonly accounts: ReadonlyMap<string, readonly Row[]>;
  readonly parts: ReadonlyMap<string, readonly Row[]>;
}

/** Where the reports of these runs say something else here than the data set does. */
async function compared(ledger: string, runs: readonly string[], said: Said): Promise<Differs[]> {
  const reader = await openReader();
  try {
    const entries = runs.flatMap((id) => runOf(ledger, id) ?? []);
    const reports = await summaries(reader, ledger, { entries }, buildReport);
    return entries.flatMap((entry) => differing(reports.get(entry)!, said));
  } finally {
    reader.close();
  }
}

function differing(report: ReportJson, { accounts, parts }: Said): Differs[] {
  const run = report.run.id;
  const here = new Map(accountRows(report, String).map(({ line, value }) => [line, value as number | null]));
  const found = LINES.flatMap((line): Omit<Differs, 'why'>[] => {
    const row = accounts.get(run)?.find((one) => one.line === line);
    const [was, is] = [(row?.value ?? null) as number | null, here.get(line) ?? null];
    return row === undefined || same(was, is) ? [] : [{ run, line, was, is }];
  });
  return found.map((one) => ({ ...one, why: whyOther(one.line, found, parts.get(run) ?? []) }));
}

function same(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));
}

function whyOther(line: string, all: readonly { readonly line: string }[], parts: readonly Row[]): string {
  if (line === 'it_j') return 'its rows were left out, or are not those of the account';
  if (all.some((one) => one.line === 'it_j')) return 'its energy is another';
  if (line !== 'operational_g')
    return 'what its user said of it, or tables of another version, are not in the data set';
  const kept = parts.filter(({ given }) => given !== true);
  if (kept.length === 0) return 'its PUE changed with time, or its intensities are not those of the account';
  const names = [...new Set(kept.map(({ provider, quality }) => `${quality} of ${provider}`))].join(', ');
  return `the course of its intensity is not in the data set (${names}): what is known of its zone here stands for it`;
}
