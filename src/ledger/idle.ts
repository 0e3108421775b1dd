// GPUs that a run held with nothing to do: stretches in which their power stayed as low as that of one that does not compute.
//
// Power tells, as how busy a GPU was is not recorded with its energy. One that holds a program's context draws more than a bare one, and
// one that works at all is soon seen above it, so every reading of a stretch must be below.

import type { Device } from '../meter/port.ts';
import { type Engine, quoted } from './engine.ts';
import { rowsOf } from './places.ts';
import type { RunEntry } from './runs.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';
import { identityOf } from './use.ts';

/**
 * Share of its power limit up to which a GPU is taken to be idle. Bare ones draw 0.12 of it and less; one that holds its clocks up
 * a quarter (A100: 100 of 400 W, dcgm-exporter issue 464; with a CUDA context H100, A100 and L40S draw 26 to 66 W more than bare:
 * arXiv:2605.23918).
 */
export const IDLE_LIMIT_SHARE = 0.25;
/** ms; what is shorter is a pause of the work. Letting go of a GPU pays after 1 to 5 minutes (arXiv:2605.23918). */
export const LEAST_IDLE_MS = 60_000;

/** A stretch of one GPU. */
export interface IdleGpu {
  readonly host: string;
  readonly device: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly energy_j: number;
}

/** Idle stretches of each run's GPUs, by its id; nothing is told of GPUs without a power limit, or of shares. */
export async function idleOf(engine: Engine, runs: readonly RunEntry[]): Promise<Map<string, IdleGpu[]>> {
  const held = runs.flatMap(({ record, writers }) =>
    writers.flatMap((writer) =>
      writer.record.devices
        .filter((device) => isGpu(device) && tellsIdle(device))
        .map((device) => ({ run: record.id, writer, device })),
    ),
  );
  const out = new Map<string, Told[]>();
  if (held.length === 0) return new Map();
  await engine.run('CREATE OR REPLACE TEMP TABLE held (gpu INT, folder VARCHAR, device VARCHAR, idle_w DOUBLE)');
  const rows = held.map(
    ({ writer, device }, i) =>
      `(${i}, ${quoted(writer.folder)}, ${quoted(device.device)}, ${IDLE_LIMIT_SHARE * device.limit_w!})`,
  );
  for (let i = 0; i < rows.length; i += AT_ONCE)
    await engine.run(`INSERT INTO held VALUES ${rows.slice(i, i + AT_ONCE).join(', ')}`);
  const writers = new Map(held.map(({ writer }) => [writer.folder, writer]));
  const found = await askSound(engine, 'energy', [...writers.keys()], async (from) =>
    from === null ? {} : engine.columns(STRETCHES(movedRows(from, writers.values(), ['from_ms', 'to_ms']))),
  );
  type Row = { gpu: number; from_ms: number; to_ms: number; energy_j: number };
  for (const { gpu, ...stretch } of rowsOf<Row>(found)) {
    const { run, writer, device } = held[gpu]!;
    const { host, boot_id } = writer.record;
    const list = out.get(run) ?? [];
    out.set(run, list);
    list.push({ host, device: device.device, identity: identityOf(device, host, boot_id), ...stretch });
  }
  return new Map([...out].map(([run, all]) => [run, onceEach(all)]));
}

interface Told extends IdleGpu {
  /** The GPU's name over all writers. */
  readonly identity: string;
}

/** Ranks that cannot see each other each meter the same GPU: what one has told of a time is not told again. */
function onceEach(all: readonly Told[]): IdleGpu[] {
  const reached = new Map<string, number>();
  return all
    .toSorted((a, b) => a.from_ms - b.from_ms)
    .flatMap(({ identity, ...stretch }) => {
      const from_ms = Math.max(stretch.from_ms, reached.get(identity) ?? stretch.from_ms);
      if (from_ms >= stretch.to_ms) return [];
      reached.set(identity, stretch.to_ms);
      const share = (stretch.to_ms - from_ms) / (stretch.to_ms - stretch.from_ms);
      return [{ ...stretch, from_ms, energy_j: stretch.energy_j * share }];
    });
}

const AT_ONCE = 5000;

/** A GPU of the run's, also one inside a meter of the whole machine. */
export const isGpu = ({ kind, charged, within }: Device): boolean =>
  kind === 'gpu' && (charged || within !== undefined);

/** A whole one: its limit tells what is idle. */
export const tellsIdle = ({ limit_w, share_of, source }: Device): boolean =>
  (limit_w ?? 0) > 0 && share_of === undefined && source !== 'allocated';

/** Quiet rows without a hole between them are one stretch: what is not quiet leaves one, as rows of a device tile its time. */
const STRETCHES = (rows: string) => `
  WITH quiet AS (
    SELECT h.gpu, from_ms, to_ms, energy_j
    FROM ${rows} r JOIN held h ON h.folder = regexp_replace(filename, '/[^/]*$', '') AND h.device = r.device
    WHERE quality IN ('measured', 'filled') AND to_ms > from_ms
      AND greatest(energy_j * 1000 / (to_ms - from_ms), coalesce(max_w, 0)) <= idle_w),
  begun AS (
    SELECT *, CASE WHEN lag(to_ms) OVER (PARTITION BY gpu ORDER BY from_ms, to_ms) >= from_ms THEN 0 ELSE 1 END AS first
    FROM quiet),
  numbered AS (
    SELECT *, sum(first) OVER (PARTITION BY gpu ORDER BY from_ms, to_ms ROWS UNBOUNDED PRECEDING) AS stretch FROM begun)
  SELECT gpu, min(from_ms)::DOUBLE AS from_ms, max(to_ms)::DOUBLE AS to_ms, fsum(energy_j) AS energy_j
  FROM numbered GROUP BY gpu, stretch
  HAVING max(to_ms) - min(from_ms) >= ${LEAST_IDLE_MS} ORDER BY gpu, from_ms`;
