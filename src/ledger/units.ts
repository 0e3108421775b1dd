// Energy of many writers over common stretches of time, as sums: what of it was whose is worked out on those.
//
// Rows are summed in the engine between one edge and the next, by the step of the intensities; those across either come back
// whole, one by one, to be cut exactly. So few rows leave the engine, however many there are.

import type { Device } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { idlePower } from './allocate.ts';
import { type Engine, quoted } from './engine.ts';
import { rowsOf } from './places.ts';
import type { WriterEntry } from './runs.ts';
import { movedRows } from './skew.ts';
import { askSound } from './sound.ts';

/** A device of one writer, on a machine. */
export interface Track {
  readonly writer: WriterEntry;
  readonly device: Device;
  /** Which of the machines. */
  readonly machine: number;
  /** The name under which the usage table tells who used it; null where that is not asked. */
  readonly used_as: string | null;
}

/** Machines have edges of their own, epoch ms, and a step that every sum stays within. */
export interface Machine {
  readonly edges_ms: readonly number[];
  readonly step_ms: number;
}

/** Energy of one track over a stretch in which all is of one source and quality; a single row where it lies across an edge. */
export interface UnitRow extends EnergyRow {
  readonly track: number;
  /** ms that rows fill; less than the stretch where there are holes. */
  readonly ms: number;
  /** Who used it; null where that was not asked. */
  readonly use: UnitUse | null;
}

/** J at the value, the low and the high of idle power. */
export interface UnitUse {
  /** Of rows in whose time somebody looked. */
  readonly looked_j: number;
  /** Active energy by user id; null: without a name. */
  readonly users: ReadonlyMap<number | null, number>;
  /** All users' together, if idle power is at its low and high end. */
  readonly most_j: number;
  readonly least_j: number;
}

export interface Units {
  readonly rows: readonly UnitRow[];
  /** Files that cannot be read. */
  readonly broken: readonly string[];
}

export interface Asked {
  readonly tracks: readonly Track[];
  readonly machines: readonly Machine[];
  /** Rows that lie outside are left out; those across its edges are whole. */
  readonly within: { readonly from_ms: number; readonly to_ms: number };
}

/** Rejects with Fault engine-failed. */
export async function unitsOf(engine: Engine, asked: Asked): Promise<Units> {
  const { tracks, within } = asked;
  await putTables(engine, asked);
  const found = await askSound(engine, 'energy', foldersOf(tracks), async (from, broken) => {
    if (from === null) return { rows: [], broken };
    const columns = await engine.columns(`
      SELECT track, stretch, unit, source, quality, fsum(energy_j) AS energy_j, coalesce(fsum(low_j), 0) AS low_j,
        coalesce(fsum(high_j), 0) AS high_j, sum(to_ms - from_ms)::DOUBLE AS ms, min(min_w) AS min_w, max(max_w) AS max_w,
        min(from_ms)::DOUBLE AS from_ms, max(to_ms)::DOUBLE AS to_ms
      FROM ${placed(from, tracks, within)} GROUP BY track, stretch, unit, source, quality
      ORDER BY track, from_ms, to_ms, source, quality`);
    return { rows: rowsOf<Omit<UnitRow, 'use' | 'device'> & Key>(columns), broken };
  });
  const uses = await usesOf(engine, asked);
  const rows = found.rows.map(({ stretch, unit, ...row }): UnitRow => {
    const told = tracks[row.track]!.used_as !== null && row.energy_j !== null;
    return {
      ...row,
      device: tracks[row.track]!.device.device,
      use: told ? (uses.get(keyOf({ ...row, stretch, unit })) ?? NO_LOOK) : null,
    };
  });
  return { rows, broken: found.broken };
}

/** End of the last row of each writer's energy, epoch ms, by its folder. Rejects with Fault engine-failed. */
export async function lastOf(engine: Engine, writers: readonly WriterEntry[]): Promise<Map<string, number>> {
  const folders = writers.map(({ folder }) => folder);
  const found = await askSound(engine, 'energy', folders, async (from) =>
    from === null
      ? {}
      : engine.columns(
          `SELECT ${FOLDER} AS folder, max(to_ms) AS last FROM ${movedRows(from, writers, ['to_ms'])} GROUP BY folder`,
        ),
  );
  return new Map(rowsOf<{ folder: string; last: number }>(found).map(({ folder, last }) => [folder, last]));
}

const NO_LOOK: UnitUse = { looked_j: 0, users: new Map(), most_j: 0, least_j: 0 };

type Key = Pick<UnitRow, 'track' | 'source' | 'quality'> & { readonly stretch: number; readonly unit: number };
const keyOf = ({ track, stretch, unit, source, quality }: Key) => `${track} ${stretch} ${unit} ${source} ${quality}`;
const foldersOf = (tracks: readonly Track[]) => [...new Set(tracks.map(({ writer }) => writer.folder))];

const AT_ONCE = 5000;
/** Before and after all times. */
const [FIRST_MS, LAST_MS] = [-8.64e15, 8.64e15];

async function putTables(engine: Engine, { tracks, machines }: Asked): Promise<void> {
  const put = async (table: string, columns: string, rows: readonly string[]) => {
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${table} (${columns})`);
    for (let i = 0; i < rows.length; i += AT_ONCE)
      await engine.run(`INSERT INTO ${table} VALUES ${rows.slice(i, i + AT_ONCE).join(', ')}`);
  };
  const edges = machines.flatMap(({ edges_ms, step_ms }, m) => {
    const all = [FIRST_MS, ...edges_ms, LAST_MS];
    return all.slice(0, -1).map((at_ms, i) => `(${m}, ${i}, ${at_ms}, ${all[i + 1]}, ${step_ms})`);
  });
  const named = (name: string | null) => (name === null ? 'NULL' : quoted(name));
  const listed = tracks.map(
    ({ writer, device, machine, used_as }, i) =>
      `(${i}, ${quoted(writer.folder)}, ${quoted(device.device)}, ${machine}, ${named(used_as)})`,
  );
  await put('tracks', 'track INT, folder VARCHAR, device VARCHAR, machine INT, used_as VARCHAR', listed);
  await put('stretches', 'machine INT, stretch INT, at_ms BIGINT, next_ms BIGINT, step_ms BIGINT', edges);
}

/** Each row of the tracks with the stretch between edges, and the step, that it lies in; across either it is alone, of stretch -1. */
function placed(from: string, tracks: readonly Track[], within: Asked['within'] | null): string {
  const fits = 'r.to_ms <= s.next_ms AND r.from_ms // s.step_ms = (r.to_ms - 1) // s.step_ms';
  const bounds = [
    ...(Number.isFinite(within?.from_ms) ? [`r.to_ms > ${within!.from_ms}`] : []),
    ...(Number.isFinite(within?.to_ms) ? [`r.from_ms < ${within!.to_ms}`] : []),
  ];
  return `(SELECT r.* EXCLUDE (machine), CASE WHEN ${fits} THEN s.stretch ELSE -1 END AS stretch,
      CASE WHEN ${fits} THEN r.from_ms // s.step_ms ELSE r.from_ms END AS unit
    FROM (SELECT t.track, t.used_as, t.machine, r.* EXCLUDE (filename, why)
      FROM ${moved(from, tracks)} r JOIN tracks t ON t.folder = ${FOLDER} AND t.device = r.device
      ${bounds.length > 0 ? `WHERE ${bounds.join(' AND ')}` : ''}) r
    ASOF JOIN stretches s ON s.machine = r.machine AND s.at_ms <= r.from_ms)`;
}

const FOLDER = `regexp_replace(filename, '/[^/]*$', '')`;
const moved = (from: string, tracks: readonly Track[]) =>
  movedRows(from, new Map(tracks.map(({ writer }) => [writer.folder, writer])).values(), ['from_ms', 'to_ms']);

/** Looks and rows meet in stretches of this length: each is in few of them. */
const MEETING_MS = 5000;

/** Who used the devices (docs/methodology.md#shares), by the key of the rows that it is of. */
async function usesOf(engine: Engine, { tracks, within }: Asked): Promise<Map<string, UnitUse>> {
  const watched = tracks.filter(({ used_as }) => used_as !== null);
  const folders = foldersOf(watched);
  const ask = <T>(table: 'energy' | 'usage', question: (from: string) => Promise<T>) =>
    askSound(engine, table, folders, async (from) => (from === null ? null : question(moved(from, watched))));
  const lowest = await ask('energy', (from) => lowestOf(engine, from));
  if (lowest === null) return new Map();
  const idle = tracks.flatMap(({ device, used_as }, i) => {
    const { low, value, high } = idlePower(device, lowest.get(i) ?? null);
    return used_as === null ? [] : [`(${i}, ${low}, ${value}, ${high})`];
  });
  await engine.run('CREATE OR REPLACE TEMP TABLE idle (track INT, low DOUBLE, value DOUBLE, high DOUBLE)');
  await engine.run(`INSERT INTO idle VALUES ${idle.join(', ')}`);
  const looked = await ask('usage', async (from) => {
    await engine.run(`CREATE OR REPLACE TEMP TABLE looks AS ${LOOKS(from)}`);
    return true;
  });
  if (looked === null) return new Map();
  const found = await askSound(engine, 'energy', folders, async (from) =>
    from === null ? {} : engine.columns(USE(placed(from, watched, within))),
  );
  const out = new Map<string, UnitUse>();
  type Row = Key & { uid: number; user_j: number; most_j: number; least_j: number; looked_j: number };
  for (const row of rowsOf<Row>(found)) {
    const key = keyOf(row);
    const { looked_j, users, most_j, least_j } = out.get(key) ?? NO_LOOK;
    out.set(key, {
      ...{ looked_j: looked_j + row.looked_j, most_j: most_j + row.most_j, least_j: least_j + row.least_j },
      users: new Map(users).set(row.uid < 0 ? null : row.uid, row.user_j),
    });
  }
  return out;
}

/** W that each track was seen to draw at least, over the whole record. */
async function lowestOf(engine: Engine, from: string): Promise<Map<number, number>> {
  const mean = 'CASE WHEN to_ms - from_ms >= 500 THEN energy_j * 1000 / (to_ms - from_ms) END';
  const found = await engine.columns(`
    SELECT track, min(coalesce(min_w, ${mean})) AS w
    FROM ${from} r JOIN tracks t ON t.folder = ${FOLDER} AND t.device = r.device
    WHERE quality = 'measured' AND t.used_as IS NOT NULL GROUP BY track`);
  const rows = rowsOf<{ track: number; w: number | null }>(found);
  return new Map(rows.flatMap(({ track, w }) => (w === null ? [] : [[track, w] as const])));
}

/** Each look at a device by user: parts of its time; holders of one that does not tell how busy they were have equal ones. */
const LOOKS = (from: string) => `
  SELECT track, from_ms, to_ms, uid, unnest(range(from_ms // ${MEETING_MS}, (to_ms - 1) // ${MEETING_MS} + 1)) AS meeting,
    CASE WHEN bool_or(blind) OVER look THEN held / greatest(1, sum(held) OVER look) ELSE share END AS share
  FROM (SELECT ${FOLDER} AS folder, device, from_ms, to_ms, coalesce(uid, -1) AS uid, count(pid) AS held,
      coalesce(sum(share), 0) AS share, bool_or(pid IS NOT NULL AND share IS NULL) AS blind FROM ${from} GROUP BY ALL) u
  JOIN tracks t ON t.folder = u.folder AND t.used_as = u.device
  WINDOW look AS (PARTITION BY track, from_ms, to_ms)`;

/** What is above idle power goes by busy time, row by row; where nobody was busy all is idle. */
const USE = (rows: string) => `
  WITH met AS (
    SELECT r.track, r.from_ms, l.uid, any_value(r.stretch) AS stretch, any_value(r.unit) AS unit, any_value(r.source) AS source,
      any_value(r.quality) AS quality, any_value(r.energy_j) AS energy_j, any_value(r.to_ms - r.from_ms) / 1000 AS s,
      sum(l.share * (least(r.to_ms, l.to_ms) - greatest(r.from_ms, l.from_ms))) AS busy
    FROM (SELECT *, unnest(range(from_ms // ${MEETING_MS}, (to_ms - 1) // ${MEETING_MS} + 1)) AS meeting
      FROM ${rows} WHERE energy_j IS NOT NULL) r
    JOIN looks l ON l.track = r.track AND l.meeting = r.meeting AND l.from_ms < r.to_ms AND r.from_ms < l.to_ms
      AND r.meeting = greatest(r.from_ms, l.from_ms) // ${MEETING_MS}
    GROUP BY r.track, r.from_ms, l.uid),
  shared AS (
    SELECT met.*, coalesce(busy / nullif(sum(busy) OVER row, 0), 0) AS part, energy_j / count(*) OVER row AS once_j
    FROM met WINDOW row AS (PARTITION BY track, from_ms))
  SELECT track, stretch, unit, source, quality, uid, ${['value', 'low', 'high']
    .map((end) => `fsum(part * (energy_j - least(energy_j, idle.${end} * s))) AS ${ACTIVE[end as 'value']}`)
    .join(', ')}, fsum(once_j) AS looked_j
  FROM shared JOIN idle USING (track) GROUP BY track, stretch, unit, source, quality, uid ORDER BY ALL`;
/** The less a device draws idle, the more of it was used. */
const ACTIVE = { value: 'user_j', low: 'most_j', high: 'least_j' };
