// Which runs are the repeats that a gate or a baseline is of, and what each of them tells.

import { fault } from '../core/fault.ts';
import { findRun, goesOn, listRuns, type RunEntry } from '../ledger/runs.ts';
import type { Candidate } from '../report/gate.ts';
import { MOST_OTHERS, repeatOf } from '../report/samples.ts';
import { ofGit } from './commits.ts';
import { reportOf } from './reports.ts';

export interface WhichRuns {
  /** Ids, names or `last`; none: those of the tags and the commit. */
  readonly runs: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** Absent: of no tags either, HEAD. */
  readonly commit?: string | undefined;
  readonly cwd: string;
  /** Repeats count however much others took of the machine. */
  readonly allow_disturbed?: boolean;
}

export interface CiRuns extends Candidate {
  /** Those left aside because they are another job than the newest: another command, name or state of the files; of tags another commit. */
  readonly others: number;
}

/** Reads the repeats. Rejects with Fault run-not-found, runs-missing, usage and as reportOf. */
export async function ciRuns(ledger: string, which: WhichRuns): Promise<CiRuns> {
  const { entries, others } = entriesOf(ledger, which);
  const repeats = [];
  const most_others = which.allow_disturbed ? 1 : MOST_OTHERS;
  for (const entry of entries) repeats.push(repeatOf(await reportOf(ledger, entry), most_others));
  const { git } = entries[0]!.record;
  return { repeats, others, commit: git?.commit ?? null, dirty: git?.dirty ?? null };
}

/** Newest first. */
function entriesOf(ledger: string, { runs, tags, commit, cwd }: WhichRuns): { entries: RunEntry[]; others: number } {
  if (runs.length > 0) {
    const named = new Map(runs.map((wanted) => findRun(ledger, wanted)).map((entry) => [entry.record.id, entry]));
    const entries = [...named.values()].sort((a, b) => b.record.created_at_ms - a.record.created_at_ms);
    return { entries, others: 0 };
  }
  const tagged = Object.entries(tags);
  const rev = commit ?? (tagged.length > 0 ? undefined : 'HEAD');
  const ofCommit = ofGit({ commit: rev }, cwd);
  const all = listRuns(ledger).filter(
    ({ record, state }) =>
      !goesOn(state) &&
      (record.kind ?? 'attach') === 'attach' &&
      ofCommit(record) &&
      tagged.every(([key, value]) => record.tags[key] === value),
  );
  if (all.length === 0) {
    const told = [
      ...(rev === undefined ? [] : [`commit ${rev}`]),
      ...tagged.map(([key, value]) => `tag ${key}=${value}`),
    ];
    throw fault('runs-missing', { facts: { which: told.join(', '), ledger } });
  }
  // Who selects by tags says himself what is alike, but not of which commit.
  const alike = ({ record }: RunEntry) => (tagged.length > 0 ? record.git?.commit : jobOf(record));
  const entries = all.filter((entry) => alike(entry) === alike(all[0]!));
  return { entries, others: all.length - entries.length };
}

const jobOf = ({ command, name, git }: RunEntry['record']): string =>
  JSON.stringify([command, name, git?.dirty ?? null, git?.diff_hash ?? null]);
