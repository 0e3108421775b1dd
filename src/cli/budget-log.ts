// joulebook budget log: what was decided about runs, and what that saved.

import { checkAsker, decisionLog } from '../app/decision-log.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { decisionLogCsv, decisionLogText } from '../report/decision-log.ts';
import { colorOn } from './color.ts';
import { foldedFor } from './fold.ts';
import { timeOf } from './options.ts';
import { print } from './say.ts';

export interface BudgetLogOptions {
  run?: string;
  since?: string;
  json?: boolean;
  csv?: boolean;
  ledger?: string;
}

/** Rejects with a Fault. */
export async function budgetLog(by: string | undefined, options: BudgetLogOptions): Promise<void> {
  if (options.json === true && options.csv === true)
    throw usage('--json and --csv exclude each other', 'give one form');
  const since_ms = timeOf('--since', options.since) ?? undefined;
  const settings = await settingsOf({ ...(options.ledger !== undefined && { ledger: options.ledger }) });
  const { folder } = settings;
  const made = await decisionLog(folder, { by, run: options.run, since_ms });
  if (by !== undefined && made.decisions.length === 0) await checkAsker(by, settings);
  if (options.json === true) return print(JSON.stringify(made, null, 2));
  if (options.csv === true) {
    process.stdout.write(decisionLogCsv(made));
    return;
  }
  process.stdout.write(foldedFor(decisionLogText(made, { color: colorOn(process.stdout) }), process.stdout));
}
