// Times in which a run's devices were not measured, within a stretch of time: from what roll-ups keep of them, and from rows.

import { dirname } from 'node:path';
import type { EnergyFiles } from './energy-files.ts';
import type { Engine } from './engine.ts';
import { rowsOf } from './places.ts';
import { gapsFile, mergedGaps, type Reach } from './rollup.ts';
import { movedRows } from './skew.ts';
import { parquetRows, tableOf } from './tables.ts';
import type { GapSpan } from './use.ts';

export interface Gaps {
  /** By time; of very many the longest ones. */
  readonly gaps: readonly GapSpan[];
  readonly left_out: number;
}

/** Cut off at the edges of the time asked for. Rejects with Fault engine-failed. */
export async function gapsIn(
  engine: Engine,
  { writers, live }: EnergyFiles,
  asked: Reach & { readonly most: number },
): Promise<Gaps> {
  const of = new Map(writers.map(({ writer }) => [writer.folder, writer]));
  for (const { writer, blocks } of writers) for (const { folder } of blocks) of.set(folder, writer);
  const shifted = writers.map(({ writer }) => writer);
  const raw = (from: string) => mergedGaps(movedRows(from, shifted, ['from_ms', 'to_ms']));
  const blocks = writers.flatMap((one) => one.blocks.map(gapsFile));
  const loose = tableOf('energy', { open: [], parquet: writers.flatMap((one) => one.loose.map(({ path }) => path)) });
  const parts = [
    ...(blocks.length > 0 ? [`SELECT filename, device, why, quality, from_ms, to_ms FROM ${parquetRows(blocks)}`] : []),
    ...(loose === null ? [] : [raw(loose)]),
    ...(live === null ? [] : [raw(live)]),
  ];
  if (parts.length === 0) return { gaps: [], left_out: 0 };
  const { from_ms, to_ms, most } = asked;
  type Row = Reach & { filename: string; device: string; why: string; quality: GapSpan['state']; many: number };
  const found = rowsOf<Row>(
    await engine.columns(`SELECT *, count(*) OVER () AS many FROM (${parts.join(' UNION ALL ')})
      WHERE to_ms > ${from_ms} AND from_ms < ${to_ms} ORDER BY to_ms - from_ms DESC, from_ms, device LIMIT ${most}`),
  );
  const gaps = found
    .sort((a, b) => a.from_ms - b.from_ms)
    .map(({ filename, device, why, quality, ...row }) => ({
      ...{ device, host: of.get(dirname(filename))!.record.host, why, state: quality },
      ...{ from_ms: Math.max(from_ms, row.from_ms), to_ms: Math.min(to_ms, row.to_ms) },
    }));
  return { gaps: joined(gaps), left_out: (found[0]?.many ?? 0) - found.length };
}

/** What goes on from one file to the next is one. */
function joined(gaps: readonly GapSpan[]): GapSpan[] {
  const out: GapSpan[] = [];
  const last = new Map<string, GapSpan>();
  for (const gap of gaps) {
    const key = `${gap.host} ${gap.device} ${gap.why} ${gap.state}`;
    const before = last.get(key);
    if (before !== undefined && before.to_ms >= gap.from_ms) before.to_ms = Math.max(before.to_ms, gap.to_ms);
    else {
      out.push(gap);
      last.set(key, gap);
    }
  }
  return out;
}
