// All runs of a commit → what they came to: its energy and emissions, with what they shared counted once.

import { fault } from '../core/fault.ts';
import { exactly, type Figure, isKnown, scaled } from '../core/figure.ts';
import { totalOf } from '../emissions/contrast.ts';
import { openReader } from '../ledger/reader.ts';
import { findRun, goesOn, listRuns, type RunEntry } from '../ledger/runs.ts';
import { summaryOf } from '../report/core.ts';
import { ofGit } from './commits.ts';
import { summaries } from './reports.ts';

export interface CommitEnergy {
  readonly runs: readonly string[];
  /** IT energy, J. */
  readonly it_j: Figure;
  /** gCO2e, with PUE and embodied where they are known. */
  readonly total_g: Figure;
}

/** Of the runs named, else of all that ended at the commit, failed ones too. Rejects with Fault run-not-found, runs-missing. */
export async function commitEnergy(
  ledger: string,
  { runs, commit }: { readonly runs: readonly string[]; readonly commit: string },
): Promise<CommitEnergy> {
  const entries = entriesOf(ledger, runs, commit);
  const reader = await openReader();
  try {
    const told = await summaries(reader, ledger, { entries }, summaryOf);
    const figures = entries.flatMap((entry) => told.get(entry)?.figures ?? []);
    const it_j = totalOf(figures.map((one) => one.it_j));
    const total_g = totalOf(figures.map((one) => one.total_g));
    const shared_j = entries.length > 1 ? await reader.sharedEnergy(entries) : 0;
    const share = isKnown(it_j) && it_j.value > 0 ? 1 - shared_j / it_j.value : 1;
    return { runs: entries.map(({ record }) => record.id), it_j: part(it_j, share), total_g: part(total_g, share) };
  } finally {
    reader.close();
  }
}

/** A cut is a part of a run that is counted already. */
function entriesOf(ledger: string, runs: readonly string[], commit: string): RunEntry[] {
  if (runs.length > 0)
    return [...new Map(runs.map((run) => findRun(ledger, run)).map((entry) => [entry.record.id, entry])).values()];
  const here = ofGit({ commit }, '.');
  const all = listRuns(ledger).filter(({ record, state }) => !goesOn(state) && record.kind !== 'cut' && here(record));
  if (all.length > 0) return all;
  throw fault('runs-missing', { facts: { which: `commit ${commit.slice(0, 12)}`, ledger } });
}

const part = (figure: Figure, share: number): Figure =>
  !isKnown(figure) || share === 1 ? figure : share > 0 ? scaled(figure, share) : exactly(0);
