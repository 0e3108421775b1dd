// Answers the report's questions from the ledger's files: energy by device and interval, steps, events.

import { dirname } from 'node:path';
import type { Step } from '../workload/step.ts';
import { energyOf } from './energy.ts';
import { type Engine, openEngine } from './engine.ts';
import { type IdleGpu, idleOf } from './idle.ts';
import { damagedFile, placesOf, rowsOf, writersOf } from './places.ts';
import { type Log, progressOf } from './progress.ts';
import type { EventRow, StepRow } from './records.ts';
import type { RunEntry, WriterEntry } from './runs.ts';
import { sharedEnergy, type Twice } from './shared.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';
import { type Asked, lastOf, type Units, unitsOf } from './units.ts';
import type { RunEnergy } from './use.ts';

export interface Reader {
  /** Energy of each run by its id. Charged intervals are grouped to `step_ms` where it is given. */
  energy(runs: readonly RunEntry[], step_ms: number | null): Promise<Map<string, RunEnergy>>;
  /** Energy in J that runs counted more than once between them, over devices they shared at the same time; `each` is told when. */
  sharedEnergy(runs: readonly RunEntry[], each?: Twice): Promise<number>;
  /** Energy of devices over common stretches of time. */
  units(asked: Asked): Promise<Units>;
  /** Until when there are rows of energy, epoch ms, by the writers' folders. */
  lastOf(writers: readonly WriterEntry[]): Promise<Map<string, number>>;
  /** When the runs' GPUs had nothing to do, by the runs' ids. */
  idle(runs: readonly RunEntry[]): Promise<Map<string, IdleGpu[]>>;
  steps(run: RunEntry): Promise<StepRow[]>;
  /** Of several runs in one pass, by their ids: all of their rows are in memory at once. */
  stepsOf(runs: readonly RunEntry[]): Promise<Map<string, StepRow[]>>;
  events(runs: readonly RunEntry[]): Promise<Map<string, EventRow[]>>;
  /** Segments of the run's steps and events that the questions so far could not read, in words. */
  damage(run: RunEntry): string[];
  close(): void;
}

/** Opens a reader; close() it. Rejects with Fault engine-missing. */
export async function openReader(memory?: string): Promise<Reader> {
  return readerOn(await openEngine(memory));
}

/** A reader on a connection that is there already; its close() closes that. */
export function readerOn(engine: Engine): Reader {
  const broken = new Set<string>();
  return {
    energy: (runs, step) => energyOf(engine, runs, step),
    sharedEnergy: (runs, each) => sharedEnergy(engine, runs, each),
    units: (asked) => unitsOf(engine, asked),
    lastOf: (writers) => lastOf(engine, writers),
    idle: (runs) => idleOf(engine, runs),
    steps: async (run) => (await stepsOf(engine, [run], broken)).get(run.record.id)!,
    stepsOf: (runs) => stepsOf(engine, runs, broken),
    events: (runs) => eventsOf(engine, runs, broken),
    damage: ({ writers }) =>
      [...broken].filter((file) => writers.some(({ folder }) => dirname(file) === folder)).map(damagedFile),
    close: () => engine.close(),
  };
}

async function stepsOf(engine: Engine, runs: readonly RunEntry[], lost: Set<string>): Promise<Map<string, StepRow[]>> {
  const places = placesOf(runs);
  const found = await askSound(engine, 'steps', [...places.keys()], async (from, broken) => {
    for (const file of broken) lost.add(file);
    if (from === null) return {};
    const moved = movedRows(from, writersOf(places), ['at_ms']);
    return engine.columns(`SELECT * FROM ${moved} ORDER BY at_ms, step, filename`);
  });
  type Json = Record<'metrics' | 'units', string | null>;
  type Row = Omit<Step, keyof Json> & Json & { it_j: number | null; filename: string };
  const rows = rowsOf<Row>(found);
  const logs = new Map<string, Log>();
  for (const { filename, at_ms } of rows) {
    const folder = dirname(filename);
    const { record, end } = places.get(folder)!.writer;
    const { lines, to_ms } = logs.get(folder) ?? { lines: 0, to_ms: end?.ended_at_ms ?? 0 };
    const from_ms = record.started_at_ms;
    const rank = record.rank?.rank ?? null;
    logs.set(folder, { folder, rank, from_ms, to_ms: Math.max(to_ms, at_ms), lines: lines + 1 });
  }
  const logsOf = new Map<string, Log[]>();
  for (const log of logs.values()) {
    const { run } = places.get(log.folder)!;
    logsOf.set(run, [...(logsOf.get(run) ?? []), log]);
  }
  const counted = new Set([...logsOf.values()].flatMap((own) => [...progressOf(own)]));
  const out = new Map<string, StepRow[]>(runs.map((run) => [run.record.id, []]));
  for (const { filename, ...row } of rows) {
    const folder = dirname(filename);
    if (!counted.has(folder)) continue;
    out.get(places.get(folder)!.run)!.push({ ...row, metrics: numbersOf(row.metrics), units: numbersOf(row.units) });
  }
  return out;
}

async function eventsOf(
  engine: Engine,
  runs: readonly RunEntry[],
  lost: Set<string>,
): Promise<Map<string, EventRow[]>> {
  const places = placesOf(runs);
  const out = new Map<string, EventRow[]>(runs.map((run) => [run.record.id, []]));
  const found = await askSound(engine, 'events', [...places.keys()], async (from, broken) => {
    for (const file of broken) lost.add(file);
    if (from === null) return {};
    // Findings are told again and again while a run lives: the last of a segment holds those before it.
    const latest = `row_number() OVER (PARTITION BY filename, device, event ORDER BY at_ms DESC) = 1`;
    const moved = movedRows(from, writersOf(places), ['at_ms']);
    return engine.columns(
      `SELECT * FROM ${moved} QUALIFY event <> 'findings' OR ${latest} ORDER BY at_ms, filename, event, device, message`,
    );
  });
  for (const { filename, facts, device, ...row } of rowsOf<EventRow & { filename: string; facts: unknown }>(found)) {
    const { run, writer } = places.get(dirname(filename))!;
    const known = parsed<NonNullable<EventRow['facts']>>(facts);
    out.get(run)!.push({
      ...row,
      writer: writer.record.writer,
      ...(device === null || device === undefined ? {} : { device }),
      ...(known === null ? {} : { facts: known }),
    });
  }
  return out;
}

const numbersOf = (text: string | null) => parsed<Record<string, number>>(text) ?? {};

/** An object from its JSON; null for what is none, as in a damaged file. */
function parsed<T extends object>(text: unknown): T | null {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    return typeof value === 'object' && value !== null ? (value as T) : null;
  } catch {
    return null;
  }
}
