// From a data set's Parquet files back into segments of the ledger: rows are looked at one by one by the engine, those that
// cannot be are counted by what is wrong with them, the others are copied.

import { type Engine, quoted } from './engine.ts';
import { rowsOf } from './places.ts';

/** All rows of a table, or those of one run. Rejects with Fault engine-failed. */
export async function readTable(
  engine: Engine,
  file: string,
  run?: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const where = run === undefined ? '' : ` WHERE run = ${quoted(run)}`;
  return rowsOf(await engine.columns(`SELECT * FROM read_parquet(${quoted(file)})${where}`));
}

/** The columns of a Parquet file with the engine's types. Rejects with Fault engine-failed where it is none. */
export async function columnsIn(engine: Engine, file: string): Promise<Map<string, string>> {
  const found = await engine.columns(`DESCRIBE SELECT * FROM read_parquet(${quoted(file)})`);
  const rows = rowsOf<{ column_name: string; column_type: string }>(found);
  return new Map(rows.map(({ column_name, column_type }) => [column_name, column_type]));
}

/** What rows of energy and steps may say. */
export interface Allowed {
  readonly sources: readonly string[];
  readonly qualities: readonly string[];
  readonly reasons: readonly string[];
}

export interface Segment {
  readonly file: string;
  readonly run: string;
  readonly segment: number;
  /** A new segment of the ledger; it is not made where there are no rows. */
  readonly into: string;
}

/** Epoch ms beyond which there are no dates. */
export const MOST_MS = 8.64e15;

/** Rows that were left out, by what is wrong with them; `first` counts from 1. */
export type LeftOut = readonly { readonly why: string; readonly count: number; readonly first: number }[];

/** Copies the energy of one segment. Rejects with Fault engine-failed. */
export async function copyEnergy(
  engine: Engine,
  segment: Segment,
  { devices, allowed }: { readonly devices: readonly string[]; readonly allowed: Allowed },
): Promise<LeftOut> {
  const { sources, qualities, reasons } = allowed;
  const wrong = `CASE
    WHEN ${notIn('device', devices)} THEN 'a device that its segment does not have'
    WHEN NOT coalesce(to_ms > from_ms AND abs(from_ms) <= ${MOST_MS} AND abs(to_ms) <= ${MOST_MS}, false) THEN 'it ends before it begins'
    WHEN NOT coalesce(isfinite(energy_j) AND energy_j >= 0, true) THEN 'an energy that cannot be'
    WHEN energy_j IS NULL AND quality <> 'unknown' THEN 'no energy, and it is not said to be unknown'
    WHEN quality = 'estimated' AND NOT coalesce(low_j <= energy_j AND energy_j <= high_j, false) THEN 'no bounds around its energy'
    WHEN ${notIn('source', sources)} OR ${notIn('quality', qualities)} THEN 'a source or quality that there is not'
    WHEN why IS NOT NULL AND ${notIn('why', reasons)} THEN 'a reason that there is not'
    WHEN from_ms < max(to_ms) OVER (PARTITION BY device ORDER BY from_ms, to_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      THEN 'it overlaps the row before'
    END`;
  const columns = `device, from_ms::BIGINT AS from_ms, to_ms::BIGINT AS to_ms, energy_j, low_j, high_j, min_w, max_w, source, quality, why`;
  return copied(engine, segment, { wrong, columns, order: 'device, from_ms' });
}

/** Copies the steps of one segment. Rejects with Fault engine-failed. */
export async function copySteps(engine: Engine, segment: Segment): Promise<LeftOut> {
  const wrong = `CASE WHEN NOT coalesce(abs(at_ms) <= ${MOST_MS}, false) THEN 'no time' END`;
  const columns = `at_ms, step, epoch, tokens, tokens_are, samples, batch, lr, loss, phase, '{}'::JSON AS metrics, it_j, total,
    '{}'::JSON AS units, rank::DOUBLE AS rank, told`;
  return copied(engine, segment, { wrong, columns, order: 'at_ms' });
}

/** Rows of segments that there are not. Rejects with Fault engine-failed. */
export async function strayRows(
  engine: Engine,
  file: string,
  segments: readonly { readonly run: string; readonly segment: number }[],
): Promise<LeftOut> {
  const known = segments.map(({ run, segment }) => `${run} ${segment}`);
  const found = await engine.columns(
    `SELECT count(*) AS count, min(file_row_number) + 1 AS first FROM read_parquet(${quoted(file)}, file_row_number = true)
     WHERE run IS NULL OR segment IS NULL OR ${notIn("run || ' ' || segment", known)}`,
  );
  const { count, first } = rowsOf<{ count: number; first: number }>(found)[0]!;
  return count === 0 ? [] : [{ why: 'of a segment that there is not', count, first }];
}

interface Copy {
  /** An expression: what is wrong with a row, else null. */
  readonly wrong: string;
  readonly columns: string;
  readonly order: string;
}

async function copied(
  engine: Engine,
  { file, run, segment, into }: Segment,
  { wrong, columns, order }: Copy,
): Promise<LeftOut> {
  const judged = `(SELECT *, ${wrong} AS wrong FROM read_parquet(${quoted(file)}, file_row_number = true)
    WHERE run = ${quoted(run)} AND segment = ${segment})`;
  const told = await engine.columns(
    `SELECT wrong AS why, count(*) AS count, min(file_row_number) + 1 AS first FROM ${judged} GROUP BY wrong`,
  );
  const groups = rowsOf<{ why: string | null; count: number; first: number }>(told);
  if (groups.some(({ why }) => why === null))
    await engine.run(
      `COPY (SELECT ${columns} FROM ${judged} WHERE wrong IS NULL ORDER BY ${order}) TO ${quoted(into)}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
    );
  return groups.flatMap(({ why, count, first }) => (why === null ? [] : [{ why, count, first }]));
}

const notIn = (what: string, words: readonly string[]): string =>
  words.length === 0 ? 'true' : `coalesce(${what} NOT IN (${words.map(quoted).join(', ')}), true)`;
