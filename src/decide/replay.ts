// What was seen of a job's budgets, look by look → what would have been done, up to the order that would have stopped it.
//
// Nothing is told of what comes after that: the looks are those of a job that went on.

import type { Budget, Sight } from './budget.ts';
import { decide, type Means, NEW_JOB, type Order } from './orders.ts';
import { freshMemory, judge, type Verdict } from './verdict.ts';

/** One look: a sight of each budget, in their order. */
export interface Look {
  readonly now_ms: number;
  readonly sights: readonly Sight[];
}

export interface Done {
  readonly order: Order;
  /** Of each budget, by the same look. */
  readonly verdicts: readonly Verdict[];
  readonly sights: readonly Sight[];
}

export interface Replayed {
  readonly done: readonly Done[];
  /** The order that stopped the job: of `done` the last; null: it would have gone on to its end. */
  readonly halt: Done | null;
  /** Of every look, as the job really went. */
  readonly verdicts: readonly (readonly Verdict[])[];
}

/** Looks by time. All of them are judged; orders are those up to the first that stops the job. */
export function replay(budgets: readonly Budget[], means: Means, looks: readonly Look[]): Replayed {
  let memories = budgets.map(freshMemory);
  let job = NEW_JOB;
  let halt: Done | null = null;
  const done: Done[] = [];
  const all = looks.map(({ now_ms, sights }) => {
    const made = budgets.map((budget, i) => judge(budget, memories[i]!, sights[i]!));
    memories = made.map(({ memory }) => memory);
    const verdicts = made.map(({ verdict }) => verdict);
    if (halt !== null) return verdicts;
    const { memory, order } = decide(means, job, { now_ms, wants: verdicts });
    job = memory;
    if (order === null) return verdicts;
    done.push({ order, verdicts, sights });
    if (order.act === 'pause' || order.act === 'move' || order.act === 'stop') halt = done.at(-1)!;
    return verdicts;
  });
  return { done, halt, verdicts: all };
}
