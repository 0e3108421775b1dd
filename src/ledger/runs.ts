// The runs of a ledger as their JSON files tell them, with the state derived from the processes that wrote them.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, fault } from '../core/fault.ts';
import { byDistance } from '../core/nearest.ts';
import { type Amended, amended, amendmentsIn } from './amendments.ts';
import { parseText } from './kept.ts';
import { pausedIn } from './pauses.ts';
import { isAlive, thisProcess } from './process.ts';
import {
  type DevicesRecord,
  type EndRecord,
  ID,
  type RunRecord,
  runFolder,
  runsFolder,
  type WriterRecord,
} from './records.ts';
import { segmentsOf } from './segments.ts';
import { isDevices, isEnd, isRun, isWriter } from './shapes.ts';
import { shiftsOf } from './skew.ts';
import { hasLedger } from './version.ts';

export type RunState = 'running' | 'paused' | 'finished' | 'moved' | 'failed' | 'stopped' | 'interrupted';

/** Whether its job is still there: running, or held. */
export const goesOn = (state: string): boolean => state === 'running' || state === 'paused';

export interface WriterEntry {
  readonly folder: string;
  readonly record: WriterRecord & Pick<DevicesRecord, 'devices' | 'absent'>;
  readonly end: EndRecord | null;
  readonly state: RunState;
  /** ms by which its times were moved to agree with the run's other hosts; those of its rows are moved when read. */
  readonly shift_ms: number;
}

export interface RunEntry extends Pick<Amended, 'amendments' | 'unsure'> {
  /** As it was recorded, with its amendments. */
  readonly record: RunRecord;
  readonly writers: readonly WriterEntry[];
  readonly state: RunState;
  /** Files that could not be understood, in words. */
  readonly damage: readonly string[];
  /** Those of them that hide energy of the run: its total is then not known. */
  readonly lost: readonly string[];
}

/** Worst first: a run is what the worst of its writers is, and running while any runs; moved while nothing goes on elsewhere. */
const WORST: readonly RunState[] = ['running', 'paused', 'interrupted', 'failed', 'stopped', 'finished', 'moved'];
/** A writer elsewhere that has not flushed for this long is taken for dead. */
const SILENT_MS = 30_000;

/** Nothing that came later: no run, no segment, no amendment. Absent: as it is now. */
export interface Limits {
  readonly as_of_ms?: number | undefined;
  /** Of amendments alone, where it differs. */
  readonly amended_by_ms?: number;
}

/** All runs, newest first. Throws Fault ledger-missing, ledger-newer. */
export function listRuns(ledger: string, limits: Limits = {}): RunEntry[] {
  return readRuns(ledger, limits).runs;
}

/** All runs, newest first, and the folders that hold one but whose run.json cannot be understood. Throws as listRuns. */
export function readRuns(
  ledger: string,
  limits: Limits = {},
): { readonly runs: RunEntry[]; readonly damaged: string[] } {
  if (!hasLedger(ledger)) throw fault('ledger-missing', { facts: { ledger } });
  const runs: RunEntry[] = [];
  const damaged: string[] = [];
  for (const id of names(runsFolder(ledger))) {
    const folder = runFolder(ledger, id);
    const record = parse<RunRecord>(join(folder, 'run.json'), isRun);
    if (record?.id === id && ID.test(id)) {
      if (record.created_at_ms <= (limits.as_of_ms ?? Number.POSITIVE_INFINITY))
        runs.push(readRun(folder, record, limits));
    }
    // A folder that is still empty is a run about to be created.
    else if (names(folder).some((name) => !name.startsWith('.'))) damaged.push(folder);
  }
  runs.sort((a, b) => b.record.created_at_ms - a.record.created_at_ms || (a.record.id < b.record.id ? 1 : -1));
  return { runs, damaged };
}

/** The run meant by an id, an id's beginning, a name (the newest of that name) or `last`. Throws Fault. */
export function findRun(ledger: string, wanted: string, limits: Limits = {}): RunEntry {
  if (!hasLedger(ledger)) throw fault('ledger-missing', { facts: { ledger } });
  // A whole id needs no look at all the others.
  const whole = ID.test(wanted) ? runOf(ledger, wanted, limits) : null;
  if (whole?.record.id === wanted && whole.record.created_at_ms <= (limits.as_of_ms ?? Number.POSITIVE_INFINITY))
    return whole;
  const runs = listRuns(ledger, limits);
  const exact = runs.find(({ record }) => record.id === wanted) ?? (wanted === 'last' ? runs[0] : undefined);
  const named = exact ?? runs.find(({ record }) => record.name === wanted);
  if (named !== undefined) return named;
  const begun = runs.filter(({ record }) => record.id.startsWith(wanted));
  if (begun.length === 1) return begun[0]!;
  if (begun.length === 0) throw missing(ledger, wanted, runs);
  const matches = begun.slice(0, 5).map(({ record }) => record.id);
  throw fault('run-ambiguous', { facts: { run: wanted, count: begun.length, matches: matches.join(', ') } });
}

/** So many of the newest are looked at for what was meant, and so many of these are told. */
const [LOOKED_AT, MOST_NAMED] = [1000, 3];

function missing(ledger: string, wanted: string, runs: readonly RunEntry[]): Fault {
  const names = runs.slice(0, LOOKED_AT).flatMap(({ record: { id, name } }) => (name === null ? [id] : [name, id]));
  const text = wanted.toLowerCase();
  const holds = (word: string) => text.length > 2 && word.toLowerCase().includes(text);
  const near = byDistance([...new Set(names)], wanted)
    .filter(({ word, off }) => holds(word) || off <= Math.max(2, wanted.length / 3))
    .map(({ word }) => word.replace(/\p{Cc}+/gu, ' ').slice(0, 64));
  const hint = near.length === 0 ? '' : `did you mean ${near.slice(0, MOST_NAMED).join(', ')}? `;
  return fault('run-not-found', { facts: { run: wanted, ledger, hint: `${hint}${LIST_RUNS}` } });
}

/** For who named none. */
export const LIST_RUNS = 'list what is there with: joulebook runs';

/** One run as its files tell it now; null where its run.json is not there or cannot be understood. */
export function runOf(ledger: string, id: string, limits: Limits = {}): RunEntry | null {
  const folder = runFolder(ledger, id);
  const record = parse<RunRecord>(join(folder, 'run.json'), isRun);
  return record?.id === id && ID.test(id) ? readRun(folder, record, limits) : null;
}

function readRun(folder: string, original: RunRecord, limits: Limits): RunEntry {
  const { as_of_ms = Number.POSITIVE_INFINITY, amended_by_ms = as_of_ms } = limits;
  const said = amended(original, amendmentsIn(folder), amended_by_ms);
  const damage: string[] = [...said.damage];
  const lost: string[] = [];
  const writers = names(folder)
    .filter((name) => !name.includes('.json') && !name.startsWith('.'))
    .flatMap((name): WriterEntry[] => {
      const path = join(folder, name);
      // Queries are made with the paths of files: a name that is none of ours could mean something to them.
      const named = ID.test(name) ? parse<WriterRecord>(join(path, 'writer.json'), isWriter) : null;
      if (named === null) {
        const { open, parquet, broken } = segmentsOf([path], 'energy');
        const why = ID.test(name) ? `${name}/writer.json cannot be read` : `${name} is no name of a writer`;
        if (open.length + parquet.length + broken.length > 0) lost.push(why);
        return [];
      }
      if (!named.imported && named.started_at_ms > as_of_ms) return [];
      const inside = <T>(file: string, check: (value: unknown) => boolean): T | null => {
        const found = parse<T>(join(path, file), check);
        if (found === null && existsSync(join(path, file))) damage.push(`${name}/${file} cannot be read`);
        return found;
      };
      const found = inside<DevicesRecord>('devices.json', isDevices);
      const writer = { ...named, devices: found?.devices ?? [], absent: found?.absent ?? [] };
      const end = inside<EndRecord>('end.json', isEnd);
      return [{ folder: path, record: writer, end, state: writerState(path, writer, end), shift_ms: 0 }];
    });
  const shifts = shiftsOf(writers.map(({ record }) => record));
  const state = WORST.find((state) => writers.some((writer) => writer.state === state)) ?? 'interrupted';
  const { record, amendments, unsure } = said;
  return {
    ...{ record, amendments, unsure, writers: writers.map((writer, i) => moved(writer, shifts[i]!)) },
    ...{ state, damage, lost },
  };
}

function moved({ record, end, ...rest }: WriterEntry, shift_ms: number): WriterEntry {
  return {
    ...rest,
    record: { ...record, started_at_ms: record.started_at_ms + shift_ms },
    end: end === null ? null : { ...end, ended_at_ms: end.ended_at_ms + shift_ms },
    shift_ms,
  };
}

/** Code 0, or an end of which no code is known: of a process that is not our child. One that was ended to go on is no failure. */
export const endedWell = ({ exit_code, signal, by_budget }: EndRecord): boolean =>
  by_budget === 'paused' || by_budget === 'moved' || ((exit_code ?? 0) === 0 && signal === null);

function writerState(folder: string, writer: WriterRecord, end: EndRecord | null): RunState {
  if (end !== null && end.by_budget !== 'paused') return endState(end);
  const told = pausedIn(folder);
  const paused = told !== null;
  if (end !== null && !paused) return endState(end);
  if (end !== null && told?.stopped === true) return 'stopped';
  return isGoingOn(folder, writer) ? (paused ? 'paused' : 'running') : 'interrupted';
}

/** What a budget ended so that it is started again later was followed by another segment. */
function endState(end: EndRecord): RunState {
  if (end.by_budget === 'stopped' || end.by_budget === 'moved') return end.by_budget;
  return endedWell(end) ? 'finished' : 'failed';
}

function isGoingOn(folder: string, writer: WriterRecord): boolean {
  const alive = isAlive(writer, thisProcess());
  if (alive !== null) return alive;
  const flushed = Math.max(...names(folder).map((name) => mtimeOf(join(folder, name))));
  return Date.now() - flushed < SILENT_MS;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** What a JSON file holds where it passes the check; null where it is missing or does not. */
function parse<T>(file: string, check: (value: unknown) => boolean): T | null {
  try {
    return parseText(readFileSync(file, 'utf8'), check);
  } catch {
    return null;
  }
}

function mtimeOf(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
