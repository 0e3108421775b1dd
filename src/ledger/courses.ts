// The energy of a run's devices over time, as sums over equal stretches: from roll-ups where they fit, from rows at the edges.
//
// A question touches few rows at any zoom: the coarsest roll-up whose stretches fill those asked for, finer ones beside it, and
// rows for what is left. A row across an edge is split evenly; what lies outside [from, to) is cut off.

import { dirname } from 'node:path';
import type { EnergyFiles, WriterFiles } from './energy-files.ts';
import type { Engine } from './engine.ts';
import { damagedFile, rowsOf } from './places.ts';
import { LEVELS_MS, levelFile, normalRows, type Reach, SUMS } from './rollup.ts';
import type { WriterEntry } from './runs.ts';
import { rawRows } from './shared.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';
import { parquetRows, tableOf } from './tables.ts';
import { type Tangle, tanglesOf } from './tangles.ts';
import { onceOnly } from './use.ts';

/** One device over stretches: sums in J and ms of each, and the power seen in it, NaN where none was. */
export interface Course {
  readonly energy_j: Float64Array;
  /** Bounds around it, ≤ 0 and ≥ 0, of what was estimated. */
  readonly down_j: Float64Array;
  readonly up_j: Float64Array;
  /** ms that rows fill, that were observed, of which energy is known. */
  readonly there_ms: Float64Array;
  readonly seen_ms: Float64Array;
  readonly known_ms: Float64Array;
  readonly min_w: Float64Array;
  readonly max_w: Float64Array;
}

/** Stretch i is [first_ms + i × width_ms, … + width_ms), within [from_ms, to_ms); `width_ms` null: one stretch. */
export interface Stretches extends Reach {
  readonly width_ms: number | null;
}

export interface Courses {
  /** By identity; a device without any row here is not in it. */
  readonly of: ReadonlyMap<string, Course>;
  /** Identities that several writers metered at the same time. */
  readonly shared: ReadonlySet<string>;
  /** Why rows are missing, in words. */
  readonly lost: readonly string[];
}

export const countOf = ({ from_ms, to_ms, width_ms }: Stretches): number =>
  width_ms === null ? 1 : Math.max(0, Math.ceil(to_ms / width_ms) - Math.floor(from_ms / width_ms));

/** Rejects with Fault engine-failed. */
export async function coursesOf(engine: Engine, files: EnergyFiles, asked: Stretches): Promise<Courses> {
  const tangles = tanglesOf(files);
  const of = new Map<string, Course>();
  const lost = new Set(files.broken.map(damagedFile));
  const into = (identity: string) => {
    if (!of.has(identity)) of.set(identity, emptyCourse(countOf(asked)));
    return of.get(identity)!;
  };
  const tracks = new Map(files.tracks.map((track) => [keyOf(track.writer, track.device.device), track]));
  const tangled = new Map(tangles.map((tangle) => [tangle.identity, tangle]));
  /** Sums over a part of the time, of devices that are to be told of it. */
  const addSums = async (part: Reach, wanted: (identity: string) => boolean) => {
    if (part.from_ms >= part.to_ms) return;
    for (const row of await sumsOf(engine, files, { ...asked, ...part })) {
      const track = tracks.get(keyOf(row.writer, row.device));
      if (track === undefined) lost.add(unlisted(row.writer, row.device));
      else if (wanted(track.identity)) pour(into(track.identity), row, { ...asked, ...part }, asked);
    }
  };
  await addSums(asked, (identity) => !tangled.has(identity));
  for (const tangle of tangles) {
    const mine = (identity: string) => identity === tangle.identity;
    await addSums({ ...asked, to_ms: Math.min(asked.to_ms, tangle.from_ms) }, mine);
    await addSums({ ...asked, from_ms: Math.max(asked.from_ms, tangle.to_ms) }, mine);
    await addOnce(engine, tangle, asked, into);
  }
  return { of, shared: new Set(tangled.keys()), lost: [...lost] };
}

const keyOf = (writer: Pick<WriterEntry, 'folder'>, device: string) => `${writer.folder}/${device}`;
const unlisted = ({ record }: WriterEntry, device: string) =>
  `records of ${device} are left out: ${record.writer}/devices.json does not list them`;

export function emptyCourse(n: number): Course {
  const zeros = () => new Float64Array(n);
  const none = () => new Float64Array(n).fill(Number.NaN);
  return {
    ...{ energy_j: zeros(), down_j: zeros(), up_j: zeros(), there_ms: zeros(), seen_ms: zeros(), known_ms: zeros() },
    ...{ min_w: none(), max_w: none() },
  };
}

const SUMMED = ['energy_j', 'down_j', 'up_j', 'there_ms', 'seen_ms', 'known_ms'] as const;

/** Sums over [from_ms, to_ms) of one device and writer; they lie in one stretch, or are a single row. */
type Sums = Reach &
  Record<(typeof SUMMED)[number], number> & { readonly min_w: number | null; readonly max_w: number | null };

/** Shares a row out among the stretches, of which there is at least one, as far as it lies within the part. */
function pour(course: Course, row: Sums, part: Reach, { from_ms, width_ms }: Stretches): void {
  const first = width_ms === null ? 0 : Math.floor(from_ms / width_ms);
  const end = Math.min(row.to_ms, part.to_ms);
  for (let at = Math.max(row.from_ms, part.from_ms); at < end; ) {
    const place = width_ms === null ? 0 : Math.floor(at / width_ms);
    const until = width_ms === null ? end : Math.min(end, (place + 1) * width_ms);
    const share = (until - at) / (row.to_ms - row.from_ms);
    const i = place - first;
    for (const name of SUMMED) course[name][i]! += row[name] * share;
    if (row.min_w !== null)
      course.min_w[i] = Number.isNaN(course.min_w[i]!) ? row.min_w : Math.min(course.min_w[i]!, row.min_w);
    if (row.max_w !== null)
      course.max_w[i] = Number.isNaN(course.max_w[i]!) ? row.max_w : Math.max(course.max_w[i]!, row.max_w);
    at = until;
  }
}

/** Rows of one device over the time in which several writers metered it, each instant once. */
async function addOnce(
  engine: Engine,
  tangle: Tangle,
  asked: Stretches,
  into: (identity: string) => Course,
): Promise<void> {
  const part = { from_ms: Math.max(asked.from_ms, tangle.from_ms), to_ms: Math.min(asked.to_ms, tangle.to_ms) };
  if (part.from_ms >= part.to_ms) return;
  const writers = tangle.tracks.map(({ writer }) => writer);
  const pairs = tangle.tracks.map(({ writer, device }) => ({ run: '', folder: writer.folder, device: device.device }));
  const folders = writers.map(({ folder }) => folder);
  const rows = await askSound(engine, 'energy', folders, async (from) => {
    if (from === null) return [];
    const moved = movedRows(from, writers, ['from_ms', 'to_ms']);
    return rawRows(engine, `(SELECT * FROM ${moved} WHERE to_ms > ${part.from_ms} AND from_ms < ${part.to_ms})`, pairs);
  });
  for (const row of onceOnly(rows)) {
    const long = row.to_ms - row.from_ms;
    const known = row.energy_j !== null;
    const off = (bound: number | undefined) =>
      row.quality === 'estimated' && known && bound !== undefined ? bound - row.energy_j! : 0;
    const sums = {
      ...{ from_ms: row.from_ms, to_ms: row.to_ms, energy_j: row.energy_j ?? 0, min_w: row.min_w, max_w: row.max_w },
      ...{ down_j: off(row.low_j), up_j: off(row.high_j), there_ms: long, known_ms: known ? long : 0 },
      seen_ms: row.quality === 'measured' || row.quality === 'filled' ? long : 0,
    };
    pour(into(tangle.identity), sums, part, asked);
  }
}

type Row = Sums & { readonly device: string; readonly writer: WriterEntry };

/** Sums within each stretch, and rows that lie across an edge as they are. */
async function sumsOf(engine: Engine, files: EnergyFiles, asked: Stretches): Promise<Row[]> {
  const from = piecesOf(files, asked);
  if (from === null) return [];
  const writers = new Map(files.writers.map(({ writer }) => [writer.folder, writer]));
  for (const { writer, blocks } of files.writers) for (const { folder } of blocks) writers.set(folder, writer);
  const found = await engine.columns(questionOf(from, asked));
  return rowsOf<Sums & { device: string; filename: string }>(found).map(({ filename, ...row }) => ({
    ...{ ...row, writer: writers.get(dirname(filename))! },
  }));
}

function questionOf(from: string, { from_ms, to_ms, width_ms }: Stretches): string {
  const stretch = width_ms === null ? '' : `, from_ms // ${width_ms}`;
  const inside = [
    ...[`from_ms >= ${from_ms}`, `to_ms <= ${to_ms}`],
    ...(width_ms === null ? [] : [`from_ms // ${width_ms} = (to_ms - 1) // ${width_ms}`]),
  ].join(' AND ');
  const across = `CASE WHEN ${inside} THEN NULL ELSE from_ms END`;
  return `SELECT filename, device, min(from_ms)::DOUBLE AS from_ms, max(to_ms)::DOUBLE AS to_ms, ${SUMS} FROM ${from}
    WHERE to_ms > ${from_ms} AND from_ms < ${to_ms} GROUP BY filename, device${stretch}, ${across}`;
}

/** A part of the time that one level of the roll-ups tells; `level_ms` null: rows do. */
export interface Piece extends Reach {
  readonly level_ms: number | null;
}

/** Which level tells which part of [from, to), so that no stretch of one lies across an edge of those asked for. */
export function layersOf({ from_ms, to_ms, width_ms }: Stretches, levels: readonly number[] = LEVELS_MS): Piece[] {
  if (from_ms >= to_ms) return [];
  const level = levels.findLast((one) => width_ms === null || width_ms % one === 0);
  if (level === undefined) return [{ from_ms, to_ms, level_ms: null }];
  const finer = levels.filter((one) => one < level);
  const [first, last] = [Math.ceil(from_ms / level) * level, Math.floor(to_ms / level) * level];
  if (first >= last) return layersOf({ from_ms, to_ms, width_ms }, finer);
  return [
    ...layersOf({ from_ms, to_ms: first, width_ms }, finer),
    { from_ms: first, to_ms: last, level_ms: level },
    ...layersOf({ from_ms: last, to_ms, width_ms }, finer),
  ];
}

const meet = (a: Reach, b: Reach, shift_ms = 0) => a.from_ms + shift_ms < b.to_ms && b.from_ms < a.to_ms + shift_ms;

/** Normal rows and stretches of roll-ups that together tell all of the time, each instant once; null: there are none. */
function piecesOf({ writers, live }: EnergyFiles, asked: Stretches): string | null {
  const parts: string[] = [];
  const shifted = writers.map(({ writer }) => writer);
  const rows = (from: string, { from_ms, to_ms }: Reach, cut: boolean) => {
    const moved = normalRows(movedRows(from, shifted, ['from_ms', 'to_ms']));
    // A row across the edge of a piece belongs to both, each with its part.
    parts.push(cut ? cutRows(moved, { from_ms, to_ms }) : moved);
  };
  for (const piece of layersOf(asked)) {
    const blocks = writers.flatMap((one) =>
      one.blocks
        .filter((block) => block.segments.some((s) => meet(s, piece, one.writer.shift_ms)))
        .map((block) => ({ block, one })),
    );
    if (piece.level_ms === null) {
      const found = blocks.flatMap(({ block, one }) => touched(block.segments, piece, one));
      if (found.length > 0) rows(tableOf('energy', { open: [], parquet: found })!, piece, true);
    } else if (blocks.length > 0) {
      const found = blocks.map(({ block }) => levelFile(block, piece.level_ms!));
      parts.push(`SELECT filename, device, from_ms, to_ms, there_ms, seen_ms, known_ms, energy_j, down_j, up_j, min_w, max_w
        FROM ${parquetRows(found)} WHERE from_ms >= ${piece.from_ms} AND to_ms <= ${piece.to_ms}`);
    }
  }
  const loose = writers.flatMap((one) => touched(one.loose, asked, one));
  if (loose.length > 0) rows(tableOf('energy', { open: [], parquet: loose })!, asked, false);
  if (live !== null) rows(live, asked, false);
  return parts.length === 0 ? null : `(${parts.join(' UNION ALL ')})`;
}

const touched = (segments: WriterFiles['loose'], piece: Reach, { writer }: WriterFiles): string[] =>
  segments.filter((one) => meet(one, piece, writer.shift_ms)).map(({ path }) => path);

/** Normal rows cut off at the edges of [from, to). */
function cutRows(rows: string, { from_ms, to_ms }: Reach): string {
  const [from, to] = [`greatest(from_ms, ${from_ms})`, `least(to_ms, ${to_ms})`];
  const share = `CASE WHEN from_ms >= ${from_ms} AND to_ms <= ${to_ms} THEN 1 ELSE (${to} - ${from})::DOUBLE / (to_ms - from_ms) END`;
  const part = ['there_ms', 'seen_ms', 'known_ms', 'energy_j', 'down_j', 'up_j'].map(
    (name) => `${name} * ${share} AS ${name}`,
  );
  return `SELECT filename, device, ${from} AS from_ms, ${to} AS to_ms, ${part.join(', ')}, min_w, max_w FROM (${rows})
    WHERE to_ms > ${from_ms} AND from_ms < ${to_ms}`;
}
