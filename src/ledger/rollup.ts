// Roll-ups: what sealed segments of energy come to in stretches of 10 s, 5 min and 30 min, as files in a cache folder outside the
// ledger that anybody may delete.
//
// A block stands for up to 64 sealed segments of one writer that follow each other, and is of use only while each of them has
// the size and the time of change that it was made of. Rows across a stretch's edge are split, so sums stay what they are.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isRecord } from '../core/record.ts';
import { type Engine, quoted } from './engine.ts';
import { rowsOf } from './places.ts';
import { movedRows } from './skew.ts';
import { tableOf } from './tables.ts';

/** ms, finest first; each holds the one before a whole number of times. */
export const LEVELS_MS: readonly number[] = [10_000, 300_000, 1_800_000];
/** Made anew where what is in them changes. */
const VERSION = 1;
const SEGMENTS_OF_A_BLOCK = 64;

/** [from_ms, to_ms), epoch ms. */
export interface Reach {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** A file that does not change, as it was seen. */
export interface Stat {
  readonly path: string;
  readonly size: number;
  readonly mtime_ms: number;
}

export interface SegmentReach extends Reach, Stat {}

export interface Block {
  /** Holds LEVEL.parquet for each level, and gaps.parquet. */
  readonly folder: string;
  /** By time as they were written, without a shift of clocks. */
  readonly segments: readonly SegmentReach[];
}

/** What roll-ups need to know of a writer. */
export interface Rolled {
  readonly folder: string;
  readonly shift_ms: number;
}

/** Where the roll-ups of a ledger are kept: a folder a run, in it one a writer. */
export const rollupsOf = (cache: string, ledger: string): string =>
  join(cache, 'series', createHash('sha256').update(resolve(ledger)).digest('hex').slice(0, 16));

/** Those of a writer, by its folder in the ledger. */
export function rollupFolder(cache: string, writer: string): string {
  const run = dirname(resolve(writer));
  return join(rollupsOf(cache, dirname(dirname(run))), basename(run), basename(writer));
}

export const levelFile = ({ folder }: Block, level_ms: number): string => join(folder, `${level_ms}.parquet`);
export const gapsFile = ({ folder }: Block): string => join(folder, 'gaps.parquet');

/** The blocks that stand for some of these sealed segments now, none for one twice. `known` keeps what was read of them. */
export function blocksIn(
  cache: string,
  writer: Rolled,
  sealed: readonly Stat[],
  known: Map<string, readonly SegmentReach[] | null>,
): Block[] {
  const home = rollupFolder(cache, writer.folder);
  const now = new Map(sealed.map((stat) => [basename(stat.path), stat]));
  const found = names(home).flatMap((name): Block[] => {
    const folder = join(home, name);
    if (!known.has(folder)) known.set(folder, described(folder));
    const made = known.get(folder);
    if (made === null || made === undefined || name !== blockName(writer, made)) return [];
    const segments = made.map((one) => ({ ...one, path: now.get(one.path)?.path ?? '' }));
    const same = made.every((one) => isSame(one, now.get(one.path)));
    return same ? [{ folder, segments }] : [];
  });
  const taken = new Set<string>();
  return found
    .sort((a, b) => b.segments.length - a.segments.length)
    .filter(({ segments }) => {
      if (segments.some(({ path }) => taken.has(path))) return false;
      for (const { path } of segments) taken.add(path);
      return true;
    });
}

/** Makes what is missing of one writer, and takes away what is of no use any more. Rejects with Fault engine-failed. */
export async function makeBlocks(
  engine: Engine,
  cache: string,
  writer: Rolled,
  sealed: readonly Stat[],
): Promise<number> {
  const home = rollupFolder(cache, writer.folder);
  const wanted = groups(sealed);
  const kept = new Set(wanted.map((group) => blockName(writer, group)));
  mkdirSync(home, { recursive: true });
  let made = 0;
  for (const group of wanted) {
    if (described(join(home, blockName(writer, group))) !== null) continue;
    await makeBlock(engine, { home, writer, group });
    made++;
  }
  for (const name of names(home))
    if (!kept.has(name) && !isBeingMade(name)) rmSync(join(home, name), { recursive: true, force: true });
  return made;
}

/** Segments of neighbouring numbers, the same however many follow: the last group alone grows. */
function groups(sealed: readonly Stat[]): Stat[][] {
  const out = new Map<number, Stat[]>();
  for (const stat of sealed) {
    const place = Math.floor((Number(/\.(\d+)\./.exec(basename(stat.path))?.[1]) - 1) / SEGMENTS_OF_A_BLOCK);
    out.set(place, [...(out.get(place) ?? []), stat]);
  }
  return [...out.values()];
}

async function makeBlock(
  engine: Engine,
  { home, writer, group }: { readonly home: string; readonly writer: Rolled; readonly group: readonly Stat[] },
): Promise<void> {
  const name = blockName(writer, group);
  const draft = join(home, `.draft-${process.pid}-${name}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  const raw = tableOf('energy', { open: [], parquet: group.map(({ path }) => path) })!;
  const rows = `(${normalRows(movedRows(raw, [writer], ['from_ms', 'to_ms']))})`;
  const out = (file: string) => quoted(join(draft, file));
  let from = inStretches(rows, LEVELS_MS[0]!);
  for (const level of LEVELS_MS) {
    await engine.run(
      `COPY (SELECT device, (from_ms // ${level}) * ${level} AS from_ms, (from_ms // ${level} + 1) * ${level} AS to_ms, ${SUMS}
       FROM ${from} GROUP BY 1, 2, 3 ORDER BY 2, 1)
       TO ${out(`${level}.parquet`)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)`,
    );
    from = `(SELECT * FROM read_parquet(${out(`${level}.parquet`)}))`;
  }
  await engine.run(
    `COPY (SELECT * EXCLUDE (filename) FROM (${mergedGaps(movedRows(raw, [writer], ['from_ms', 'to_ms']))}) ORDER BY from_ms) TO ${out('gaps.parquet')} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const reaches = await reachesOf(engine, group);
  const segments = group.map((stat) => ({ ...stat, path: basename(stat.path), ...reaches.get(stat.path)! }));
  writeFileSync(join(draft, 'block.json'), JSON.stringify({ segments }));
  try {
    renameSync(draft, join(home, name));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (described(join(home, name)) === null) throw error; // else another process was faster
  }
}

/** When the rows of each of these files begin and end; one without any ends before it begins. */
export async function reachesOf(engine: Engine, files: readonly Stat[]): Promise<Map<string, Reach>> {
  const out = new Map<string, Reach>(files.map(({ path }) => [path, { from_ms: 1, to_ms: 0 }]));
  const from = tableOf('energy', { open: [], parquet: files.map(({ path }) => path) });
  if (from === null) return out;
  const found = await engine.columns(
    `SELECT filename, min(from_ms) AS from_ms, max(to_ms) AS to_ms FROM ${from} GROUP BY filename`,
  );
  for (const { filename, ...reach } of rowsOf<Reach & { filename: string }>(found)) out.set(filename, reach);
  return out;
}

/** Rows as sums can be made of them: J, ms, W. */
export const normalRows = (from: string): string => `
  SELECT filename, device, from_ms, to_ms, (to_ms - from_ms)::DOUBLE AS there_ms,
    CASE WHEN quality IN ('measured', 'filled') THEN to_ms - from_ms ELSE 0 END::DOUBLE AS seen_ms,
    CASE WHEN energy_j IS NULL THEN 0 ELSE to_ms - from_ms END::DOUBLE AS known_ms, coalesce(energy_j, 0) AS energy_j,
    CASE WHEN quality = 'estimated' THEN coalesce(low_j - energy_j, 0) ELSE 0 END AS down_j,
    CASE WHEN quality = 'estimated' THEN coalesce(high_j - energy_j, 0) ELSE 0 END AS up_j, min_w, max_w FROM ${from}`;

/** Of normal rows, or of sums of them. */
export const SUMS = `${['there_ms', 'seen_ms', 'known_ms', 'energy_j', 'down_j', 'up_j']
  .map((name) => `fsum(${name}) AS ${name}`)
  .join(', ')}, min(min_w) AS min_w, max(max_w) AS max_w`;

/** Normal rows cut at the edges of stretches, by time. */
function inStretches(rows: string, width: number): string {
  const inside = `from_ms // ${width} = (to_ms - 1) // ${width}`;
  const cut = `unnest(range(from_ms // ${width}, (to_ms - 1) // ${width} + 1)) AS stretch`;
  const share = `(least(to_ms, (stretch + 1) * ${width}) - greatest(from_ms, stretch * ${width}))::DOUBLE / (to_ms - from_ms)`;
  const part = (name: string) => `${name} * ${share} AS ${name}`;
  return `(SELECT * EXCLUDE (filename) FROM ${rows} WHERE ${inside} UNION ALL
    SELECT device, greatest(from_ms, stretch * ${width}) AS from_ms, least(to_ms, (stretch + 1) * ${width}) AS to_ms,
      ${['there_ms', 'seen_ms', 'known_ms', 'energy_j', 'down_j', 'up_j'].map(part).join(', ')}, min_w, max_w
    FROM (SELECT *, ${cut} FROM ${rows} WHERE NOT (${inside})))`;
}

/** Times that were not measured, of each device of a file; what goes on for the same reason is one. */
export const mergedGaps = (from: string): string => `
  SELECT filename, device, why, quality, min(from_ms) AS from_ms, max(to_ms) AS to_ms FROM (
    SELECT *, sum(begins) OVER (${ONE_GAP} ROWS UNBOUNDED PRECEDING) AS part FROM (
      SELECT *, CASE WHEN lag(to_ms) OVER (${ONE_GAP}) = from_ms THEN 0 ELSE 1 END AS begins
      FROM (SELECT filename, device, coalesce(why, 'unreadable') AS why, quality, from_ms, to_ms FROM ${from} WHERE quality <> 'measured')))
  GROUP BY filename, device, why, quality, part`;
const ONE_GAP = 'PARTITION BY filename, device, why, quality ORDER BY from_ms, to_ms';

function blockName({ shift_ms }: Rolled, segments: readonly Stat[]): string {
  const told = segments.map(({ path, size, mtime_ms }) => [basename(path), size, mtime_ms]);
  const key = createHash('sha256')
    .update(JSON.stringify([VERSION, shift_ms, told]))
    .digest('hex')
    .slice(0, 16);
  return `${/\.(\d+)\./.exec(basename(segments[0]!.path))?.[1]}-${segments.length}-${key}`;
}

/** Whether it is the draft of a process that is there. */
function isBeingMade(name: string): boolean {
  const pid = Number(/^\.draft-(\d+)-/.exec(name)?.[1] ?? 0);
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const isSame = (made: Stat, now: Stat | undefined): boolean =>
  now !== undefined && made.size === now.size && made.mtime_ms === now.mtime_ms;

/** What a block was made of; null where it is none. */
function described(folder: string): readonly SegmentReach[] | null {
  try {
    const told: unknown = JSON.parse(readFileSync(join(folder, 'block.json'), 'utf8'));
    return isRecord(told) && Array.isArray(told.segments) ? (told.segments as SegmentReach[]) : null;
  } catch {
    return null;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
