// What holds a run's energy: sealed segments, roll-ups that stand for some of them, and segments that are still written, each
// with the time it reaches over, so that a question about an hour opens the files of that hour alone.

import { statSync } from 'node:fs';
import type { Device } from '../meter/port.ts';
import type { Engine } from './engine.ts';
import { rowsOf } from './places.ts';
import { type Block, blocksIn, type Reach, reachesOf, type SegmentReach, type Stat } from './rollup.ts';
import type { RunEntry, WriterEntry } from './runs.ts';
import { type Segments, segmentsOf } from './segments.ts';
import { soundOf } from './sound.ts';
import { tableOf } from './tables.ts';
import { identityOf } from './use.ts';

/** A device as one writer metered it. */
export interface Track {
  readonly writer: WriterEntry;
  readonly device: Device;
  /** Equal ones are one device. */
  readonly identity: string;
}

/** Files of one writer. Times are as they were written. */
export interface WriterFiles {
  readonly writer: WriterEntry;
  readonly blocks: readonly Block[];
  /** Sealed segments that no block stands for. */
  readonly loose: readonly SegmentReach[];
  /** Over all of its rows, on the run's clock; null: there are none. */
  readonly reach: Reach | null;
}

export interface EnergyFiles {
  readonly tracks: readonly Track[];
  readonly writers: readonly WriterFiles[];
  /** The table of this connection that has the rows of open segments; null: there are none. */
  readonly live: string | null;
  /** Files whose rows are lost. */
  readonly broken: readonly string[];
  /** Sealed segments without a roll-up. */
  readonly unrolled: number;
  /** The same while nothing changed; null while segments are written. */
  readonly state: string | null;
}

export interface FilesWishes {
  readonly seen: Seen;
  /** Where roll-ups are; null: there are none. */
  readonly cache: string | null;
  /** Each segment is tried, and what cannot be read is told as broken. */
  readonly sound?: boolean;
}

/** What was found out about files that do not change, kept from question to question. */
export interface Seen {
  readonly folders: Map<string, { readonly mtime_ms: number; readonly listed: Listed }>;
  readonly reaches: Map<string, SegmentReach>;
  readonly blocks: Map<string, readonly SegmentReach[] | null>;
}

interface Listed {
  readonly open: readonly string[];
  readonly sealed: readonly Stat[];
  readonly broken: readonly string[];
}

export const nothingSeen = (): Seen => ({ folders: new Map(), reaches: new Map(), blocks: new Map() });

/** A folder changed so lately may change again within one tick of its file system's clock. */
const SETTLED_MS = 3000;

/**
 * Lists what there is, and reads the open segments into a table of this connection. Rejects with Fault engine-failed where a
 * segment cannot be read.
 */
export async function energyFiles(
  engine: Engine,
  run: RunEntry,
  { seen, cache, sound = false }: FilesWishes,
): Promise<EnergyFiles> {
  const lists = [];
  for (const writer of run.writers) {
    const listed = sound ? await soundIn(engine, writer, seen) : sealedOf(writer, seen);
    lists.push({ writer, ...listed });
  }
  const live = await putLive(
    engine,
    lists.flatMap(({ open }) => open),
  );
  const found = lists.map(({ writer, sealed }) => {
    const blocks = cache === null ? [] : blocksIn(cache, writer, sealed, seen.blocks);
    const held = new Set(blocks.flatMap(({ segments }) => segments.map(({ path }) => path)));
    return { writer, blocks, loose: sealed.filter(({ path }) => !held.has(path)) };
  });
  const loose = found.flatMap((one) => one.loose);
  await lookUp(engine, loose, seen);
  const writers = found.map(({ writer, blocks, loose }): WriterFiles => {
    const known = loose.map(({ path }) => seen.reaches.get(path)!).filter(({ from_ms, to_ms }) => from_ms < to_ms);
    const own = live?.reaches.get(writer.folder) ?? [];
    const all = [...blocks.flatMap(({ segments }) => segments), ...known, ...own];
    return { writer, blocks, loose: known, reach: moved(over(all), writer.shift_ms) };
  });
  return {
    ...{ tracks: run.writers.flatMap(tracksOf), writers, live: live === null ? null : LIVE },
    ...{ broken: lists.flatMap(({ broken }) => broken), unrolled: loose.length },
    state: live === null ? lists.flatMap(({ sealed }) => sealed.map(stateOf)).join() : null,
  };
}

/** The sealed segments in a writer's folder, and what else is there. */
export function sealedOf(
  { folder, end }: Pick<WriterEntry, 'folder' | 'end'>,
  { folders }: Pick<Seen, 'folders'>,
): Listed {
  const mtime_ms = statOf(folder)?.mtime_ms ?? 0;
  const known = folders.get(folder);
  if (known?.mtime_ms === mtime_ms) return known.listed;
  return keep(segmentsOf([folder], 'energy'), { folder, end, mtime_ms, folders });
}

/** The same of those that can be read to their end. */
async function soundIn(engine: Engine, { folder, end }: WriterEntry, { folders }: Seen): Promise<Listed> {
  const mtime_ms = statOf(folder)?.mtime_ms ?? 0;
  const known = folders.get(folder);
  if (known?.mtime_ms === mtime_ms) return known.listed;
  const found = await soundOf(engine, 'energy', segmentsOf([folder], 'energy'));
  return keep(found, { folder, end, mtime_ms, folders });
}

function keep(
  { open, parquet, broken }: Segments,
  {
    folder,
    end,
    mtime_ms,
    folders,
  }: Pick<WriterEntry, 'folder' | 'end'> & { mtime_ms: number } & Pick<Seen, 'folders'>,
): Listed {
  const listed = { open, sealed: parquet.flatMap((path) => statOf(path) ?? []), broken };
  // Whether an open segment is empty no folder tells: those of a writer that goes on are looked at each time.
  if (end !== null && open.length === 0 && Date.now() - mtime_ms > SETTLED_MS)
    folders.set(folder, { mtime_ms, listed });
  return listed;
}

const LIVE = 'live_rows';

async function putLive(engine: Engine, open: readonly string[]) {
  const from = tableOf('energy', { open, parquet: [] });
  if (from === null) return null;
  await engine.run(`CREATE OR REPLACE TEMP TABLE ${LIVE} AS SELECT * FROM ${from}`);
  const found = await engine.columns(
    `SELECT regexp_replace(filename, '/[^/]*$', '') AS folder, min(from_ms) AS from_ms, max(to_ms) AS to_ms FROM ${LIVE} GROUP BY 1`,
  );
  const reaches = new Map<string, Reach[]>();
  for (const { folder, ...reach } of rowsOf<Reach & { folder: string }>(found)) reaches.set(folder, [reach]);
  return { reaches };
}

/** Finds out the times of those that were not looked at before. */
async function lookUp(engine: Engine, files: readonly Stat[], { reaches }: Seen): Promise<void> {
  const isNew = ({ path, size, mtime_ms }: Stat) => {
    const known = reaches.get(path);
    return known === undefined || known.size !== size || known.mtime_ms !== mtime_ms;
  };
  const wanted = files.filter(isNew);
  const found = await reachesOf(engine, wanted);
  for (const stat of wanted) reaches.set(stat.path, { ...stat, ...found.get(stat.path)! });
}

const stateOf = ({ path, size, mtime_ms }: Stat) => `${path} ${size} ${mtime_ms}`;

function tracksOf(writer: WriterEntry): Track[] {
  const { host, boot_id, devices } = writer.record;
  return devices.map((device) => ({ writer, device, identity: identityOf(device, host, boot_id) }));
}

function over(reaches: readonly Reach[]): Reach | null {
  if (reaches.length === 0) return null;
  return reaches.reduce((all, { from_ms, to_ms }) => ({
    ...{ from_ms: Math.min(all.from_ms, from_ms), to_ms: Math.max(all.to_ms, to_ms) },
  }));
}

const moved = (reach: Reach | null, by_ms: number): Reach | null =>
  reach === null ? null : { from_ms: reach.from_ms + by_ms, to_ms: reach.to_ms + by_ms };

function statOf(path: string): Stat | null {
  try {
    const { size, mtimeMs } = statSync(path);
    return { path, size, mtime_ms: mtimeMs };
  } catch {
    return null;
  }
}
