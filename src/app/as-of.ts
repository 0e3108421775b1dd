// A run as it was to be told at an earlier moment: what came later is left out, and what cannot be told is said.
//
// Told again is only what had ended by then: of a run that still went on nobody knows how far its readings had come.

import { fault } from '../core/fault.ts';
import { findRun, goesOn, type RunEntry } from '../ledger/runs.ts';
import type { RunEnergy } from '../ledger/use.ts';

/** A moment to look back from: not in the future. Throws Fault usage. */
export function checkedMoment(as_of_ms: number, now_ms: number): void {
  if (as_of_ms <= now_ms) return;
  const problem = `--as-of: ${iso(as_of_ms)} lies in the future`;
  throw fault('usage', { facts: { problem, hint: `give a time before ${iso(now_ms)}, or leave it out` } });
}

/** The run meant by a name, among those of then. Throws as findRun, and Fault as-of-early. */
export function findRunAsOf(ledger: string, wanted: string, as_of_ms: number): RunEntry {
  let entry: RunEntry;
  try {
    entry = findRun(ledger, wanted, { as_of_ms });
  } catch (error) {
    const { record } = findRun(ledger, wanted); // where there is none now either, that is the fault
    if (record.created_at_ms <= as_of_ms) throw error;
    throw early(record.id, as_of_ms, { why: 'it was not recorded yet', from_ms: record.created_at_ms });
  }
  stoodStill(entry, as_of_ms);
  return entry;
}

/** Throws Fault as-of-early where the run still goes on. */
export function stoodStill({ record, state }: RunEntry, as_of_ms: number): void {
  if (!goesOn(state)) return;
  throw fault('as-of-early', {
    facts: { run: record.id, asked: iso(as_of_ms), why: 'it is still running', hint: 'leave out --as-of' },
  });
}

/** When a run had ended, epoch ms: by its writers, or what their rows reach to; null where nothing tells. */
export function endOf({ writers }: Pick<RunEntry, 'writers'>, { last_ms }: Pick<RunEnergy, 'last_ms'>): number | null {
  const ends = writers.flatMap(({ record, end }) => end?.ended_at_ms ?? last_ms.get(record.writer) ?? []);
  return ends.length === 0 ? null : Math.max(...ends);
}

/** From when on a run could be told whole, epoch ms. */
export function toldFrom(entry: RunEntry, energy: Pick<RunEnergy, 'last_ms'>): number {
  return Math.max(entry.record.created_at_ms, endOf(entry, energy) ?? Number.NEGATIVE_INFINITY);
}

/** Throws Fault as-of-early where the run had not ended by then. */
export function hadEnded(entry: RunEntry, energy: Pick<RunEnergy, 'last_ms'>, as_of_ms: number): void {
  const from_ms = toldFrom(entry, energy);
  if (entry.writers.length > 0 && from_ms <= as_of_ms) return;
  throw early(entry.record.id, as_of_ms, { why: 'it had not ended', from_ms: Math.max(from_ms, as_of_ms + 1) });
}

function early(run: string, as_of_ms: number, { why, from_ms }: { readonly why: string; readonly from_ms: number }) {
  return fault('as-of-early', {
    facts: { run, asked: iso(as_of_ms), why, hint: `give a time from ${iso(Math.ceil(from_ms))} on` },
  });
}

const iso = (at_ms: number): string => new Date(at_ms).toISOString();
