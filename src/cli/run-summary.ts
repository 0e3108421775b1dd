// What is told at the end of joulebook run: the summary to stderr, the report as JSON to stderr or a file.

import { writeFileSync } from 'node:fs';
import { reportOf } from '../app/reports.ts';
import { chainOfRun, marginalOfRun } from '../app/run-chain.ts';
import { shelfOf } from '../app/shelf.ts';
import { valuesOf } from '../app/values.ts';
import { fault, reasonOf } from '../core/fault.ts';
import type { SeenBudget } from '../decide/decisions-in.ts';
import { findRun, runOf } from '../ledger/runs.ts';
import { buildReport } from '../report/build.ts';
import type { ReportJson } from '../report/model.ts';
import { reportText } from '../report/text.ts';
import type { RunResult } from '../run/supervise.ts';
import { colorOn } from './color.ts';
import type { RunOptions } from './run.ts';

/** What a run came to, and its budgets as they were last seen; null: none was in force. */
type Told = RunResult & { readonly budgets: readonly SeenBudget[] | null };

/** Tells what a run used, as options wish it. Rejects with Fault file-unreadable and those of reports. */
export async function tell(
  { report: input, recorded, thinned, shared, role, budgets }: Told,
  options: Pick<RunOptions, 'quiet' | 'json'>,
  ledger: string,
): Promise<void> {
  if (input === null) return;
  if (role === 'rank' && recorded && options.json === undefined) {
    // One summary a host is enough: the ranks of a job would each tell the same.
    process.stderr.write(
      `joulebook: a rank of run ${input.run.id}: joulebook report ${input.run.id} tells all of it\n`,
    );
    return;
  }
  const told = async (): Promise<ReportJson> => {
    if (recorded && (thinned || shared)) return reportOf(ledger, findRun(ledger, input.run.id));
    if (!recorded) return buildReport(input);
    // What the ledger has learned of the grid while the command ran counts, and what was amended.
    const { record: run = input.run, amendments = [], unsure = {} } = runOf(ledger, input.run.id) ?? {};
    const shelf = shelfOf(ledger);
    const told = { record: run, unsure, writers: input.writers };
    const { series, none, notes } = chainOfRun(ledger, told, { shelf });
    const values = valuesOf(shelf, run);
    return buildReport({
      ...{ ...input, run, amendments, unsure, values, marginal: marginalOfRun(ledger, told, { shelf }) },
      ...{ chain: series, no_intensity: none, grid_notes: notes },
    });
  };
  const report = await told();
  const json =
    options.json === undefined
      ? null
      : `${JSON.stringify({ ...report, ...(budgets !== null && { budgets }) }, null, 2)}\n`;
  if (json !== null && options.json !== '-') {
    try {
      writeFileSync(options.json!, json);
    } catch (cause) {
      throw fault('file-unreadable', { facts: { file: options.json!, why: reasonOf(cause) }, cause });
    }
  }
  if (json !== null && options.json === '-') process.stderr.write(json);
  else if (options.quiet !== true) process.stderr.write(reportText(report, colorOn(process.stderr)));
}
