// What is said of a standing budget, by options or in a file of settings → the budget.

import { usage } from '../core/fault.ts';
import type { Budget } from './budget.ts';
import { limitOf } from './limit.ts';
import { type PeriodTexts, periodOf } from './period.ts';
import { rulesOf } from './rule.ts';
import { type ScopeTexts, scopeOf } from './scope.ts';

/** As said: the keys of a file of settings, and of budgets/NAME.json. */
export interface BudgetTexts extends ScopeTexts, PeriodTexts {
  readonly limit: string;
  readonly on_breach?: readonly string[] | undefined;
  readonly on_forecast?: readonly string[] | undefined;
}

/** A budget's name is one of a file too. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** The id of a run's own. */
const OWN = 'run';

/** Throws Fault usage. */
export function budgetName(name: string): string {
  if (!NAME.test(name))
    throw usage(`"${name}" cannot be the name of a budget`, 'up to 64 letters, digits, and . _ - after the first');
  if (name === OWN) throw usage(`"${OWN}" is the name of a run's own budget`, 'give it another one');
  return name;
}

/** Throws Fault usage, which names the option as on the command line. */
export function standingBudget(id: string, said: BudgetTexts): Budget {
  const { on_breach = [], on_forecast = [] } = said;
  return {
    ...{ id, limit: limitOf(said.limit, '--limit'), scope: scopeOf(said), period: periodOf(said) },
    rules: rulesOf({ breach: on_breach, forecast: on_forecast }),
  };
}
