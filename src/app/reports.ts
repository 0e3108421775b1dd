// From the ledger to reports: opens the engine, asks what is needed, builds.

import { gridStepMs } from '../grid/series.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import { brokenLines, listRuns, type RunEntry, segmentsOf, storedSeries } from '../ledger/runs.ts';
import { buildReport } from '../report/build.ts';
import type { By, ReportJson, RunJson } from '../report/model.ts';
import { type Chain, storedChain } from '../run/intensity.ts';

export interface RunsJson {
  readonly schema: 'joulebook/runs/v1';
  readonly runs: readonly (RunJson & Pick<ReportJson['energy'], 'it_j'> & Pick<ReportJson['emissions'], 'total_g'>)[];
  /** J over all runs listed, each device-second once; what runs shared is in shared_j. */
  readonly total: { readonly it_j: number; readonly shared_j: number };
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** The report of one run. */
export async function reportOf(ledger: string, entry: RunEntry, by?: By): Promise<ReportJson> {
  const reader = await openReader();
  try {
    const chain = chainOfRun(ledger, entry);
    const energy = (await reader.energy([entry], null)).get(entry.record.id)!;
    const steps = await reader.steps(entry);
    const events = (await reader.events([entry])).get(entry.record.id)!;
    return buildReport({
      ...{ run: entry.record, state: entry.state, writers: entry.writers, energy, steps, events },
      ...{ chain: chain.series, no_intensity: chain.none, damage: damageOf(entry) },
      ...(by === undefined ? {} : { by }),
    });
  } finally {
    reader.close();
  }
}

/** Every run of the ledger, newest first, in one pass over its energy. */
export async function runsOf(ledger: string): Promise<RunsJson> {
  const entries = listRuns(ledger);
  const reader = await openReader();
  try {
    const reports = await summaries(reader, ledger, entries);
    const shared_j = await reader.sharedEnergy(entries);
    const all = reports.reduce((s, { energy }) => s + (energy.it_j.value ?? 0), 0);
    const message = 'runs shared a device at the same time: what they shared is counted once in the total';
    return {
      schema: 'joulebook/runs/v1',
      runs: reports.map(({ run, energy, emissions }) => ({ ...run, it_j: energy.it_j, total_g: emissions.total_g })),
      total: { it_j: all - shared_j, shared_j },
      warnings: shared_j > 0 ? [{ code: 'device-shared', message }] : [],
    };
  } finally {
    reader.close();
  }
}

/** Short reports: runs whose intensity has the same step are read together. */
async function summaries(reader: Reader, ledger: string, entries: readonly RunEntry[]): Promise<ReportJson[]> {
  const steps = new Map<Chain, number | null>();
  const groups = new Map<number | null, RunEntry[]>();
  for (const entry of entries) {
    const chain = chainOfRun(ledger, entry);
    if (!steps.has(chain)) steps.set(chain, commonStep(chain));
    const step = steps.get(chain)!;
    groups.set(step, [...(groups.get(step) ?? []), entry]);
  }
  const events = await reader.events(entries);
  const out = new Map<RunEntry, ReportJson>();
  for (const [step, group] of groups) {
    const energies = await reader.energy(group, step);
    for (const entry of group) {
      const { series, none } = chainOfRun(ledger, entry);
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
  const steps = series.map(gridStepMs).filter((step) => step !== null);
  if (steps.length === 0) return 86_400_000;
  return steps[0]! >= 1000 ? steps[0]! : null;
}

/** Runs of one zone and series share their chain, which may hold a year of minutes. */
const chains = new Map<string, Chain>();

function chainOfRun(ledger: string, { record }: RunEntry): Chain {
  const key = `${ledger} ${record.zone} ${record.intensity?.hash}`;
  let chain = chains.get(key);
  if (chain === undefined) {
    chain = storedChain(record.zone, record.intensity === null ? null : storedSeries(ledger, record.intensity.hash));
    chains.set(key, chain);
  }
  return chain;
}

function damageOf(entry: RunEntry): string[] {
  const folders = entry.writers.map(({ folder }) => folder);
  const torn = (['energy', 'steps', 'events'] as const).reduce(
    (s, table) => s + brokenLines(segmentsOf(folders, table)),
    0,
  );
  const live = entry.state === 'running';
  return [
    ...entry.damage,
    ...(torn > 0 && !live ? [`${torn} torn or damaged line${torn === 1 ? '' : 's'} left out`] : []),
  ];
}
