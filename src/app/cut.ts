// Makes a run of a stretch of another one: its devices' rows cut at the edges, whole or the share of someone.

import { fault } from '../core/fault.ts';
import { cutRow, idlePower, looksOf, meanLook, type Share, shareOf, type Whose } from '../ledger/allocate.ts';
import { compactFolder } from '../ledger/compact.ts';
import { thisProcess } from '../ledger/process.ts';
import { openReader } from '../ledger/reader.ts';
import type { EventRow, RunRecord, UsageRow, WriterRecord } from '../ledger/records.ts';
import type { RunEntry, WriterEntry } from '../ledger/runs.ts';
import { staysOf } from '../ledger/stays.ts';
import { openStretches, type Stretches } from '../ledger/stretch.ts';
import { createRun, openWriter } from '../ledger/writer.ts';
import { charge } from '../meter/charge.ts';
import type { Device } from '../meter/port.ts';
import type { EnergyRow } from '../meter/rows.ts';
import { boardsOf } from '../report/embodied.ts';
import { newWriterName } from '../run/identity.ts';

export interface Cut {
  readonly source: RunEntry;
  readonly run: RunRecord;
  /** Epoch ms; null: as far as it was metered. */
  readonly from_ms: number | null;
  readonly to_ms: number | null;
  /** Null: the whole devices. A process without its start is looked for. */
  readonly whose: Whose | { readonly kind: 'pid'; readonly pid: number; readonly pid_start: null } | null;
  /** GPUs by index, device name or beginning of the UUID; null: no choice is made. */
  readonly gpus: readonly string[] | null;
  /** Whether processors stay beside chosen GPUs. */
  readonly cpu: boolean;
  /** Whether the zone is said anew; else each part was where the source was then. */
  readonly elsewhere: boolean;
}

/** Rows are read and written so much at a time; they are never across a whole hour. */
const CHUNK_MS = 3_600_000;
const COMPACT_ROWS = 20_000;
/** What can be told apart by who used it. A wall meter or module cannot: what it holds is charged instead. */
const SHARED_KINDS = new Set<Device['kind']>(['gpu', 'cpu-package', 'dram']);

/**
 * Records the cut in the ledger of its source. Rejects with Fault cut-outside, cut-unknown, usage, file-bad, or what the
 * file system says.
 */
export async function cutRun(ledger: string, cut: Cut): Promise<void> {
  const stretches = await openStretches();
  try {
    const parts = (await windowsOf(stretches, cut)).flatMap((part) => (cut.elsewhere ? part : stayed(part, cut)));
    const whose = await resolved(stretches, cut, parts);
    for (const part of parts) chosen(part, cut, whose); // refused before anything is recorded
    createRun(ledger, cut.run);
    for (const part of parts) await cutWriter(ledger, { ...cut, whose, stretches }, part);
  } finally {
    stretches.close();
  }
}

interface Part {
  readonly writer: WriterEntry;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly place?: NonNullable<WriterRecord['place']>;
}

/** A part in as many as there are zones that it was in, one after the other. */
function stayed(part: Part, { source }: Cut): Part[] {
  const stays = staysOf(source.record, [part.writer]);
  return stays.flatMap(({ zone, grid, ...stay }) => {
    const span = { from_ms: Math.max(part.from_ms, stay.from_ms), to_ms: Math.min(part.to_ms, stay.to_ms) };
    const home = zone === null || zone === source.record.zone;
    return span.to_ms > span.from_ms ? [{ ...part, ...span, ...(home ? {} : { place: { zone, grid } }) }] : [];
  });
}

/** The part of each writer's time that is asked for. */
async function windowsOf(stretches: Stretches, { source, from_ms, to_ms }: Cut): Promise<Part[]> {
  const all: Part[] = [];
  for (const writer of source.writers) {
    const end = writer.end?.ended_at_ms ?? (await stretches.last_ms(writer.folder));
    if (end !== null) all.push({ writer, from_ms: writer.record.started_at_ms, to_ms: end });
  }
  const first = Math.min(...all.map((part) => part.from_ms));
  const last = Math.max(...all.map((part) => part.to_ms));
  const iso = (at_ms: number) => (Number.isFinite(at_ms) ? new Date(at_ms).toISOString() : 'no time');
  for (const at_ms of [from_ms, to_ms]) {
    if (at_ms === null || (at_ms >= first && at_ms <= last)) continue;
    const facts = { run: source.record.id, from: iso(first), to: iso(last), asked: iso(at_ms) };
    throw fault('cut-outside', { facts });
  }
  const parts = all
    .map((part) => ({
      ...part,
      from_ms: Math.max(part.from_ms, from_ms ?? first),
      to_ms: Math.min(part.to_ms, to_ms ?? last),
    }))
    .filter((part) => part.to_ms > part.from_ms);
  if (parts.length > 0) return parts;
  const asked = `${iso(from_ms ?? first)} to ${iso(to_ms ?? last)}`;
  throw fault('cut-outside', { facts: { run: source.record.id, from: iso(first), to: iso(last), asked } });
}

async function resolved(stretches: Stretches, cut: Cut, parts: readonly Part[]): Promise<Whose | null> {
  const { whose, source } = cut;
  if (whose === null) return null;
  const unknown = (why: string, hint: string) => fault('cut-unknown', { facts: { run: source.record.id, why, hint } });
  const told = await Promise.all(
    parts.map(({ writer, from_ms, to_ms }) =>
      stretches.usage(writer.folder, from_ms, Math.min(to_ms, from_ms + CHUNK_MS)),
    ),
  );
  if (told.every((rows) => rows.length === 0))
    throw unknown(
      'who used its devices was not recorded',
      'cut a run of joulebook monitor, or leave --pid and --user out',
    );
  if (whose.kind !== 'pid' || whose.pid_start !== null) return whose;
  const found = await Promise.all(
    parts.map(({ writer, from_ms, to_ms }) => stretches.starts(writer.folder, whose.pid, from_ms, to_ms)),
  );
  const starts = [...new Set(found.flat())].sort((a, b) => a - b);
  if (starts.length === 1) return { ...whose, pid_start: starts[0]! };
  if (starts.length === 0)
    throw unknown(
      `process ${whose.pid} was not seen computing in that time`,
      'see --from and --to; or name its user with --user',
    );
  const names = starts.map((start) => `${whose.pid}:${start}`).join(', ');
  throw unknown(
    `${starts.length} processes had the pid ${whose.pid}`,
    `name one by its start: --pid with one of ${names}`,
  );
}

/** The devices that the cut is of, each part of the machine charged once. */
function chosen({ writer }: Part, { gpus, cpu, source }: Cut, whose: Whose | null): Device[] {
  const { devices } = writer.record;
  if (whose === null && gpus === null) return [...devices];
  const named = (device: Device) =>
    gpus === null ||
    gpus.some((name) => name === device.device || `gpu-${name}` === device.device || isUuid(name, device.uuid));
  const kept = devices
    .filter(({ kind }) => SHARED_KINDS.has(kind))
    .filter((device) => (device.kind === 'gpu' ? named(device) : gpus === null || cpu));
  const lost = gpus?.find(
    (name) =>
      !devices.some(
        (d) => d.kind === 'gpu' && (name === d.device || `gpu-${name}` === d.device || isUuid(name, d.uuid)),
      ),
  );
  if (lost !== undefined || kept.length === 0) {
    const there = devices.map(({ device }) => device).join(', ') || 'none';
    const problem = lost === undefined ? 'no device is left to cut' : `--gpu: there is no GPU "${lost}"`;
    throw fault('usage', { facts: { problem, hint: `the devices of run ${source.record.id}: ${there}` } });
  }
  const bare = kept.map((device) => {
    const { within, ...rest } = device;
    return within === undefined ? rest : { ...rest, charged: true };
  });
  return charge(bare, { psys: 'record' }).map(({ device }) => device);
}

const isUuid = (name: string, uuid: string) => name.length >= 8 && uuid.startsWith(name);

interface Work extends Cut {
  readonly whose: Whose | null;
  readonly stretches: Stretches;
}

async function cutWriter(ledger: string, work: Work, part: Part): Promise<void> {
  const { run, stretches, source } = work;
  const { writer, from_ms, to_ms } = part;
  const { host, boot_id, sampling_s } = writer.record;
  const record: WriterRecord = {
    ...{ schema: 'joulebook/writer/v1', writer: newWriterName(), ...thisProcess(), host, boot_id },
    ...{ started_at_ms: from_ms, command: run.command, sampling_s, imported: true },
    ...(part.place === undefined ? {} : { place: part.place }),
    ...(writer.record.machine === undefined ? {} : { machine: writer.record.machine }),
    boards: Math.max(writer.record.boards ?? 0, boardsOf(writer.record.devices).length),
  };
  const devices = chosen(part, work, work.whose);
  const out = openWriter(ledger, run.id, record);
  const lowest = await stretches.lowest(writer.folder);
  const cutters = new Map(devices.map((device) => [device.device, cutterOf(device, work.whose, lowest)]));
  let rows = 0;
  for (let from = from_ms; from < to_ms; ) {
    const to = Math.min(to_ms, (Math.floor(from / CHUNK_MS) + 1) * CHUNK_MS);
    const energy = await stretches.energy(writer.folder, from, to);
    const usage = work.whose === null ? [] : await stretches.usage(writer.folder, from, to);
    for (const [name, cutter] of cutters) {
      const own = energy.filter(({ device }) => device === name);
      for (const row of cutter.chunk(own, usage, from, to)) {
        out.append('energy', row);
        rows++;
      }
    }
    out.flush();
    from = to;
  }
  for (const event of await findings(source, writer, cutters, to_ms)) out.append('events', event);
  out.devices(
    devices.map((device) => cutters.get(device.device)!.device()),
    writer.record.absent,
  );
  await out.end({
    ...{ schema: 'joulebook/end/v1', ended_at_ms: to_ms, exit_code: null, signal: null },
    work: { lines_dropped: 0, format: null },
  });
  if (rows > COMPACT_ROWS) await compactFolder(out.folder, true);
}

interface Cutter {
  chunk(rows: readonly EnergyRow[], usage: readonly UsageRow[], from_ms: number, to_ms: number): EnergyRow[];
  /** The device as the cut keeps it, when all is cut. */
  device(): Device;
  readonly energy_j: number;
}

function cutterOf(device: Device, whose: Whose | null, lowest: ReadonlyMap<string, number>): Cutter {
  const idle = idlePower(device, lowest.get(device.device) ?? null);
  const reach = { down: 0, up: 0 };
  let energy_j = 0;
  return {
    chunk(rows, usage, from_ms, to_ms) {
      const mine = usage.filter((row) => row.device === (device.kind === 'gpu' ? device.device : 'cpu'));
      const looks = whose === null ? [] : looksOf(mine, whose);
      const mean = meanLook(looks, from_ms, to_ms);
      let next = 0;
      return rows.flatMap((whole) => {
        const cut = cutRow(whole, from_ms, to_ms);
        if (cut === null) return [];
        reach.down += cut.reach_j;
        reach.up += cut.reach_j;
        const { row } = cut;
        if (whose === null || row.energy_j === null) {
          energy_j += row.energy_j ?? 0;
          return [row];
        }
        while (next < looks.length && looks[next]!.to_ms <= row.from_ms) next++;
        let end = next;
        while (end < looks.length && looks[end]!.from_ms < row.to_ms) end++;
        const seen = meanLook(looks.slice(next, end), row.from_ms, row.to_ms);
        const look = seen ?? mean;
        const blank = { ...row, source: 'allocated' as const, min_w: null, max_w: null };
        if (look === null) {
          const { low_j, high_j, ...rest } = blank;
          return [{ ...rest, energy_j: null, quality: 'unknown' as const, why: 'unreadable' as const }];
        }
        const share = shareOf(row.energy_j, (row.to_ms - row.from_ms) / 1000, look, idle, whose);
        energy_j += share.value;
        if (seen !== null) {
          reach.down += share.value - share.low;
          reach.up += share.high - share.value;
        }
        return [sharedRow(blank, row.energy_j, share, seen === null)];
      });
    },
    device() {
      const { limit_w, notes, ...rest } = device;
      const shared = whose === null ? {} : { source: 'allocated' as const, share_of: nameOf(whose) };
      const note = whose === null ? CUT_NOTE : SHARE_NOTE;
      // What is missing of a share is bounded by the device's own power.
      return { ...rest, ...shared, limit_w, notes: [...notes, note], reach_j: reach };
    },
    get energy_j() {
      return energy_j;
    },
  };
}

const CUT_NOTE = 'cut out of a longer record: of a row across an edge its part in time';
const SHARE_NOTE =
  'allocated, not measured: idle power belongs to nobody, the rest goes by busy time (docs/methodology.md)';

/** A row that nobody looked at is shared as its hour was, and may have been all of it or nothing. */
function sharedRow(row: EnergyRow, whole_j: number, share: Share, blind: boolean): EnergyRow {
  if (blind)
    return {
      ...row,
      ...{ energy_j: share.value, low_j: 0, high_j: row.high_j ?? whole_j },
      ...{ quality: 'estimated', why: row.why ?? 'unreadable' },
    };
  const part = whole_j > 0 ? share.value / whole_j : 0;
  const bounds = row.low_j === undefined ? {} : { low_j: row.low_j * part, high_j: row.high_j! * part };
  return { ...row, energy_j: share.value, ...bounds };
}

const nameOf = (whose: Whose): string =>
  whose.kind === 'user' ? `user:${whose.uid}` : whose.kind === 'pid' ? `pid:${whose.pid}:${whose.pid_start}` : 'nobody';

/** What the source noticed of each device, in proportion to what was cut of it. */
async function findings(
  source: RunEntry,
  { record }: WriterEntry,
  cutters: ReadonlyMap<string, Cutter>,
  at_ms: number,
): Promise<EventRow[]> {
  const reader = await openReader();
  try {
    const all = (await reader.events([source])).get(source.record.id) ?? [];
    const own = all.filter((event) => event.writer === record.writer && event.event === 'findings');
    return [...cutters].flatMap(([device, { energy_j }]) => {
      const last = own.findLast((event) => event.device === device);
      if (last?.facts === undefined) return [];
      const whole = Math.max(Number(last.facts.counter_j ?? 0), Number(last.facts.polled_j ?? 0));
      const part = whole > 0 ? Math.min(1, energy_j / whole) : 0;
      const scaled = (name: string) => Number(last.facts![name] ?? 0) * part;
      const facts = {
        ...{ counter_j: scaled('counter_j'), polled_j: scaled('polled_j'), edge_j: 0 },
        ...{ roughness: last.facts.roughness ?? 0, swing: last.facts.swing ?? 0, samples: scaled('samples') },
      };
      return [{ at_ms, event: 'findings', device, message: 'what was noticed while metering, in proportion', facts }];
    });
  } finally {
    reader.close();
  }
}
