// Keeps what others, and a run's earlier segments, have spent of its budgets: at the start, then once a minute, and at once
// where a period has begun anew.
//
// The engine is not in the meter, so a process of its own adds it up each time, and no memory is held meanwhile. It is no child
// of the command's group or terminal and ends with us; where it fails, the last answer stands and the reason is told beside it.

import type { ChildProcess } from 'node:child_process';
import type { Budget } from '../decide/budget.ts';
import { periodAt, type Stretch } from '../decide/period.ts';
import { NOTHING, type Spent } from '../decide/spent.ts';
import { startKeeper } from './keeper-process.ts';
import { within } from './within.ts';

export interface BudgetsOfRun {
  readonly ledger: string;
  readonly budgets: readonly Budget[];
  /** Whose own metering is left out: the caller adds it itself. Null: nothing is. */
  readonly own: { readonly run: string; readonly writer: string; readonly before?: readonly string[] } | null;
}

export interface BudgetOrder extends BudgetsOfRun {
  readonly now_ms: number;
}

/** What others have spent of one budget; as src/app/spending.ts tells it. */
export interface OthersSpent extends Stretch {
  readonly id: string;
  readonly spent: Spent;
  readonly renews_ms: number | null;
}

export interface FromBudgetKeeper {
  /** Up to when; of a refusal 0. */
  readonly at_ms: number;
  readonly told: readonly OthersSpent[];
  /** Why it could not be told; null: it was. */
  readonly why: string | null;
}

/** What is known of a budget's others by a moment. */
export interface Others extends OthersSpent {
  /** Up to when it was added up; null: never yet. */
  readonly at_ms: number | null;
  /** Why the last try told nothing; null: it did, or none has ended. */
  readonly why: string | null;
}

export interface BudgetKeeper {
  /** Resolves with the first answer, or after so many ms without it; true: there is one. */
  first(most_ms: number): Promise<boolean>;
  /**
   * The newest known of a budget, in the period that `now_ms` lies in. One that has just begun holds nothing of others' yet; of
   * one that nobody named before it is asked from now on.
   */
  others(budget: Budget, now_ms: number): Others;
  end(): void;
}

const EVERY_MS = 60_000;

/** Starts to add up, now; without a budget no process is ever started. Never throws. */
export function keepBudgets(of: BudgetsOfRun, now: () => number, start = startProcess): BudgetKeeper {
  const known = new Map<string, OthersSpent & { readonly at_ms: number }>();
  const budgets = [...of.budgets];
  let why: string | null = null;
  let asked = 0;
  let asking: ChildProcess | null = null;
  let asked_ms = Number.NEGATIVE_INFINITY;
  let answered = (): void => {};
  const first = new Promise<void>((resolve) => {
    answered = resolve;
  });

  const ask = (): void => {
    if (asking !== null || budgets.length === 0) return; // the last question is still open
    asked_ms = Math.floor(now());
    asked = budgets.length;
    const child = start({ ...of, budgets: [...budgets], now_ms: asked_ms });
    if (child === null) {
      why = 'no process can be had to add up what others have spent';
      answered();
      return;
    }
    asking = child;
    let heard = false;
    child.on('message', (message: FromBudgetKeeper) => {
      heard = true;
      why = message.why;
      for (const one of message.told) known.set(one.id, { ...one, at_ms: message.at_ms });
    });
    const over = (): void => {
      if (asking !== child) return;
      asking = null;
      if (!heard) why = 'the process that adds up what others have spent ended without an answer';
      answered();
      if (budgets.length > asked) ask();
    };
    child.on('error', over);
    child.on('exit', over);
  };
  if (budgets.length === 0) answered();
  ask();
  const timer = setInterval(ask, EVERY_MS);
  timer.unref();

  return {
    async first(most_ms) {
      await within(first, most_ms);
      return known.size > 0;
    },
    others({ id, ...budget }, now_ms) {
      if (!budgets.some((one) => one.id === id)) {
        budgets.push({ id, ...budget });
        ask();
      }
      const stretch = periodAt(budget.period, now_ms);
      const last = known.get(id);
      const anew = last !== undefined && budget.period.kind === 'calendar' && last.from_ms !== stretch.from_ms;
      if (last !== undefined && !anew) return { ...last, why };
      if (anew && asked_ms < stretch.from_ms!) ask();
      const spent = last === undefined ? { ...NOTHING, unknown_runs: 1, why: why ?? NOT_YET } : NOTHING;
      return { id, ...stretch, spent, renews_ms: stretch.to_ms, at_ms: anew ? last.at_ms : null, why };
    },
    end() {
      clearInterval(timer);
      asking?.kill('SIGKILL');
    },
  };
}

const NOT_YET = 'what others have spent is still being added up';

const startProcess = (order: BudgetOrder) => startKeeper('budget-keeper.js', order);
