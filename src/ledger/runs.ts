// The runs of a ledger as their JSON files tell them, with the state derived from the processes that wrote them.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fault, reasonOf } from '../core/fault.ts';
import { isAlive, thisProcess } from './process.ts';
import {
  type DevicesRecord,
  type EndRecord,
  FORMAT_VERSION,
  gridFile,
  type RunRecord,
  runFolder,
  runsFolder,
  SEGMENT,
  type TableName,
  type WriterRecord,
} from './records.ts';
import type { Segments } from './tables.ts';

export type RunState = 'running' | 'paused' | 'finished' | 'failed' | 'stopped' | 'interrupted';

export interface WriterEntry {
  readonly folder: string;
  readonly record: WriterRecord & Pick<DevicesRecord, 'devices' | 'absent'>;
  readonly end: EndRecord | null;
  readonly state: RunState;
}

export interface RunEntry {
  readonly record: RunRecord;
  readonly writers: readonly WriterEntry[];
  readonly state: RunState;
  /** Files that could not be understood, in words. */
  readonly damage: readonly string[];
}

/** Worst first: a run is what the worst of its writers is, and running while any runs. */
const WORST: readonly RunState[] = ['running', 'paused', 'interrupted', 'failed', 'stopped', 'finished'];
/** A writer elsewhere that has not flushed for this long is taken for dead. */
const SILENT_MS = 30_000;

/** All runs, newest first. Throws Fault ledger-missing, ledger-newer. */
export function listRuns(ledger: string): RunEntry[] {
  checkLedger(ledger);
  return names(runsFolder(ledger))
    .flatMap((id) => {
      const entry = readRun(ledger, id);
      return entry === null ? [] : [entry];
    })
    .sort((a, b) => b.record.created_at_ms - a.record.created_at_ms || (a.record.id < b.record.id ? 1 : -1));
}

/** The run meant by an id, an id's beginning, a name (the newest of that name) or `last`. Throws Fault. */
export function findRun(ledger: string, wanted: string): RunEntry {
  const runs = listRuns(ledger);
  const exact = runs.find(({ record }) => record.id === wanted) ?? (wanted === 'last' ? runs[0] : undefined);
  const named = exact ?? runs.find(({ record }) => record.name === wanted);
  if (named !== undefined) return named;
  const begun = runs.filter(({ record }) => record.id.startsWith(wanted));
  if (begun.length === 1) return begun[0]!;
  if (begun.length === 0) throw fault('run-not-found', { facts: { run: wanted, ledger } });
  const matches = begun.slice(0, 5).map(({ record }) => record.id);
  throw fault('run-ambiguous', { facts: { run: wanted, count: begun.length, matches: matches.join(', ') } });
}

/** The files that hold a table's rows: of a segment in both forms only the Parquet file. */
export function segmentsOf(folders: readonly string[], table: TableName): Segments {
  const open: string[] = [];
  const parquet: string[] = [];
  for (const folder of folders) {
    const found = names(folder).filter((name) => SEGMENT.exec(name)?.[1] === table);
    const sealed = new Set(found.filter((name) => name.endsWith('.parquet')).map((name) => name.slice(0, -8)));
    for (const name of found) {
      const path = join(folder, name);
      if (name.endsWith('.parquet')) parquet.push(path);
      else if (!sealed.has(name.slice(0, -5)) && sizeOf(path) > 0) open.push(path);
    }
  }
  return { open, parquet };
}

/** How many lines of open segments are not whole: torn by a kill or damaged. They are left out of every figure. */
export function brokenLines(segments: Segments): number {
  let broken = 0;
  for (const path of segments.open) {
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n');
    lines.pop();
    if (!text.endsWith('\n')) broken++;
    for (const line of lines) if (!(line.startsWith('{') && line.endsWith('}'))) broken++;
  }
  return broken;
}

/** The intensity series stored with a run; null where there is none. */
export function storedSeries(ledger: string, hash: string): unknown {
  const file = gridFile(ledger, hash);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}

function checkLedger(ledger: string): void {
  const text = read(join(ledger, 'ledger.json'));
  if (text === null) throw fault('ledger-missing', { facts: { ledger } });
  const found = Number(parse<{ version?: number }>(text)?.version ?? Number.NaN);
  if (!(found <= FORMAT_VERSION)) throw fault('ledger-newer', { facts: { ledger, found, known: FORMAT_VERSION } });
}

function readRun(ledger: string, id: string): RunEntry | null {
  const folder = runFolder(ledger, id);
  const record = parse<RunRecord>(read(join(folder, 'run.json')));
  if (record === null || record.id !== id) return null;
  const damage: string[] = [];
  const writers = names(folder)
    .filter((name) => !name.includes('.json') && !name.startsWith('.'))
    .flatMap((name): WriterEntry[] => {
      const path = join(folder, name);
      const named = parse<WriterRecord>(read(join(path, 'writer.json')));
      const found = parse<DevicesRecord>(read(join(path, 'devices.json')));
      const writer = named && { ...named, devices: found?.devices ?? [], absent: found?.absent ?? [] };
      if (writer === null) {
        if (segmentsOf([path], 'energy').open.length > 0) damage.push(`${name}: writer.json cannot be read`);
        return [];
      }
      const end = parse<EndRecord>(read(join(path, 'end.json')));
      return [{ folder: path, record: writer, end, state: writerState(path, writer, end) }];
    });
  const state = WORST.find((state) => writers.some((writer) => writer.state === state)) ?? 'interrupted';
  return { record, writers, state, damage };
}

function writerState(folder: string, writer: WriterRecord, end: EndRecord | null): RunState {
  if (end !== null) return end.exit_code === 0 && end.signal === null ? 'finished' : 'failed';
  const alive = isAlive(writer, thisProcess());
  if (alive !== null) return alive ? 'running' : 'interrupted';
  const flushed = Math.max(...names(folder).map((name) => mtimeOf(join(folder, name))));
  return Date.now() - flushed < SILENT_MS ? 'running' : 'interrupted';
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function parse<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

function mtimeOf(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
