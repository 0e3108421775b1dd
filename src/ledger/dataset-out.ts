// The large tables of a data set, from the segments of many runs straight into Parquet: energy, thinned where that is asked
// for, and steps. Names are replaced by the caller's, and words that are of no closed list do not pass.

import { type Engine, quoted } from './engine.ts';
import { placesOf, writersOf } from './places.ts';
import type { RunEntry } from './runs.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';

/** A device of one writer by its folder, and what it is called in the data set; of its times `origin_ms` is taken off. */
export interface Renamed {
  readonly folder: string;
  readonly device: string;
  readonly run: string;
  readonly segment: number;
  readonly name: string;
  readonly origin_ms: number;
}

/** The only words that texts of the rows may be. */
export interface Words {
  readonly source: readonly string[];
  readonly quality: readonly string[];
  readonly why: readonly string[];
  readonly phase: readonly string[];
  readonly tokens_are: readonly string[];
}

export interface Exported {
  readonly runs: readonly RunEntry[];
  readonly words: Words;
}

const BATCH = 500;

/** Makes the engine's table of new names; to be called once, before the tables are written. */
export async function nameDevices(engine: Engine, renamed: readonly Renamed[]): Promise<void> {
  await engine.run(
    'CREATE OR REPLACE TABLE renamed (folder VARCHAR, was VARCHAR, run VARCHAR, segment BIGINT, name VARCHAR, origin_ms BIGINT)',
  );
  for (let i = 0; i < renamed.length; i += BATCH) {
    const rows = renamed
      .slice(i, i + BATCH)
      .map(
        ({ folder, device, run, segment, name, origin_ms }) =>
          `(${[folder, device, run].map(quoted).join(', ')}, ${segment}, ${quoted(name)}, ${origin_ms})`,
      );
    await engine.run(`INSERT INTO renamed VALUES ${rows.join(', ')}`);
  }
}

/**
 * Writes the rows of energy, those of one device, source, quality and reason that follow each other within `every_ms` as one;
 * 0 keeps them as they are. Rows written. Rejects with Fault engine-failed.
 */
export async function writeEnergy(
  engine: Engine,
  file: string,
  { runs, words, every_ms }: Exported & { readonly every_ms: number },
): Promise<number> {
  return copied(engine, file, { runs, table: 'energy', times: ['from_ms', 'to_ms'] }, (from) => {
    const named = `
      SELECT r.run, r.segment, r.name AS device, e.from_ms - r.origin_ms AS from_ms, e.to_ms - r.origin_ms AS to_ms,
        energy_j, low_j, high_j, min_w, max_w, ${only('source', words.source, "'imported'")}, ${only('quality', words.quality, "'unknown'")},
        ${only('why', words.why)}
      FROM ${from} e JOIN renamed r ON parse_dirpath(e.filename) = r.folder AND e.device = r.was`;
    return every_ms === 0 ? named : thinned(named, every_ms);
  });
}

/** Rows that follow each other without a hole, alike and within one stretch of time, are one. */
function thinned(rows: string, every_ms: number): string {
  const alike = ['source', 'quality', 'why', `from_ms // ${every_ms}`];
  const before = (what: string) => `lag(${what}) OVER w IS DISTINCT FROM ${what}`;
  const begins = [...alike.map(before), 'lag(to_ms) OVER w IS DISTINCT FROM from_ms'].join(' OR ');
  return `
    SELECT run, segment, device, min(from_ms) AS from_ms, max(to_ms) AS to_ms, fsum(energy_j) AS energy_j, fsum(low_j) AS low_j,
      fsum(high_j) AS high_j, min(min_w) AS min_w, max(max_w) AS max_w, any_value(source) AS source,
      any_value(quality) AS quality, any_value(why) AS why
    FROM (SELECT *, sum(begins) OVER w AS stretch FROM (
      SELECT *, CASE WHEN ${begins} THEN 1 ELSE 0 END AS begins FROM (${rows})
      WINDOW w AS (PARTITION BY run, segment, device ORDER BY from_ms)
    ) WINDOW w AS (PARTITION BY run, segment, device ORDER BY from_ms))
    GROUP BY run, segment, device, stretch`;
}

/** Writes the lines of progress. Rows written. Rejects as writeEnergy. */
export async function writeSteps(engine: Engine, file: string, { runs, words }: Exported): Promise<number> {
  return copied(
    engine,
    file,
    { runs, table: 'steps', times: ['at_ms'] },
    (from) => `
      SELECT r.run, r.segment, e.at_ms - r.origin_ms AS at_ms, step, total, epoch, tokens,
        ${only('tokens_are', words.tokens_are)}, samples, batch, lr, loss,
        CASE WHEN phase IS NULL THEN NULL WHEN phase IN (${list(words.phase)}) THEN phase ELSE 'other' END AS phase,
        rank::BIGINT AS rank, ${only('told', ['helper'])}, it_j
      FROM ${from} e JOIN (SELECT DISTINCT folder, run, segment, origin_ms FROM renamed) r ON parse_dirpath(e.filename) = r.folder`,
  );
}

interface Asked {
  readonly runs: readonly RunEntry[];
  readonly table: 'energy' | 'steps';
  readonly times: readonly string[];
}

async function copied(
  engine: Engine,
  file: string,
  { runs, table, times }: Asked,
  select: (from: string) => string,
): Promise<number> {
  const places = placesOf(runs);
  return askSound(engine, table, [...places.keys()], async (from) => {
    const rows = from === null ? null : select(movedRows(from, writersOf(places), times));
    const order = table === 'energy' ? 'run, segment, device, from_ms' : 'run, segment, at_ms, step';
    if (rows === null) return 0;
    const options = '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)';
    await engine.run(`COPY (SELECT * FROM (${rows}) ORDER BY ${order}) TO ${quoted(file)} ${options}`);
    const counted = await engine.columns(`SELECT count(*) AS rows FROM read_parquet(${quoted(file)})`);
    return counted.rows![0] as number;
  });
}

const list = (words: readonly string[]): string => words.map(quoted).join(', ');
const only = (column: string, words: readonly string[], other = 'NULL'): string =>
  `CASE WHEN ${column} IN (${list(words)}) THEN ${column} ELSE ${other} END AS ${column}`;
