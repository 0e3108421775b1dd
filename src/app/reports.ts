// From the ledger to reports: opens the engine, asks what is needed, builds.

import { Fault } from '../core/fault.ts';
import type { ZoneChain } from '../emissions/compare.ts';
import { DEFAULT_CHAIN } from '../grid/chain.ts';
import { placeNamed } from '../grid/places.ts';
import type { Span } from '../grid/provider.ts';
import { clipped, gcd, gridStepMs, type IntensitySeries } from '../grid/series.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import { TABLES } from '../ledger/records.ts';
import { type RunEntry, readRuns, storedSeries } from '../ledger/runs.ts';
import { brokenLines, segmentsOf } from '../ledger/segments.ts';
import { staysOf } from '../ledger/stays.ts';
import { buildReport } from '../report/build.ts';
import type { By, ReportJson, RunJson, Warning } from '../report/model.ts';
import { type Chain, revive, zoneChain } from '../run/intensity.ts';

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
}

/** The report of one run. Rejects with a Fault. */
export async function reportOf(
  ledger: string,
  entry: RunEntry,
  { by, zones = [] }: ReportWishes = {},
): Promise<ReportJson> {
  const reader = await openReader();
  try {
    const chain = chainOfRun(ledger, entry);
    const elsewhere = zones.map((zone) => comparable(ledger, entry, { zone, own: chain.series[0] }));
    const energy = (await reader.energy([entry], null)).get(entry.record.id)!;
    const steps = await reader.steps(entry);
    const events = (await reader.events([entry])).get(entry.record.id)!;
    return buildReport({
      ...{ run: entry.record, state: entry.state, writers: entry.writers, energy, steps, events },
      ...{ chain: chain.series, no_intensity: chain.none, grid_notes: chain.notes, elsewhere },
      damage: [...entry.damage, ...reader.damage(entry), ...tornLines(entry)],
      ...(by === undefined ? {} : { by }),
    });
  } finally {
    reader.close();
  }
}

/** Every run of the ledger, newest first, in one pass over its energy. */
export async function runsOf(ledger: string): Promise<RunsJson> {
  const { runs: entries, damaged } = readRuns(ledger);
  const reader = await openReader();
  try {
    const reports = await summaries(reader, ledger, entries);
    const known = entries.filter((_, i) => reports[i]!.energy.it_j.value !== null);
    // A cut is a part of a run: where that one is in the total, so is the cut already.
    const ids = new Set(known.map(({ record }) => record.id));
    const cuts = new Set(known.filter(({ record }) => record.cut_of !== undefined && ids.has(record.cut_of)));
    const cut_j = reports.reduce((s, { energy }, i) => s + (cuts.has(entries[i]!) ? energy.it_j.value! : 0), 0);
    const shared_j = cut_j + (await reader.sharedEnergy(known.filter((entry) => !cuts.has(entry))));
    const all = reports.reduce((s, { energy }) => s + (energy.it_j.value ?? 0), 0);
    const warnings: Warning[] = damaged.map((folder) => ({
      code: 'ledger-damage',
      message: `run.json cannot be read in ${folder}: this run is left out`,
    }));
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
      runs: reports.map(({ run, energy, emissions }) => ({ ...run, it_j: energy.it_j, total_g: emissions.total_g })),
      total: { it_j: all - shared_j, shared_j },
      warnings,
    };
  } finally {
    reader.close();
  }
}

/** Short reports: runs whose intensity has the same step are read together. */
async function summaries(reader: Reader, ledger: string, entries: readonly RunEntry[]): Promise<ReportJson[]> {
  const span = spanOf(entries);
  const chains = new Map<string, Chain>();
  const chainOf = (entry: RunEntry): Chain => {
    const key = JSON.stringify([entry.record.zone, entry.record.grid, entry.record.intensity, staysIn(entry)]);
    const chain = chains.get(key) ?? chainOfRun(ledger, entry, { span });
    chains.set(key, chain);
    return chain;
  };
  const steps = new Map<Chain, number | null>();
  const groups = new Map<number | null, RunEntry[]>();
  for (const entry of entries) {
    const chain = chainOf(entry);
    if (!steps.has(chain)) steps.set(chain, commonStep(chain));
    const step = steps.get(chain)!;
    groups.set(step, [...(groups.get(step) ?? []), entry]);
  }
  const events = await reader.events(entries);
  const out = new Map<RunEntry, ReportJson>();
  for (const [step, group] of groups) {
    const energies = await reader.energy(group, step);
    for (const entry of group) {
      const { series, none } = chainOf(entry);
      const report = buildReport({
        ...{ run: entry.record, state: entry.state, writers: entry.writers, energy: energies.get(entry.record.id)! },
        ...{ steps: [], events: events.get(entry.record.id)!, chain: series, no_intensity: none, damage: entry.damage },
        brief: true,
      });
      out.set(entry, report);
    }
  }
  return entries.map((entry) => out.get(entry)!);
}

/** A step that no breakpoint of the chain falls inside; a constant series has none, so any will do. */
function commonStep({ series }: Chain): number | null {
  const step = series.map(gridStepMs).reduce<number>((a, b) => gcd(a, b ?? 0), 0);
  return step === 0 ? 86_400_000 : step >= 1000 ? step : null;
}

type Told = Pick<RunEntry, 'record'> & {
  readonly writers: readonly Pick<RunEntry['writers'][number], 'record' | 'end'>[];
};

/** From the first beginning to the last end of runs; to now where one has none. */
function spanOf(entries: readonly Told[]): Span {
  const writers = entries.flatMap((entry) => entry.writers);
  const from_ms = Math.min(...writers.map(({ record }) => record.started_at_ms));
  const to_ms = Math.max(...writers.map(({ end }) => end?.ended_at_ms ?? Date.now()));
  return writers.length === 0 ? { from_ms: Date.now(), to_ms: Date.now() } : { from_ms, to_ms };
}

const staysIn = ({ record, writers }: Told) => staysOf(record, writers);

/**
 * What the emissions of a run are accounted with: the series of each zone that it was in, for the time that it was there, as
 * known by `as_of_ms`. Without the series that it was given they are not known: another would be another account.
 */
export function chainOfRun(
  ledger: string,
  run: Told,
  { span = spanOf([run]), as_of_ms }: { readonly span?: Span; readonly as_of_ms?: number } = {},
): Chain {
  const { zone, intensity, grid = null } = run.record;
  const none = (why: string): Chain => ({ zone, series: [], none: why, notes: [], stored: null, spec: grid });
  let own: IntensitySeries | null = null;
  try {
    own = intensity === null ? null : revive(storedSeries(ledger, intensity.hash));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return none(`the intensity given with the run is lost: ${error.message}`);
  }
  const stays = staysIn(run);
  const time = { ledger, span, ...(as_of_ms === undefined ? {} : { as_of_ms }) };
  const chains = stays.map((stay): Chain => {
    if (stay.why !== null) return none(stay.why);
    try {
      return zoneChain({ ...time, zone: stay.zone, spec: stay.grid, own: stay.zone === zone ? own : null });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return none(error.message);
    }
  });
  if (chains.length === 1) return chains[0]!;
  return {
    ...none(chains.find((chain) => chain.none !== null)?.none ?? ''),
    series: chains.flatMap(({ series }, i) =>
      series.flatMap((one) => clipped(one, stays[i]!.from_ms, stays[i]!.to_ms) ?? []),
    ),
    none: chains.every(({ series }) => series.length === 0) ? chains[0]!.none : null,
    notes: [...new Set(chains.flatMap((chain, i) => [...chain.notes, ...[stays[i]!.why ?? []].flat()]))],
  };
}

/** What is known of another zone around the time of a run, of the kind and scope that the run is accounted with. Throws Fault zone-unknown. */
function comparable(
  ledger: string,
  entry: RunEntry,
  { zone, own }: { readonly zone: string; readonly own: IntensitySeries | undefined },
): ZoneChain {
  const { kind, scope } = own ?? DEFAULT_CHAIN;
  const spec = { ...DEFAULT_CHAIN, kind, scope };
  const asked = { ledger, zone: placeNamed(zone)?.zone ?? zone.toUpperCase(), own: null, spec };
  const found = zoneChain({ ...asked, span: spanOf([entry]) });
  const none = found.notes.join('; ') || found.none;
  return { zone: found.zone ?? zone, chain: found.series, ...(none === null ? {} : { none }) };
}

/** What a kill or a damaged disk left of lines; a run that is being written always has an end that is not whole. */
function tornLines({ writers, state }: RunEntry): string[] {
  if (state === 'running') return [];
  const folders = writers.map(({ folder }) => folder);
  const torn = TABLES.reduce((s, table) => s + brokenLines(segmentsOf(folders, table)), 0);
  return torn > 0 ? [`${torn} torn or damaged line${torn === 1 ? '' : 's'} left out`] : [];
}
