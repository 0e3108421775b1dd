// The decisions about all runs of a ledger, or some of them, with what each saved by the grid as it is known now.
//
// Only runs about which something was decided are accounted. One that cannot be is listed all the same, and says why.

import { fault, reasonOf } from '../core/fault.ts';
import { DECISION, GREENER } from '../decide/decision.ts';
import { type Decision, decisionsIn } from '../decide/decisions-in.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import type { EventRow } from '../ledger/records.ts';
import { readRefused } from '../ledger/refused-starts.ts';
import { findRun, type RunEntry, readRuns } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import { accountOf } from '../report/build.ts';
import { type DecisionLogJson, decisionLogJson, type Logged } from '../report/decision-log.ts';
import type { Warning } from '../report/model.ts';
import { standingBudgets } from './budgets.ts';
import { inputOf } from './reports.ts';
import type { Settings } from './settings.ts';

export interface LogWishes {
  /** Decisions that this budget, or policy, asked for; undefined: all. */
  readonly by?: string | undefined;
  /** Of this run alone: an id, its beginning, a name, or last. */
  readonly run?: string | undefined;
  readonly since_ms?: number | undefined;
}

/** Rejects with Fault run-not-found, run-ambiguous, ledger-newer, engine-missing. */
export async function decisionLog(ledger: string, { by, run, since_ms }: LogWishes): Promise<DecisionLogJson> {
  if (run === undefined && !hasLedger(ledger)) return decisionLogJson([], []);
  const { runs, damaged } = run === undefined ? readRuns(ledger) : { runs: [findRun(ledger, run)], damaged: [] };
  const warnings: Warning[] = damaged.map((folder) => ({
    code: 'ledger-damage',
    message: `run.json cannot be read in ${folder}: this run is left out`,
  }));
  const wanted = (one: Decision) =>
    one.at_ms >= (since_ms ?? Number.NEGATIVE_INFINITY) && (by === undefined || askersOf(one).includes(by));
  const logged = refusedIn(ledger, run === undefined ? null : runs[0]!, warnings).filter((one) => wanted(one.decision));
  const reader = await openReader();
  try {
    const events = await reader.events(runs);
    for (const entry of runs) {
      const rows = events.get(entry.record.id) ?? [];
      if (!rows.some(({ event }) => event === DECISION) || !decisionsIn(rows).some(wanted)) continue;
      const found = await judgedOfRun(reader, { ledger, entry, rows }, warnings);
      logged.push(...found.filter(({ decision }) => wanted(decision)));
    }
    return decisionLogJson(logged, warnings);
  } finally {
    reader.close();
  }
}

/** Whoever asked for a decision, by name, and budgets by what they were given too. */
export const askersOf = ({ by, budgets }: Pick<Decision, 'by' | 'budgets'>): string[] => [
  ...by,
  ...budgets.flatMap(({ budget, limit }) => (by.includes(budget) ? [limit] : [])),
];

/** Starts that were refused: of a run they are those of its going on. */
function refusedIn(ledger: string, only: RunEntry | null, warnings: Warning[]): Logged[] {
  const { refused, damaged } = readRefused(ledger);
  for (const name of damaged)
    warnings.push({ code: 'ledger-damage', message: `budgets/refused/${name} cannot be read: it is left out` });
  return refused.flatMap(({ run, name, decision: row }) =>
    only !== null && only.record.id !== run
      ? []
      : decisionsIn([row]).map((decision) => ({ decision, stood: null, saved: null, run: { id: run, name } })),
  );
}

interface OfRun {
  readonly ledger: string;
  readonly entry: RunEntry;
  readonly rows: readonly EventRow[];
}

async function judgedOfRun(reader: Reader, { ledger, entry, rows }: OfRun, warnings: Warning[]): Promise<Logged[]> {
  const { id, name } = entry.record;
  const damage = reader.damage(entry);
  for (const message of damage) warnings.push({ code: 'ledger-damage', message: `${name ?? id}: ${message}` });
  try {
    const { judged } = accountOf({ ...(await inputOf(reader, { ledger, entry })), brief: true });
    return judged.map((one) => ({ ...one, run: { id, name } }));
  } catch (error) {
    const message = `${name ?? id}: what its decisions saved cannot be told: ${reasonOf(error)}`;
    warnings.push({ code: 'account', message });
    return decisionsIn(rows).map((decision) => ({ decision, stood: null, saved: null, run: { id, name } }));
  }
}

/** A name that no budget has, and nobody who ever asked for anything. Rejects with Fault budget-missing. */
export async function checkAsker(name: string, settings: Settings): Promise<void> {
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
