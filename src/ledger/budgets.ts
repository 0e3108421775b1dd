// The standing budgets of a ledger: budgets/NAME.json, one file each, as its words were said (docs/formats/budget.md).
//
// Setting one again replaces its file whole. One that is torn, or of a newer joulebook, hides no other.

import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Fault, fault, reasonOf } from '../core/fault.ts';
import { isRecord } from '../core/record.ts';
import { putWhole, syncFolder } from './durable.ts';
import { isBudget } from './shapes.ts';
import { hasLedger } from './version.ts';
import { ensureLedger, unwritable } from './writer.ts';

export interface BudgetRecord {
  readonly schema: 'joulebook/budget/v1';
  readonly id: string;
  readonly limit: string;
  /** Whose use counts: at most one of these; none: all runs'. */
  readonly project?: string;
  readonly team?: string;
  readonly tag?: string;
  readonly name?: string;
  /** Over which time: at most one of per and rolling; neither: all of it. */
  readonly per?: string;
  readonly rolling?: string;
  readonly tz?: string;
  readonly on_breach: readonly string[];
  readonly on_forecast: readonly string[];
  readonly set_at_ms: number;
  readonly user: string | null;
}

export interface BudgetFiles {
  /** By name. */
  readonly budgets: readonly BudgetRecord[];
  /** A Fault budget-bad or budget-newer for each file that cannot be used. */
  readonly faults: readonly Fault[];
}

const SCHEMA = 'joulebook/budget/v1';
const FILE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\.json$/;
const folderOf = (ledger: string) => join(ledger, 'budgets');
export const budgetFile = (ledger: string, id: string): string => join(folderOf(ledger), `${id}.json`);

/** All of them; none where there is no ledger. Throws Fault ledger-newer. */
export function readBudgets(ledger: string): BudgetFiles {
  const budgets: BudgetRecord[] = [];
  const faults: Fault[] = [];
  if (!hasLedger(ledger)) return { budgets, faults };
  for (const name of names(ledger, faults)) {
    const id = FILE.exec(name)?.[1];
    const found = id === undefined ? misnamed(ledger, name) : readBudget(ledger, id);
    if ('code' in found) faults.push(found);
    else budgets.push(found);
  }
  return { budgets, faults };
}

/** What is called .json there, drafts (.NAME) left out; a folder that is there and cannot be read is a fault: it may hold caps. */
function names(ledger: string, faults: Fault[]): string[] {
  const folder = folderOf(ledger);
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.json$/.test(name))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      faults.push(fault('budget-bad', { facts: { file: folder, name: 'NAME', problem: reasonOf(cause) }, cause }));
    return [];
  }
}

const misnamed = (ledger: string, name: string): Fault => {
  const problem = 'its name is none of a budget, which has up to 64 letters, digits, and . _ - after the first';
  return fault('budget-bad', {
    facts: { file: join(folderOf(ledger), name), name: `"${basename(name, '.json')}"`, problem },
  });
};

function readBudget(ledger: string, id: string): BudgetRecord | Fault {
  const file = budgetFile(ledger, id);
  const bad = (problem: string, cause?: unknown) => fault('budget-bad', { facts: { file, name: id, problem }, cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    return bad(cause instanceof SyntaxError ? 'it is no whole JSON' : reasonOf(cause), cause);
  }
  const schema = isRecord(value) ? String(value.schema) : '';
  const [, version] = /^joulebook\/budget\/v(\d+)$/.exec(schema) ?? [];
  if (version !== undefined && Number(version) > 1)
    return fault('budget-newer', { facts: { file, found: schema, known: SCHEMA } });
  if (!isBudget(value)) return bad('it does not hold what it should');
  const record = value as BudgetRecord;
  return record.id === id ? record : bad(`it is of "${record.id}"`);
}

/** Sets or replaces one; makes the ledger where it is missing. Throws Fault ledger-newer, ledger-unwritable. */
export function putBudget(ledger: string, record: BudgetRecord): void {
  try {
    ensureLedger(ledger);
    putWhole(budgetFile(ledger, record.id), `${JSON.stringify(record)}\n`);
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
}

/** Removes one, also one that cannot be used; false where there is none. Throws Fault ledger-newer, ledger-unwritable. */
export function removeBudget(ledger: string, id: string): boolean {
  // A name is no path: of ../ledger nothing is removed.
  if (!hasLedger(ledger) || basename(id) !== id || id.includes('\\')) return false;
  try {
    unlinkSync(budgetFile(ledger, id));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw unwritable(ledger, cause);
  }
  syncFolder(folderOf(ledger));
  return true;
}
