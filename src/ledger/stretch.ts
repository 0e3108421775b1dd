// Rows of one writer over a stretch of time, as they were written: for making another run of them.

import { fault } from '../core/fault.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { type Engine, openEngine } from './engine.ts';
import { rowsOf } from './places.ts';
import type { TableName, UsageRow } from './records.ts';
import { askSound } from './sound.ts';

/** Reads one writer's folder; a damaged segment is a Fault file-bad: what it hid cannot be cut. */
export interface Stretches {
  energy(folder: string, from_ms: number, to_ms: number): Promise<EnergyRow[]>;
  usage(folder: string, from_ms: number, to_ms: number): Promise<UsageRow[]>;
  /** Start times of the processes that had this pid, themselves or above one that was seen. */
  starts(folder: string, pid: number, from_ms: number, to_ms: number): Promise<number[]>;
  /** End of the last row of energy; null where there is none. */
  last_ms(folder: string): Promise<number | null>;
  /** Lowest power in W that was ever seen of each device. */
  lowest(folder: string): Promise<Map<string, number>>;
  close(): void;
}

/** Rejects with Fault engine-missing; its calls with engine-failed, file-bad. */
export async function openStretches(): Promise<Stretches> {
  const engine = await openEngine();
  const within = (from_ms: number, to_ms: number) => `WHERE to_ms > ${from_ms} AND from_ms < ${to_ms}`;
  return {
    async energy(folder, from_ms, to_ms) {
      const rows = await ask<EnergyRow>(engine, 'energy', folder, `${within(from_ms, to_ms)} ORDER BY device, from_ms`);
      return rows.map(({ low_j, high_j, why, ...row }) => ({
        ...row,
        ...(low_j === null || low_j === undefined ? {} : { low_j, high_j: high_j! }),
        ...(why === null || why === undefined ? {} : { why }),
      }));
    },
    usage: (folder, from_ms, to_ms) => ask<UsageRow>(engine, 'usage', folder, within(from_ms, to_ms)),
    async starts(folder, pid, from_ms, to_ms) {
      const above = `regexp_extract(' ' || ancestors, ' ${pid}:([0-9]+)', 1)`;
      const rows = await ask<{ start: number | null }>(
        ...([engine, 'usage', folder, within(from_ms, to_ms)] as const),
        `DISTINCT CASE WHEN pid = ${pid} THEN pid_start ELSE try_cast(${above} AS BIGINT) END AS start`,
      );
      return rows.flatMap(({ start }) => (start === null ? [] : [start]));
    },
    async last_ms(folder) {
      const [row] = await ask<{ last: number | null }>(engine, 'energy', folder, '', 'max(to_ms) AS last');
      return row?.last ?? null;
    },
    async lowest(folder) {
      const mean = 'CASE WHEN to_ms - from_ms >= 500 THEN energy_j * 1000 / (to_ms - from_ms) END';
      const what = `device, min(coalesce(min_w, ${mean})) AS w`;
      const rows = await ask<{ device: string; w: number | null }>(
        ...([engine, 'energy', folder, "WHERE quality = 'measured' GROUP BY device", what] as const),
      );
      return new Map(rows.flatMap(({ device, w }) => (w === null ? [] : [[device, w] as const])));
    },
    close: () => engine.close(),
  };
}

function ask<T>(engine: Engine, table: TableName, folder: string, rest: string, what = '* EXCLUDE (filename)') {
  return askSound(engine, table, [folder], async (from, broken): Promise<T[]> => {
    if (broken[0] !== undefined) {
      const facts = { file: broken[0], where: '', problem: 'it is damaged', hint: 'bring it back from a copy' };
      throw fault('file-bad', { facts });
    }
    return from === null ? [] : rowsOf<T>(await engine.columns(`SELECT ${what} FROM ${from} ${rest}`));
  });
}
