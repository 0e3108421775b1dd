// Runs of a ledger → the rows of a list, in one pass over their energy and few over their steps.

import { statSync } from 'node:fs';
import { newestInForce } from '../ledger/in-force.ts';
import type { Reader } from '../ledger/reader.ts';
import { goesOn, type RunEntry } from '../ledger/runs.ts';
import { segmentsOf } from '../ledger/segments.ts';
import { bareRow, type RunRowJson, rowOf, rowSummaryOf } from '../report/run-row.ts';
import { workOf } from '../workload/work.ts';
import { summaries } from './reports.ts';

/** Bytes of segments of steps that are read at once. */
const STEPS_AT_ONCE = 2 << 20;

/** By the runs' ids. Rejects with a Fault where the engine fails. */
export async function rowsOfRuns(
  reader: Reader,
  ledger: string,
  entries: readonly RunEntry[],
): Promise<Map<string, RunRowJson>> {
  const told = await summaries(reader, ledger, { entries }, rowSummaryOf);
  const rows = new Map<string, RunRowJson>();
  for (const group of bySteps(entries)) {
    const steps = await reader.stepsOf(group);
    for (const entry of group) {
      const { record, writers } = entry;
      const { tokens } = workOf(steps.get(record.id)!, record.work);
      rows.set(record.id, rowOf(told.get(entry)!, { record, tokens, in_force: newestInForce(writers) }));
    }
  }
  return rows;
}

/** What is known of a run without a look at its rows; of one that goes on it is what it was at `now_ms`. */
export function plainRow(entry: RunEntry, { why, now_ms }: { readonly why: string; readonly now_ms: number }) {
  const { record, writers, state, amendments } = entry;
  const reached = (writer: RunEntry['writers'][number]) => (goesOn(writer.state) ? now_ms : lastWritten(writer.folder));
  const open = writers.filter(({ end }) => end === null);
  const last_ms = new Map(open.map((writer) => [writer.record.writer, reached(writer)]));
  return bareRow(
    { run: record, writers, state, amendments, energy: { last_ms } },
    { in_force: newestInForce(writers), why },
  );
}

/** Runs whose steps are read at once. */
function bySteps(entries: readonly RunEntry[]): RunEntry[][] {
  const groups: RunEntry[][] = [];
  let left = 0;
  for (const entry of entries) {
    const bytes = bytesOf(entry.writers.map(({ folder }) => folder));
    if (bytes > left || groups.length === 0) {
      groups.push([]);
      left = STEPS_AT_ONCE;
    }
    groups.at(-1)!.push(entry);
    left -= bytes;
  }
  return groups;
}

function bytesOf(folders: readonly string[]): number {
  const { open, parquet } = segmentsOf(folders, 'steps');
  return [...open, ...parquet].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

function lastWritten(folder: string): number {
  const { open, parquet } = segmentsOf([folder], 'energy');
  const files = [...open, ...parquet, folder];
  return Math.floor(Math.max(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)));
}
