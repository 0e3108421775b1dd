// joulebook budget replay: what a budget would have done on a past run, as text or JSON.

import { replayOf } from '../app/budget-replay.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import type { Budget } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { rulesOf } from '../decide/rule.ts';
import { findRun } from '../ledger/runs.ts';
import { replayText } from '../report/replay.ts';

export interface BudgetReplayOptions {
  budget?: string[];
  onBreach?: string[];
  onForecast?: string[];
  json?: boolean;
  ledger?: string;
}

/** Rejects with a Fault. */
export async function budgetReplay(wanted: string, options: BudgetReplayOptions): Promise<void> {
  const budgets = budgetsOf(options);
  const { folder } = await settingsOf(options);
  const made = await replayOf(folder, findRun(folder, wanted), budgets);
  if (options.json === true) process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  else process.stdout.write(replayText(made, process.stdout.columns || 80));
}

/** Each with all of the rules; of several each is named by its limit. */
function budgetsOf({ budget = [], onBreach = [], onForecast = [] }: BudgetReplayOptions): Budget[] {
  if (budget.length === 0) throw usage('no budget is given', 'say what to replay, such as --budget 2kgCO2e');
  const rules = rulesOf({ breach: onBreach, forecast: onForecast });
  return budget.map((text) => {
    const limit = limitOf(text, '--budget');
    const id = budget.length === 1 ? 'run' : limit.text;
    return { id, limit, scope: { of: 'run' }, period: { kind: 'whole' }, rules };
  });
}
