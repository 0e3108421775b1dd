// joulebook budget set, list, status, rm: the standing budgets of a ledger, and of the configuration files.

import { budgetStatus } from '../app/budget-status.ts';
import { type StandingBudgets, standingBudgets } from '../app/budgets.ts';
import { type Settings, settingsOf } from '../app/settings.ts';
import { type Fault, fault } from '../core/fault.ts';
import { defined } from '../core/record.ts';
import { type BudgetTexts, budgetName, standingBudget } from '../decide/standing.ts';
import { putBudget, removeBudget } from '../ledger/budgets.ts';
import { type BudgetsJson, budgetJson } from '../report/budget-status.ts';
import { budgetsText, statusText } from '../report/budget-text.ts';
import { colorOn, stripOptions } from './color.ts';
import { timeOf } from './options.ts';
import { print, warn } from './say.ts';

interface Told {
  json?: boolean;
  ledger?: string;
}

export interface BudgetSetOptions extends Told {
  limit: string;
  project?: string;
  team?: string;
  tag?: string;
  name?: string;
  per?: string;
  rolling?: string;
  tz?: string;
  onBreach?: string[];
  onForecast?: string[];
}

export interface BudgetStatusOptions extends Told {
  check?: boolean;
  now?: string;
}

/** Sets or replaces one. Rejects with a Fault. */
export async function budgetSet(name: string, options: BudgetSetOptions): Promise<void> {
  const id = budgetName(name);
  const { limit, project, team, tag, name: pattern, per, rolling, tz, onBreach = [], onForecast = [] } = options;
  const said: BudgetTexts = {
    ...{ limit, project, team, tag, name: pattern, per, rolling, tz },
    ...{ on_breach: onBreach, on_forecast: onForecast },
  };
  const budget = standingBudget(id, said);
  const settings = await settingsOf(options);
  const set = { set_at_ms: Date.now(), user: settings.user };
  const texts = { ...defined(said), limit, on_breach: onBreach, on_forecast: onForecast };
  putBudget(settings.folder, { schema: 'joulebook/budget/v1', id, ...texts, ...set });
  const made = budgetJson({ budget, file: `${settings.folder}/budgets/${id}.json`, set });
  if (options.json === true) printJson({ schema: 'joulebook/budgets/v1', budgets: [made] });
  else print(`${id}: ${budget.limit.text} of ${made.scope.text}, ${made.period.text}`);
}

/** Rejects with a Fault; the exit code is 2 where one of them cannot be used. */
export async function budgetList(options: Told): Promise<number> {
  const { standing, faults } = standingBudgets(await settingsOf(options));
  const made: BudgetsJson = { schema: 'joulebook/budgets/v1', budgets: standing.map(budgetJson) };
  if (options.json === true) printJson(made);
  else process.stdout.write(budgetsText(made, tableOptions()));
  return tellFaults(faults);
}

/** Rejects with a Fault; the exit code is 3 where `check` finds one spent, and 2 where one cannot be used. */
export async function budgetStatusCommand(options: BudgetStatusOptions): Promise<number> {
  const now_ms = timeOf('--now', options.now) ?? Date.now();
  const settings = await settingsOf(options);
  const { standing, faults } = standingBudgets(settings);
  const made = await budgetStatus(settings.folder, standing, now_ms);
  if (options.json === true) printJson(made);
  else process.stdout.write(statusText(made, tableOptions()));
  const code = tellFaults(faults);
  return options.check === true && made.budgets.some((one) => one.standing === 'over') ? 3 : code;
}

/** Rejects with Fault budget-missing. */
export async function budgetRemove(name: string, options: Told): Promise<void> {
  const settings = await settingsOf(options);
  if (removeBudget(settings.folder, name)) return print(`${name} is removed`);
  throw missing(name, settings, standingBudgets(settings));
}

function missing(name: string, { folder }: Settings, { standing }: StandingBudgets): Fault {
  const elsewhere = standing.find(({ budget }) => budget.id === name);
  const names = standing.filter(({ set }) => set !== null).map(({ budget }) => budget.id);
  const hint =
    elsewhere !== undefined
      ? `it stands in ${elsewhere.file}: remove it there`
      : names.length === 0
        ? 'none is set there'
        : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
  return fault('budget-missing', { facts: { name, where: folder, hint } });
}

const tableOptions = () => ({ ...stripOptions(process.stdout), color: colorOn(process.stdout) });
const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** Each with its hint; 2 where there are any. */
function tellFaults(faults: readonly Fault[]): number {
  for (const { message, hint } of faults) warn(`${message}\n  ${hint}`);
  return faults.length > 0 ? 2 : 0;
}
