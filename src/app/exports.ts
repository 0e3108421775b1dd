// From runs of the ledger to what exporters take: their reports, and what they counted twice between them.

import type { Accounts } from '../exchange/account.ts';
import type { GhgRun, Twice } from '../exchange/ghg.ts';
import { openReader } from '../ledger/reader.ts';
import { findRun, type RunEntry } from '../ledger/runs.ts';
import type { Accounted } from '../report/build.ts';
import { findRunAsOf } from './as-of.ts';
import { accountedOf, type ReportWishes, reportOf } from './reports.ts';

type Moment = Pick<ReportWishes, 'as_of_ms'>;

/** The runs that are meant, each once, in the order given; as they were at a moment. Throws as findRun, findRunAsOf. */
export function runsMeant(ledger: string, wanted: readonly string[], { as_of_ms }: Moment = {}): RunEntry[] {
  const entries = wanted.map((one) =>
    as_of_ms === undefined ? findRun(ledger, one) : findRunAsOf(ledger, one, as_of_ms),
  );
  return [...new Map(entries.map((entry) => [entry.record.id, entry])).values()];
}

/** Their reports and figures. Rejects as accountedOf. */
export async function accountedRuns(
  ledger: string,
  entries: readonly RunEntry[],
  moment: Moment,
): Promise<Accounted[]> {
  const accounted = [];
  for (const entry of entries) accounted.push(await accountedOf(ledger, entry, moment));
  return accounted;
}

/** Their reports. Rejects with a Fault. */
export async function accountsOf(ledger: string, entries: readonly RunEntry[], moment: Moment): Promise<Accounts> {
  const accounts = (await accountedRuns(ledger, entries, moment)).map(({ report }) => report);
  const twice = await twiceOf(entries);
  const cuts_j = accounts
    .filter((_, i) => isCut(entries[i]!, entries))
    .reduce((s, { energy }) => s + (energy.it_j.value ?? 0), 0);
  return { accounts, shared_j: cuts_j + twice.reduce((s, { energy_j }) => s + energy_j, 0) };
}

/** Their reports by hour, without the cuts of runs that are among them. Rejects with a Fault. */
export async function ghgOf(
  ledger: string,
  entries: readonly RunEntry[],
  moment: Moment,
): Promise<{ runs: GhgRun[]; twice: readonly Twice[] }> {
  const runs: GhgRun[] = [];
  for (const entry of entries.filter((one) => !isCut(one, entries))) {
    const account = await reportOf(ledger, entry, { ...moment, by: 'hour' });
    runs.push({ account, hours: account.rows ?? [] });
  }
  return { runs, twice: await twiceOf(entries) };
}

/** A cut is a part of its run: where that one is there, so is the cut already. */
const isCut = ({ record }: RunEntry, entries: readonly RunEntry[]): boolean =>
  record.cut_of !== undefined && entries.some((other) => other.record.id === record.cut_of);

async function twiceOf(entries: readonly RunEntry[]): Promise<Twice[]> {
  const whole = entries.filter((entry) => !isCut(entry, entries));
  if (whole.length < 2) return [];
  const reader = await openReader();
  try {
    const twice: Twice[] = [];
    await reader.sharedEnergy(whole, (from_ms, _, energy_j) => twice.push({ from_ms, energy_j }));
    return twice;
  } finally {
    reader.close();
  }
}
