// Answers the report's questions from the ledger's files: energy by device and interval, steps, events.

import { dirname } from 'node:path';
import type { Step } from '../workload/step.ts';
import { energyOf } from './energy.ts';
import { type Engine, openEngine } from './engine.ts';
import { damagedFile, placesOf, rowsOf } from './places.ts';
import type { EventRow, StepRow } from './records.ts';
import type { RunEntry } from './runs.ts';
import { sharedEnergy } from './shared.ts';
import { askSound } from './sound.ts';
import type { RunEnergy } from './use.ts';

export interface Reader {
  /** Energy of each run by its id. Charged intervals are grouped to `step_ms` where it is given. */
  energy(runs: readonly RunEntry[], step_ms: number | null): Promise<Map<string, RunEnergy>>;
  /** Energy in J that runs counted more than once between them, over devices they shared at the same time. */
  sharedEnergy(runs: readonly RunEntry[]): Promise<number>;
  steps(run: RunEntry): Promise<StepRow[]>;
  events(runs: readonly RunEntry[]): Promise<Map<string, EventRow[]>>;
  /** Segments of the run's steps and events that the questions so far could not read, in words. */
  damage(run: RunEntry): string[];
  close(): void;
}

/** Opens a reader; close() it. Rejects with Fault engine-missing. */
export async function openReader(memory?: string): Promise<Reader> {
  const engine = await openEngine(memory);
  const broken = new Set<string>();
  return {
    energy: (runs, step) => energyOf(engine, runs, step),
    sharedEnergy: (runs) => sharedEnergy(engine, runs),
    steps: (run) => stepsOf(engine, run, broken),
    events: (runs) => eventsOf(engine, runs, broken),
    damage: ({ writers }) =>
      [...broken].filter((file) => writers.some(({ folder }) => dirname(file) === folder)).map(damagedFile),
    close: () => engine.close(),
  };
}

async function stepsOf(engine: Engine, run: RunEntry, lost: Set<string>): Promise<StepRow[]> {
  const found = await askSound(engine, 'steps', [...placesOf([run]).keys()], async (from, broken) => {
    for (const file of broken) lost.add(file);
    return from === null ? {} : engine.columns(`SELECT * EXCLUDE (filename) FROM ${from} ORDER BY at_ms, step`);
  });
  return rowsOf<Omit<Step, 'metrics'> & { metrics: string | null; it_j: number | null }>(found).map((row) => ({
    ...row,
    metrics: parsed<Record<string, number>>(row.metrics) ?? {},
  }));
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
    return engine.columns(`SELECT * FROM ${from} QUALIFY event <> 'findings' OR ${latest} ORDER BY at_ms`);
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

/** An object from its JSON; null for what is none, as in a damaged file. */
function parsed<T extends object>(text: unknown): T | null {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    return typeof value === 'object' && value !== null ? (value as T) : null;
  } catch {
    return null;
  }
}
