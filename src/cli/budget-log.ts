// joulebook budget log: what was decided about runs, and what that saved.

import { standingBudgets } from '../app/budgets.ts';
import { askersOf, decisionLog } from '../app/decision-log.ts';
import { type Settings, settingsOf } from '../app/settings.ts';
import { fault, usage } from '../core/fault.ts';
import { GREENER } from '../decide/decision.ts';
import { findRun } from '../ledger/runs.ts';
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

/** A name that no budget has, and nobody who ever asked for anything. Rejects with Fault budget-missing. */
async function checkAsker(name: string, settings: Settings): Promise<void> {
  const { folder } = settings;
  const stand = standingBudgets(settings).standing.map(({ budget }) => budget.id);
  const asked = (await decisionLog(folder, {})).decisions.flatMap(askersOf);
  const known = new Set([...stand, ...asked]);
  if (known.has(name) || name === GREENER || name === 'run') return;
  const hint = isRun(folder, name)
    ? `that is a run: joulebook budget log --run ${name}`
    : known.size === 0
      ? 'none stands or has asked for anything'
      : `there ${known.size === 1 ? 'is' : 'are'} ${[...known].sort().slice(0, MOST).join(', ')}`;
  throw fault('budget-missing', { facts: { name, where: folder, hint } });
}

const MOST = 10;

function isRun(ledger: string, name: string): boolean {
  try {
    return findRun(ledger, name) !== undefined;
  } catch {
    return false;
  }
}
