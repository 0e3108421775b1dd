// The standing budgets in force: those of the ledger and those of the configuration files, all of them.
//
// One that cannot be understood is a fault of its own beside the others: a typing error lifts no other cap.

import { basename } from 'node:path';
import { Fault, fault } from '../core/fault.ts';
import type { Budget } from '../decide/budget.ts';
import { type BudgetTexts, budgetName, standingBudget } from '../decide/standing.ts';
import { type BudgetRecord, budgetFile, readBudgets } from '../ledger/budgets.ts';
import type { BudgetSection, BudgetSettings } from './budget-schema.ts';
import type { Settings } from './settings.ts';

/** A budget, and the file that it stands in. */
export interface Standing {
  readonly budget: Budget;
  readonly file: string;
  /** When it was set and by whom; null: in a configuration file. */
  readonly set: Pick<BudgetRecord, 'set_at_ms' | 'user'> | null;
}

export interface StandingBudgets {
  /** By name; of two of one name in several files the later ones are called NAME (FILE). */
  readonly standing: readonly Standing[];
  /** For each that cannot be used: budget-bad, budget-newer, config-bad. */
  readonly faults: readonly Fault[];
}

/** Throws Fault ledger-newer. */
export function standingBudgets({ folder, budgets }: Pick<Settings, 'folder' | 'budgets'>): StandingBudgets {
  const kept = readBudgets(folder);
  const faults: Fault[] = [...kept.faults];
  const standing = new Map<string, Standing>();
  const put = (id: string, file: string, made: (id: string) => Omit<Standing, 'file'>) => {
    try {
      const name = standing.has(id) ? `${id} (${basename(file)})` : id;
      standing.set(name, { ...made(name), file });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(error);
    }
  };
  for (const record of kept.budgets)
    put(record.id, budgetFile(folder, record.id), (id) => ({
      budget: budgetOfRecord(folder, id, record),
      set: record,
    }));
  for (const section of budgets)
    for (const [id, said] of Object.entries(section.budgets))
      put(id, section.file, (name) => ({ budget: configured(section, { id, name }, said), set: null }));
  return { standing: [...standing.values()].sort((a, b) => (a.budget.id < b.budget.id ? -1 : 1)), faults };
}

function budgetOfRecord(ledger: string, id: string, record: BudgetRecord): Budget {
  try {
    budgetName(record.id);
    return standingBudget(id, record);
  } catch (cause) {
    const problem = cause instanceof Fault ? cause.message : String(cause);
    throw fault('budget-bad', { facts: { file: budgetFile(ledger, id), name: id, problem }, cause });
  }
}

function configured(
  { file }: BudgetSettings,
  { id, name }: { readonly id: string; readonly name: string },
  said: BudgetSection,
): Budget {
  try {
    budgetName(id);
    return standingBudget(name, sectionTexts(said));
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw fault('config-bad', {
      facts: { file, path: `budgets.${id}`, problem: cause.message, hint: cause.hint },
      cause,
    });
  }
}

const listOf = (said: string | readonly string[] | undefined): readonly string[] =>
  said === undefined ? [] : typeof said === 'string' ? [said] : said;

const sectionTexts = ({ on_breach, on_forecast, ...rest }: BudgetSection): BudgetTexts => ({
  ...rest,
  ...{ on_breach: listOf(on_breach), on_forecast: listOf(on_forecast) },
});
