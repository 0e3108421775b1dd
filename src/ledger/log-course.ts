// A run's log over time: its lines of progress, or where those are too many, first, last, least and most of each stretch.
//
// Of writers that logged the same steps one counts (progress.ts). Evaluations and checkpoints are no progress.

import { IDLE_PHASES } from '../workload/attempts.ts';
import type { Declared } from '../workload/work.ts';
import { type Engine, quoted } from './engine.ts';
import { placesOf, rowsOf } from './places.ts';
import { progressOf } from './progress.ts';
import type { RunEntry } from './runs.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';

export interface LogAsked {
  readonly from_ms: number;
  readonly to_ms: number;
  /** Lines at most; more are put together by stretches of this length. */
  readonly most: number;
  readonly width_ms: number;
}

const VALUES = ['loss', 'lr', 'tokens_per_s'] as const;
type Value = (typeof VALUES)[number];
type Ends = { readonly [K in `${Value}_${'first' | 'last' | 'min' | 'max'}`]: number | null };

/** One line, or those of a stretch. */
export interface LogPart extends Ends {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly lines: number;
  readonly step_first: number | null;
  readonly step_last: number | null;
  readonly epoch_last: number | null;
}

export interface LogCourse {
  readonly parts: readonly LogPart[];
  /** Lines in the time asked for. */
  readonly count: number;
  /** Files that cannot be read. */
  readonly broken: readonly string[];
}

/** How a log is to be read. It changes slowly: of one that grows what was found out shortly before is good enough. */
interface Nature {
  /** The folders of the writers whose lines count, as SQL. */
  readonly folders: string;
  /** Where lines name their rank, the lowest that tells progress counts. */
  readonly rank: number | null;
  /** What tells whether tokens grow from line to line. */
  readonly said: string | null;
  readonly falls: number;
  readonly restarts: number;
}

/** What was found out about logs, by run. */
export type Natures = Map<string, { readonly at_ms: number; readonly state: string; readonly nature: Nature }>;
const GOOD_MS = 30_000;

/** Rejects with Fault engine-failed. */
export async function logCourse(
  engine: Engine,
  run: RunEntry,
  { known, ...asked }: LogAsked & { readonly known: Natures },
): Promise<LogCourse> {
  const places = placesOf([run]);
  return askSound(engine, 'steps', [...places.keys()], async (from, broken) => {
    if (from === null) return { parts: [], count: 0, broken };
    const moved = movedRows(from, run.writers, ['at_ms']);
    const held = known.get(run.record.id);
    const fresh = held !== undefined && (held.state === stateOf(run, from) || Date.now() - held.at_ms < GOOD_MS);
    const nature = fresh ? held.nature : await natureOf(engine, moved, places);
    if (!fresh) known.set(run.record.id, { at_ms: Date.now(), state: stateOf(run, from), nature });
    const lines = `(SELECT * FROM ${linesOf(moved, nature)} WHERE at_ms >= ${asked.from_ms} AND at_ms < ${asked.to_ms})`;
    const [found] = rowsOf<{ count: number }>(await engine.columns(`SELECT count(*) AS count FROM ${lines}`));
    const count = found?.count ?? 0;
    if (count === 0) return { parts: [], count, broken };
    const rated = `(SELECT at_ms, step, epoch, loss, lr, ${rateOf(nature, run.record.work)} AS tokens_per_s FROM ${lines} WINDOW before AS (ORDER BY at_ms, step))`;
    const group = count <= asked.most ? 'at_ms, step' : `floor(at_ms / ${asked.width_ms})`;
    const parts = rowsOf<LogPart>(await engine.columns(partsOf(rated, group)));
    return { parts, count, broken };
  });
}

/** The same while nothing is written, and never the same while something may be. */
const stateOf = (run: RunEntry, from: string): string =>
  run.writers.every(({ end }) => end !== null) ? from : `${from} ${Date.now()}`;

/** Lines of progress of those that count. */
const linesOf = (from: string, { folders, rank }: Pick<Nature, 'folders' | 'rank'>) => `
  (SELECT at_ms, step, epoch, tokens, tokens_are, loss, lr FROM ${from}
    WHERE ${FOLDER} IN (${folders}) AND ${PROGRESS}${rank === null ? '' : ` AND (rank IS NULL OR rank = ${rank})`})`;

const FOLDER = `regexp_replace(filename, '/[^/]*$', '')`;
const PROGRESS = `coalesce(phase, '') NOT IN (${[...IDLE_PHASES].map(quoted).join(', ')})`;

async function natureOf(engine: Engine, from: string, places: ReturnType<typeof placesOf>): Promise<Nature> {
  type Told = { folder: string; lines: number; last: number };
  const logs = rowsOf<Told>(
    await engine.columns(`SELECT ${FOLDER} AS folder, count(*) AS lines, max(at_ms) AS last FROM ${from} GROUP BY 1`),
  ).map(({ folder, lines, last }) => {
    const { record, end } = places.get(folder)!.writer;
    const to_ms = Math.max(end?.ended_at_ms ?? 0, last);
    return { folder, rank: record.rank?.rank ?? null, from_ms: record.started_at_ms, to_ms, lines };
  });
  const folders = ["''", ...[...progressOf(logs)].map(quoted)].join(', ');
  const ranks = await engine.columns(
    `SELECT min(rank) AS rank FROM ${from} WHERE ${FOLDER} IN (${folders}) AND ${PROGRESS} AND coalesce(step, tokens, epoch) IS NOT NULL`,
  );
  const rank = (ranks.rank?.[0] ?? null) as number | null;
  const [about] = rowsOf<Pick<Nature, 'said' | 'falls' | 'restarts'>>(
    await engine.columns(`
      SELECT min(tokens_are) FILTER (tokens_are <> 'unsaid') AS said, count(*) FILTER (tokens <= before_tokens) AS falls,
        count(*) FILTER (step <= before_step) AS restarts
      FROM (SELECT *, lag(tokens) OVER before AS before_tokens, lag(step) OVER before AS before_step
        FROM ${linesOf(from, { folders, rank })} WINDOW before AS (ORDER BY at_ms, step))`),
  );
  return { folders, rank, ...about! };
}

/** Tokens/s since the line before; null where that is not told. */
function rateOf({ said, falls, restarts }: Nature, { tokens_per_step }: Declared = {}): string {
  const steps = 'greatest(1, step - lag(step) OVER before)';
  const cumulative = said === 'cumulative' || (said !== 'per-step' && falls <= restarts);
  const more =
    tokens_per_step !== undefined
      ? `(step - lag(step) OVER before) * ${tokens_per_step}`
      : cumulative
        ? 'tokens - lag(tokens) OVER before'
        : `tokens * coalesce(${steps}, 1)`;
  const seconds = '((at_ms - lag(at_ms) OVER before) / 1000)';
  return `CASE WHEN ${seconds} >= ${BURST_S} AND ${more} > 0 THEN (${more}) / ${seconds} END`;
}

/** Lines closer than that came as one, and their distance tells nothing. */
const BURST_S = 0.005;

const partsOf = (from: string, group: string) => `
  SELECT min(at_ms) AS from_ms, max(at_ms) AS to_ms, count(*)::DOUBLE AS lines, min_by(step, at_ms) AS step_first,
    max_by(step, at_ms) AS step_last, max_by(epoch, at_ms) AS epoch_last,
    ${VALUES.map(
      (
        name,
      ) => `min_by(${name}, at_ms) FILTER (${name} IS NOT NULL) AS ${name}_first, max_by(${name}, at_ms) FILTER (${name} IS NOT NULL) AS ${name}_last,
        min(${name}) AS ${name}_min, max(${name}) AS ${name}_max`,
    ).join(', ')}
  FROM ${from} GROUP BY ${group} ORDER BY from_ms, to_ms`;
