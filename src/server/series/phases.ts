// What a run did when, from its log. Of a long log that takes seconds, so it is worked out beside the server and kept in the cache.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRecord } from '../../core/record.ts';
import type { Engine } from '../../ledger/engine.ts';
import { readerOn } from '../../ledger/reader.ts';
import type { EventRow } from '../../ledger/records.ts';
import { type Reach, rollupFolder } from '../../ledger/rollup.ts';
import { goesOn, type RunEntry } from '../../ledger/runs.ts';
import { segmentsOf } from '../../ledger/segments.ts';
import { phases as phasesIn } from '../../report/rows.ts';
import type { Roller } from './roller.ts';
import type { Phase, Phases } from './spans.ts';

export interface Logged {
  readonly entry: RunEntry;
  readonly events: readonly EventRow[];
  readonly reach: Reach;
  readonly cache: string | null;
}

/** A log no larger than this is read at once, about 10,000 lines. */
const SMALL_BYTES = { open: 2 << 20, parquet: 200 << 10 };

/** Of runs that were looked at, by id. */
export type KnownPhases = Map<string, Pick<Kept, 'log' | 'phases'>>;

interface Kept {
  /** The state of the log. */
  readonly log: string;
  readonly to_ms: number;
  readonly phases: readonly Phase[];
}

/** Of a long log that nobody has looked at yet they come later, and it says so. */
export async function phasesOf(
  engine: Engine,
  { roller, known, ...logged }: Logged & { readonly roller: Roller; readonly known: KnownPhases },
): Promise<Phases> {
  const { entry, cache, reach } = logged;
  const log = logOf(logged);
  const before = known.get(entry.record.id);
  if (before?.log === log.state) return { phases: before.phases, missing: [] };
  if (cache === null || log.small) {
    const phases = await workedOut(engine, logged);
    known.set(entry.record.id, { log: log.state, phases });
    return { phases, missing: [] };
  }
  const kept = keptPhases(fileOf(cache, entry));
  if (kept?.log === log.state) return { phases: kept.phases, missing: [] };
  roller.wanted(entry.record.id);
  if (kept === null)
    return { phases: [], missing: ['the phases of this long log are being worked out: look again in a minute'] };
  const until = new Date(Math.min(kept.to_ms, reach.to_ms)).toISOString().slice(0, 19);
  return { phases: kept.phases, missing: [`phases are told up to ${until}Z: those after are being worked out`] };
}

/** Works them out and keeps them, where the log is a long one. */
export async function keepPhases(engine: Engine, logged: Logged & { readonly cache: string }): Promise<void> {
  const log = logOf(logged);
  const file = fileOf(logged.cache, logged.entry);
  if (log.small || keptPhases(file)?.log === log.state) return;
  const phases = await workedOut(engine, logged);
  const kept: Kept = { log: log.state, to_ms: logged.reach.to_ms, phases };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.draft-${process.pid}`, JSON.stringify(kept));
  renameSync(`${file}.draft-${process.pid}`, file);
}

async function workedOut(engine: Engine, { entry, events, reach: { from_ms, to_ms } }: Logged): Promise<Phase[]> {
  const steps = await readerOn(engine).steps(entry);
  if (steps.length === 0 && events.every(({ event }) => event !== 'paused')) return [];
  const marks = phasesIn({ steps, run: entry.record, writers: entry.writers, events }, { from: from_ms, to: to_ms });
  let from = from_ms;
  return marks.flatMap(({ label, to }) => {
    const one = { phase: String(label), from_ms: from, to_ms: to };
    from = to;
    return label === null ? [] : [one];
  });
}

/** How long the log is, and what changes when it does, or what it is read with. */
function logOf({ entry, events, reach }: Logged): { readonly small: boolean; readonly state: string } {
  const { open, parquet } = segmentsOf(
    entry.writers.map(({ folder }) => folder),
    'steps',
  );
  const stats = [...open, ...parquet].map((path) => ({
    path,
    size: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  }));
  const sum = (ending: string) => stats.reduce((s, { path, size }) => s + (path.endsWith(ending) ? size : 0), 0);
  const small = sum('.open') < SMALL_BYTES.open && sum('.parquet') < SMALL_BYTES.parquet;
  const held = events.filter(({ event }) => event === 'paused' || event === 'resumed').map(({ at_ms }) => at_ms);
  // While it goes on the last phase grows with every row of energy: that alone is no reason to read the log again.
  const end = goesOn(entry.state) ? null : reach.to_ms;
  const told = JSON.stringify([stats, held, reach.from_ms, end, entry.record.work ?? null]);
  return { small, state: createHash('sha256').update(told).digest('hex') };
}

const fileOf = (cache: string, entry: RunEntry): string =>
  join(dirname(rollupFolder(cache, entry.writers[0]!.folder)), '.phases.json');

function keptPhases(file: string): Kept | null {
  try {
    const told: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(told) && Array.isArray(told.phases) ? (told as unknown as Kept) : null;
  } catch {
    return null;
  }
}
