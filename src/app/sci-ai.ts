// From the ledger to what the scores of a model are made of: its runs, each device-second once, with what they got done.

import { exactly, scaled } from '../core/figure.ts';
import type { SciAiRun } from '../exchange/sci-ai.ts';
import { openReader } from '../ledger/reader.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { accountOf } from '../report/build.ts';
import { workOf } from '../workload/work.ts';
import { hadEnded } from './as-of.ts';
import { membersOf } from './model-account.ts';
import { type ReportWishes, summaries } from './reports.ts';

/** Their lines as far as they count, in the order given. Rejects with Fault as-of-early where one had not ended by then. */
export async function sciAiRuns(
  ledger: string,
  entries: readonly RunEntry[],
  { as_of_ms }: Pick<ReportWishes, 'as_of_ms'>,
): Promise<SciAiRun[]> {
  const reader = await openReader();
  try {
    const told = await summaries(reader, ledger, { entries, as_of_ms }, accountOf);
    const later = entries.find((entry) => !told.has(entry));
    if (later !== undefined)
      hadEnded(later, (await reader.energy([later], null)).get(later.record.id)!, as_of_ms ?? Date.now());
    const member = await membersOf(reader, told);
    const runs: SciAiRun[] = [];
    for (const entry of entries) {
      const { id, run, counted, lines } = member(entry);
      const { steps, tokens, samples, units } = workOf(await reader.steps(entry), entry.record.work);
      // Samples of a run that serves are requests, where it tells no others.
      const requests = run.stage === 'serve' && samples !== null ? { requests: samples } : {};
      const facility_j = counted === 0 ? exactly(0) : scaled(told.get(entry)!.figures.facility_j, counted);
      const work = { tokens, samples, steps, ...requests, ...units };
      const { name, stage, state } = run;
      runs.push({ ...{ id, name, stage, state, counted, work }, lines: { ...lines, facility_j } });
    }
    return runs;
  } finally {
    reader.close();
  }
}
