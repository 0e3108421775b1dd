// From the ledger to reports: opens the engine, asks what is needed, builds.

import { toJson } from '../core/figure.ts';
import type { ZoneChain } from '../emissions/compare.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import { zoneNamed } from '../grid/places.ts';
import type { Span } from '../grid/provider.ts';
import { gridStepMs, type IntensitySeries } from '../grid/series.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import { TABLES } from '../ledger/records.ts';
import { goesOn, type RunEntry, readRuns } from '../ledger/runs.ts';
import { brokenLines, segmentsOf } from '../ledger/segments.ts';
import { statementsOf } from '../ledger/statements.ts';
import type { RunEnergy } from '../ledger/use.ts';
import { type Accounted, accountOf, type ReportInput } from '../report/build.ts';
import { summaryOf } from '../report/core.ts';
import type { By, ReportJson, RunJson, Warning } from '../report/model.ts';
import type { LineValues } from '../report/overheads.ts';
import { type Chain, zoneChain } from '../run/intensity.ts';
import { endOf, hadEnded, toldFrom } from './as-of.ts';
import { chainOfRun, marginalOfRun } from './run-chain.ts';
import { type Shelf, shelfOf } from './shelf.ts';
import { valuesOf } from './values.ts';

export interface RunsJson {
  readonly schema: 'joulebook/runs/v1';
  readonly runs: readonly (RunJson & Pick<ReportJson['energy'], 'it_j'> & Pick<ReportJson['emissions'], 'total_g'>)[];
  /** J over the runs whose energy is known, each device-second once; what they shared is in shared_j. */
  readonly total: { readonly it_j: number; readonly shared_j: number };
  readonly warnings: readonly Warning[];
}

export interface ReportWishes {
  readonly by?: By;
  /** Zones that the run is compared with in hindsight. */
  readonly zones?: readonly string[];
  /** As it was to be told then; `entry` is that of then too. */
  readonly as_of_ms?: number | undefined;
}

/** The report of one run. Rejects as accountedOf. */
export const reportOf = async (ledger: string, entry: RunEntry, wishes: ReportWishes = {}): Promise<ReportJson> =>
  (await accountedOf(ledger, entry, wishes)).report;

/** The report of one run, and its figures. Rejects with Fault as-of-early where it had not ended by then. */
export async function accountedOf(ledger: string, entry: RunEntry, wishes: ReportWishes): Promise<Accounted> {
  const reader = await openReader();
  try {
    return accountOf(await inputOf(reader, { ledger, entry }, wishes));
  } finally {
    reader.close();
  }
}

/** All that is known of one run. Rejects as reportOf. */
export async function inputOf(
  reader: Reader,
  { ledger, entry }: { readonly ledger: string; readonly entry: RunEntry },
  { by, zones = [], as_of_ms }: ReportWishes = {},
): Promise<ReportInput> {
  const energy = (await reader.energy([entry], null)).get(entry.record.id)!;
  if (as_of_ms !== undefined) hadEnded(entry, energy, as_of_ms);
  const shelf = shelfOf(ledger);
  const time = { span: spanOf(entry, energy), as_of_ms, shelf };
  const chain = chainOfRun(ledger, entry, time);
  const elsewhere = zones.map((zone) => comparable(ledger, time, { zone, own: chain.series[0] }));
  const steps = await reader.steps(entry);
  const events = (await reader.events([entry])).get(entry.record.id)!;
  const { statements, damage } = statementsOf(ledger, entry.record.id, as_of_ms);
  return {
    ...{ run: entry.record, state: entry.state, writers: entry.writers, energy, steps, events },
    ...{ chain: chain.series, no_intensity: chain.none, grid_notes: chain.notes, elsewhere },
    ...(chain.places && { places: chain.places }),
    values: valuesOf(shelf, entry.record),
    marginal: marginalOfRun(ledger, entry, time),
    ...{ amendments: entry.amendments, unsure: entry.unsure, statements },
    damage: [...entry.damage, ...reader.damage(entry), ...tornLines(entry), ...damage],
    ...(by === undefined ? {} : { by }),
  };
}

export interface RunsWishes {
  /** Those that had ended by then, as they were to be told. */
  readonly as_of_ms?: number | undefined;
  /** These alone; default: all. */
  readonly only?: (record: RunEntry['record']) => boolean;
}

/** The runs of the ledger, newest first, in one pass over their energy. */
export async function runsOf(ledger: string, { as_of_ms, only = () => true }: RunsWishes = {}): Promise<RunsJson> {
  const { runs: all, damaged } = readRuns(ledger, { as_of_ms });
  const there = all.filter(({ record }) => only(record));
  const reader = await openReader();
  try {
    const told = await summaries(reader, ledger, { entries: there, as_of_ms }, summaryOf);
    const entries = there.filter((entry) => told.has(entry));
    const accounts = entries.map((entry) => told.get(entry)!);
    const it_j = accounts.map(({ figures }) => figures.it_j.value);
    const known = entries.filter((_, i) => it_j[i] !== null);
    // A cut is a part of a run: where that one is in the total, so is the cut already.
    const ids = new Set(known.map(({ record }) => record.id));
    const cuts = new Set(known.filter(({ record }) => record.cut_of !== undefined && ids.has(record.cut_of)));
    const cut_j = it_j.reduce<number>((s, joules, i) => s + (cuts.has(entries[i]!) ? joules! : 0), 0);
    const shared_j = cut_j + (await reader.sharedEnergy(known.filter((entry) => !cuts.has(entry))));
    const sum_j = it_j.reduce<number>((s, joules) => s + (joules ?? 0), 0);
    const warnings: Warning[] = damaged.map((folder) => ({
      code: 'ledger-damage',
      message: `run.json cannot be read in ${folder}: this run is left out`,
    }));
    const going = there.length - entries.length;
    if (going > 0) {
      const message = `${going} run${going === 1 ? '' : 's'} that had not ended by then ${going === 1 ? 'is' : 'are'} left out`;
      warnings.push({ code: 'as-of', message });
    }
    const left = entries.length - known.length;
    if (left > 0) {
      const message = `the total leaves out ${left} run${left === 1 ? '' : 's'} whose energy is not known`;
      warnings.push({ code: 'total-partial', message });
    }
    if (shared_j > 0) {
      const message = 'runs shared a device at the same time: what they shared is counted once in the total';
      warnings.push({ code: 'device-shared', message });
    }
    return {
      schema: 'joulebook/runs/v1',
      runs: accounts.map(({ run, figures }) => ({
        ...{ ...run, it_j: toJson(figures.it_j), total_g: toJson(figures.total_g) },
      })),
      total: { it_j: sum_j - shared_j, shared_j },
      warnings,
    };
  } finally {
    reader.close();
  }
}

/**
 * Short accounts, as `made` makes them: runs whose intensity has the same step are read together. Those that had not ended by
 * then are left out.
 */
export async function summaries<T>(
  reader: Reader,
  ledger: string,
  { entries, as_of_ms }: { readonly entries: readonly RunEntry[]; readonly as_of_ms?: number | undefined },
  made: (input: ReportInput) => T,
): Promise<Map<RunEntry, T>> {
  const shelf = shelfOf(ledger, { many: true, as_of_ms });
  // How far a run without an end reaches is told by its rows alone.
  const open = entries.filter(({ writers }) => writers.some(({ end }) => end === null));
  const read = new Map([[null as number | null, await reader.energy(open, null)]]);
  const reach = (entry: RunEntry) => read.get(null)!.get(entry.record.id) ?? { last_ms: new Map<string, number>() };
  const ended = (entry: RunEntry) =>
    as_of_ms === undefined || (!goesOn(entry.state) && toldFrom(entry, reach(entry)) <= as_of_ms);
  const told = entries.filter(ended).map((entry) => {
    const chain = chainOfRun(ledger, entry, { span: spanOf(entry, reach(entry)), shelf, as_of_ms });
    const values = valuesOf(shelf, entry.record);
    return { entry, chain, values, step: open.includes(entry) ? null : commonStep(chain, values) };
  });
  const events = await reader.events(told.map(({ entry }) => entry));
  const out = new Map<RunEntry, T>();
  for (const step of new Set(told.map((one) => one.step))) {
    const group = told.filter((one) => one.step === step);
    const rest = group.map(({ entry }) => entry).filter((entry) => step !== null || !open.includes(entry));
    const energies = await reader.energy(rest, step);
    for (const { entry, chain, values } of group) {
      const { record, writers, state, damage, amendments, unsure } = entry;
      const energy = energies.get(record.id) ?? read.get(null)!.get(record.id)!;
      const account = made({
        ...{ run: record, state, writers, energy, steps: [], events: events.get(record.id)!, amendments, unsure },
        ...{ chain: chain.series, no_intensity: chain.none, values, damage, brief: true },
      });
      out.set(entry, account);
    }
  }
  return out;
}

/** A step that no breakpoint of the chain, PUE, price or certificates falls inside; a constant series has none, so any will do. */
export function commonStep({ series }: Chain, { pue, price, certificates }: LineValues): number | null {
  const rows = certificates?.rows ?? [];
  const edges = [{ from_ms: rows.map((row) => row.from_ms), to_ms: rows.map((row) => row.to_ms) }];
  const step = gridStepMs(...series, ...[pue, price].flatMap((one) => one ?? []), ...edges);
  return step === null ? 86_400_000 : step >= 1000 ? step : null;
}

/** From a run's beginning to its end, or to what its rows reach to; to now while it runs. */
export function spanOf({ record, writers, state }: RunEntry, energy: Pick<RunEnergy, 'last_ms'>): Span {
  const from_ms = Math.min(...writers.map((writer) => writer.record.started_at_ms));
  if (writers.length === 0) return { from_ms: record.created_at_ms, to_ms: record.created_at_ms };
  return { from_ms, to_ms: goesOn(state) ? Date.now() : (endOf({ writers }, energy) ?? from_ms) };
}

/** What is known of another zone around the time of a run, of the kind and scope that the run is accounted with. Throws Fault zone-unknown. */
function comparable(
  ledger: string,
  { shelf, ...time }: { readonly span: Span; readonly as_of_ms?: number | undefined; readonly shelf: Shelf },
  { zone, own }: { readonly zone: string; readonly own: IntensitySeries | undefined },
): ZoneChain {
  const { kind, scope } = own ?? DEFAULT_CHAIN;
  const spec = { ...DEFAULT_CHAIN, kind, scope };
  const asked = { ledger, zone: zoneNamed(zone), own: null, spec };
  const found = zoneChain({ ...asked, ...time, known: shelf.known });
  const none = found.notes.join('; ') || found.none;
  return { zone: found.zone ?? zone, chain: found.series, ...(none === null ? {} : { none }) };
}

/** What a kill or a damaged disk left of lines; a run that is being written always has an end that is not whole. */
function tornLines({ writers, state }: RunEntry): string[] {
  if (goesOn(state)) return [];
  const folders = writers.map(({ folder }) => folder);
  const torn = TABLES.reduce((s, table) => s + brokenLines(segmentsOf(folders, table)), 0);
  return torn > 0 ? [`${torn} torn or damaged line${torn === 1 ? '' : 's'} left out`] : [];
}
