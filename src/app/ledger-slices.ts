// The runs and monitors of a ledger → slices of their energy, each device-second once, with what makes accounts of them.

import { dirname } from 'node:path';
import { zoneTime } from '../core/zone-time.ts';
import type { Whose } from '../emissions/once.ts';
import { damagedFile } from '../ledger/places.ts';
import type { Reader } from '../ledger/reader.ts';
import type { EndRecord, EventRow } from '../ledger/records.ts';
import { type RunEntry, readRuns, type WriterEntry } from '../ledger/runs.ts';
import { deviceIn, emptyEnergy, identityOf } from '../ledger/use.ts';
import { type Accounted, accountOf } from '../report/build.ts';
import type { LineValues } from '../report/overheads.ts';
import { type Slice, slicesOf } from '../report/slices.ts';
import type { TotalBy } from '../report/total.ts';
import type { Chain } from '../run/intensity.ts';
import { machinesOf, type SpanOf } from './machines.ts';
import { commonStep } from './reports.ts';
import { chainOfRun } from './run-chain.ts';
import { shelfOf } from './shelf.ts';
import { valuesOf } from './values.ts';

export interface TotalWishes {
  /** [since, until), epoch ms; null: all that there is. */
  readonly since_ms: number | null;
  readonly until_ms: number | null;
  /** What rows are of; empty: one row. */
  readonly by: readonly TotalBy[];
  /** An IANA time zone, of months. */
  readonly time_zone: string;
  /** Ids of the runs that count; absent: all. */
  readonly runs?: ReadonlySet<string>;
  /** Further edges that slices do not lie across, epoch ms; those outside the window do not count. */
  readonly edges_ms?: readonly number[];
  /** A writer that is to be a run of its own, of the id apartId(run). */
  readonly apart?: Own;
}

/** A writer of a run, and those that the same process was before. */
export interface Own {
  readonly run: string;
  readonly writer: string;
  readonly before?: readonly string[];
}

/** As what the writer of a run counts that is told apart; no run is called so. */
export const apartId = (run: string): string => `${run}+`;

export interface LedgerSlices {
  /** Every run of the ledger, and those that are in the slices. */
  readonly all: readonly RunEntry[];
  readonly entries: readonly RunEntry[];
  /** Folders of runs that cannot be read. */
  readonly damaged: readonly string[];
  readonly slices: readonly Slice[];
  readonly monitored_j: number;
  readonly spanOf: SpanOf;
  readonly events: ReadonlyMap<string, readonly EventRow[]>;
  /** The account of a slice, or of a part of one. */
  account(slice: Slice): Accounted;
  /** Under what a slice is counted; null where nothing tells. */
  keyOf(slice: Slice): string | null;
}

/** Rejects with Fault ledger-missing, ledger-newer, engine-failed; usage for what is no time zone. */
export async function ledgerSlices(reader: Reader, ledger: string, wishes: TotalWishes): Promise<LedgerSlices> {
  const { runs: all, damaged } = readRuns(ledger);
  const { since_ms, until_ms, by, runs, apart } = wishes;
  const parted = apart === undefined ? all : counted(all).flatMap((entry) => partedAt(entry, apart));
  const chosen = runs === undefined ? parted : parted.filter(({ record }) => runs.has(record.id));
  const spanOf = await spansOf(reader, all);
  const window = { from_ms: since_ms ?? Number.NEGATIVE_INFINITY, to_ms: until_ms ?? Number.POSITIVE_INFINITY };
  const entries = counted(chosen).filter((entry) => touches(entry, spanOf, window));
  const ends_ms = by.includes('month') ? monthsIn(entries, spanOf, wishes) : [window.from_ms, window.to_ms];
  const inside = (wishes.edges_ms ?? []).filter((at) => at > window.from_ms && at < window.to_ms);
  const edges_ms = [...new Set([...ends_ms, ...inside])].sort((a, b) => a - b);
  const accounts = accountsOf(ledger, entries, spanOf);
  const machines = machinesOf(entries, {
    ...{ spanOf, edges_ms: edges_ms.filter(Number.isFinite) },
    stepOf: (entry) => accounts.get(entry)!.step_ms,
  });
  const { rows, broken } = await reader.units({ ...machines, within: window });
  const { slices, monitored_j } = slicesOf(rows, machines, { edges_ms, by_user: by.includes('user') });
  const events = await reader.events(entries);
  return {
    ...{ all, entries, damaged, monitored_j, spanOf, events },
    slices: withSilent(slices, entries, { edges_ms, spanOf }),
    account: (slice) => {
      const { entry } = slice;
      return sliceAccount(slice, { ...accounts.get(entry)!, spanOf, events: events.get(entry.record.id)!, broken });
    },
    keyOf: (slice) => keyOf(slice, wishes),
  };
}

/** When each writer metered; one without an end up to its last row. */
async function spansOf(reader: Reader, entries: readonly RunEntry[]): Promise<SpanOf> {
  const open = entries.flatMap(({ writers }) => writers.filter(({ end }) => end === null));
  const last = await reader.lastOf(open);
  return ({ record, end, folder }) => {
    const from_ms = record.started_at_ms;
    return { from_ms, to_ms: Math.max(from_ms, end?.ended_at_ms ?? last.get(folder) ?? from_ms) };
  };
}

/** A cut of a run that is there is in it already; of a monitor it is one of the runs that the monitor saw. */
function counted(entries: readonly RunEntry[]): RunEntry[] {
  const kinds = new Map(entries.map(({ record }) => [record.id, record.kind ?? 'run']));
  return entries.filter(
    ({ record: { cut_of } }) => cut_of === undefined || (kinds.get(cut_of) ?? 'monitor') === 'monitor',
  );
}

/** What of a run another writer metered, and what that one did; of neither there is more than there is. */
function partedAt(entry: RunEntry, { run, writer, before = [] }: Own): RunEntry[] {
  if (entry.record.id !== run) return [entry];
  const ours = new Set([writer, ...before]);
  const part = (record: RunEntry['record'], own: boolean): RunEntry[] => {
    const writers = entry.writers.filter((one) => ours.has(one.record.writer) === own);
    return writers.length === 0 ? [] : [{ ...entry, record, writers }];
  };
  return [...part(entry.record, false), ...part({ ...entry.record, id: apartId(run) }, true)];
}

/** From a run's beginning to its end, or to its last row. */
export function runSpan({ record, writers }: RunEntry, spanOf: SpanOf) {
  const spans = writers.map(spanOf);
  const from_ms = Math.min(...spans.map((span) => span.from_ms));
  if (spans.length === 0) return { from_ms: record.created_at_ms, to_ms: record.created_at_ms };
  return { from_ms, to_ms: Math.max(...spans.map((span) => span.to_ms)) };
}

function touches(entry: RunEntry, spanOf: SpanOf, window: { from_ms: number; to_ms: number }): boolean {
  const { from_ms, to_ms } = runSpan(entry, spanOf);
  return from_ms < window.to_ms && (to_ms > window.from_ms || (to_ms === from_ms && from_ms >= window.from_ms));
}

/** Edges of months of a time zone, over the window or all runs, with those of the window. */
function monthsIn(entries: readonly RunEntry[], spanOf: SpanOf, wishes: TotalWishes): number[] {
  const zone = zoneTime(wishes.time_zone);
  const spans = entries.map((entry) => runSpan(entry, spanOf));
  const from_ms = wishes.since_ms ?? Math.min(...spans.map((span) => span.from_ms));
  const to_ms = wishes.until_ms ?? Math.max(...spans.map((span) => span.to_ms)) + 1;
  if (spans.length === 0) return [0, 1];
  const edges = [from_ms];
  let [year, month] = zone.format(from_ms).split('-').map(Number) as [number, number];
  for (;;) {
    [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
    const next = zone.parse(`${year}-${String(month).padStart(2, '0')}-01T00:00`)!;
    if (next >= to_ms) return [...edges, to_ms];
    edges.push(next);
  }
}

interface Basis {
  readonly chain: Chain;
  readonly values: LineValues;
  readonly step_ms: number;
}

/** What each run is accounted with. */
function accountsOf(ledger: string, entries: readonly RunEntry[], spanOf: SpanOf): Map<RunEntry, Basis> {
  const shelf = shelfOf(ledger, { many: true });
  return new Map(
    entries.map((entry) => {
      const chain = chainOfRun(ledger, entry, { span: runSpan(entry, spanOf), shelf });
      const values = valuesOf(shelf, entry.record);
      return [entry, { chain, values, step_ms: commonStep(chain, values) ?? LEAST_STEP_MS }];
    }),
  );
}

/** Rows are no finer. */
const LEAST_STEP_MS = 1000;

/** Runs of which no row is there are in the account too: not known, and never left out. */
function withSilent(
  slices: readonly Slice[],
  entries: readonly RunEntry[],
  { edges_ms, spanOf }: { readonly edges_ms: readonly number[]; readonly spanOf: SpanOf },
): Slice[] {
  const told = new Set(slices.map(({ entry }) => entry));
  const silent = entries
    .filter((entry) => !told.has(entry))
    .map((entry): Slice => {
      const { from_ms } = runSpan(entry, spanOf);
      const stretch = Math.max(
        0,
        edges_ms.findLastIndex((edge) => edge <= from_ms),
      );
      const whose: Whose = entry.record.kind === 'monitor' ? { kind: 'unattributed', uid: null } : { kind: 'run' };
      return {
        ...{ entry, whose, host: entry.writers[0]?.record.host ?? '', time_share: 1, idle: { down_j: 0, up_j: 0 } },
        ...{ from_ms: edges_ms[stretch]!, to_ms: edges_ms[stretch + 1]!, energy: emptyEnergy() },
      };
    });
  return [...slices, ...silent];
}

interface Told extends Basis {
  readonly spanOf: SpanOf;
  readonly events: readonly EventRow[];
  readonly broken: readonly string[];
}

function sliceAccount(slice: Slice, { chain, values, spanOf, events, broken }: Told) {
  const { record, state, damage, amendments, unsure } = slice.entry;
  const own = slice.entry.writers.filter((writer) => writer.record.host === slice.host);
  const writers = own.flatMap((writer) => clipped(writer, spanOf(writer), slice));
  const lost = broken.filter((file) => own.some(({ folder }) => dirname(file) === folder)).map(damagedFile);
  const energy = { ...slice.energy, lost: [...slice.energy.lost, ...lost] };
  for (const { record: writer } of writers) {
    // Of one that cannot be read there are no rows.
    const missing = writer.devices.filter(({ charged, source }) => charged && source === 'missing');
    for (const device of missing)
      deviceIn(energy, identityOf(device, writer.host, writer.boot_id), device, writer.host);
  }
  return accountOf({
    ...{ run: record, state, writers, energy, steps: [], events, amendments, unsure },
    ...{ chain: chain.series, no_intensity: chain.none, values, damage, brief: true },
  });
}

/** A writer as if it had begun and ended with the slice. */
function clipped(writer: WriterEntry, span: ReturnType<SpanOf>, slice: Slice): WriterEntry[] {
  const started_at_ms = Math.max(span.from_ms, slice.from_ms);
  const ended_at_ms = Math.min(span.to_ms, slice.to_ms);
  if (ended_at_ms < started_at_ms) return [];
  const end = { ...(writer.end ?? NO_END), ended_at_ms };
  return [{ ...writer, record: { ...writer.record, started_at_ms }, end }];
}

const NO_END: EndRecord = {
  ...{ schema: 'joulebook/end/v1', ended_at_ms: 0, exit_code: null, signal: null },
  work: { lines_dropped: 0, format: null },
};

/** Under what a slice is counted; null where nothing tells. */
function keyOf(slice: Slice, { by, time_zone }: TotalWishes): string | null {
  const keys = by.map((one) => keyBy(slice, one, time_zone));
  if (keys.every((key) => key === null)) return null;
  return keys.map((key, i) => key ?? `(no ${by[i]})`).join(', ');
}

function keyBy({ entry: { record }, whose, host, from_ms }: Slice, by: TotalBy, time_zone: string): string | null {
  if (by === 'host') return host || null;
  if (by === 'month') return Number.isFinite(from_ms) ? zoneTime(time_zone).format(from_ms).slice(0, 7) : null;
  if (whose.kind !== 'run')
    return by === 'user' && whose.kind === 'unattributed' && whose.uid !== null ? `uid ${whose.uid}` : null;
  const { tags } = record;
  if (by === 'project') return tags.project ?? tags['codecarbon.project_name'] ?? null;
  if (by === 'workflow') return tags['ci.workflow'] ?? null;
  return by === 'model' || by === 'stage' || by === 'user' ? (record[by] ?? null) : (tags[by.slice(4)] ?? null);
}
