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

/** Rejects with Fault engine-failed. */
export async function logCourse(engine: Engine, run: RunEntry, asked: LogAsked): Promise<LogCourse> {
  const places = placesOf([run]);
  return askSound(engine, 'steps', [...places.keys()], async (from, broken) => {
    if (from === null) return { parts: [], count: 0, broken };
    const moved = `(SELECT *, regexp_replace(filename, '/[^/]*$', '') AS folder FROM ${movedRows(from, run.writers, ['at_ms'])})`;
    const lines = `(SELECT * FROM ${moved} WHERE folder IN (${await counted(engine, moved, places)})
      AND coalesce(phase, '') NOT IN (${[...IDLE_PHASES].map(quoted).join(', ')}) QUALIFY rank IS NULL OR rank = ${LOWEST})`;
    const within = `at_ms >= ${asked.from_ms} AND at_ms < ${asked.to_ms}`;
    const [about] = rowsOf<About>(await engine.columns(aboutOf(lines, within)));
    const count = about?.count ?? 0;
    if (count === 0) return { parts: [], count, broken };
    const rated = `(SELECT *, ${rateOf(about!, run.record.work)} AS tokens_per_s FROM ${lines} WHERE ${within} WINDOW before AS (ORDER BY at_ms, step))`;
    const group = count <= asked.most ? 'at_ms, step' : `floor(at_ms / ${asked.width_ms})`;
    const parts = rowsOf<LogPart>(await engine.columns(partsOf(rated, group)));
    return { parts, count, broken };
  });
}

/** The folders of the writers whose lines count, as SQL. */
async function counted(engine: Engine, from: string, places: ReturnType<typeof placesOf>): Promise<string> {
  const found = await engine.columns(
    `SELECT folder, count(*) AS lines, max(at_ms) AS last FROM ${from} GROUP BY folder`,
  );
  const logs = rowsOf<{ folder: string; lines: number; last: number }>(found).map(({ folder, lines, last }) => {
    const { record, end } = places.get(folder)!.writer;
    const to_ms = Math.max(end?.ended_at_ms ?? 0, last);
    return { folder, rank: record.rank?.rank ?? null, from_ms: record.started_at_ms, to_ms, lines };
  });
  return ["''", ...[...progressOf(logs)].map(quoted)].join(', ');
}

/** Where lines name their rank, the lowest that tells progress counts. */
const LOWEST = 'min(rank) FILTER (coalesce(step, tokens, epoch) IS NOT NULL) OVER ()';

interface About {
  readonly count: number;
  readonly said: string | null;
  readonly falls: number;
  readonly restarts: number;
}

/** How many lines there are, and what tells whether tokens grow from line to line. */
const aboutOf = (lines: string, within: string) => `
  SELECT count(*) FILTER (${within}) AS count, min(tokens_are) FILTER (tokens_are <> 'unsaid') AS said,
    count(*) FILTER (tokens <= before_tokens) AS falls, count(*) FILTER (step <= before_step) AS restarts
  FROM (SELECT *, lag(tokens) OVER before AS before_tokens, lag(step) OVER before AS before_step
    FROM ${lines} WINDOW before AS (ORDER BY at_ms, step))`;

/** Tokens/s since the line before; null where that is not told. */
function rateOf({ said, falls, restarts }: About, { tokens_per_step }: Declared = {}): string {
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
