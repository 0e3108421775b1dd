// The budgets in force, look by look: what is known of a run → a verdict on each, with what others have spent.
//
// Of a period that began while the run went on only what was used since then counts: what it had used before is taken off.

import type { Budget, Limit, Sight } from '../decide/budget.ts';
import type { Looked } from '../decide/decision.ts';
import { NOTHING, type Spent, without } from '../decide/spent.ts';
import { freshMemory, judge, type Memory, waived } from '../decide/verdict.ts';
import type { Others } from './budget-keeper.ts';
import { type Known, ownSpent, runSight } from './sight.ts';

/** What others have spent of a budget by a moment; null: nobody else counts toward it. */
export type OthersOf = (budget: Budget, now_ms: number) => Others | null;

export interface BudgetLooks {
  readonly budgets: readonly Budget[];
  /** One look at each. */
  at(known: Known): Looked[];
  /** The user goes on in spite of all that holds. */
  waive(): void;
  /** Another limit in the place of all of the run's own of that measure, which are returned; of none beside the others. */
  replace(limit: Limit): Budget[];
}

interface InForce {
  budget: Budget;
  memory: Memory;
  readonly used: UsedBefore;
}

/** `forced`: what holds at the first look holds nothing up. */
export function createBudgetLooks(
  first: readonly Budget[],
  others: OthersOf,
  { forced = false }: { readonly forced?: boolean } = {},
): BudgetLooks {
  const begin = (budget: Budget): InForce => ({ budget, memory: freshMemory(budget), used: createUsedBefore() });
  let all = first.map(begin);
  let spared = forced;
  const waive = () => {
    for (const one of all) one.memory = waived(one.memory);
  };
  return {
    get budgets() {
      return all.map(({ budget }) => budget);
    },
    at(known) {
      const looked = all.map((one): Looked => {
        const { budget } = one;
        const sight = sightOf(one, known, others(budget, known.now_ms));
        const { memory, verdict } = judge(budget, one.memory, sight);
        one.memory = memory;
        return { budget, sight, verdict: spared ? { ...verdict, due: [], holding: [] } : verdict };
      });
      if (spared) waive();
      spared = false;
      return looked;
    },
    waive,
    replace(limit) {
      const own = all.map(({ budget }) => budget).filter(({ scope }) => scope.of === 'run');
      const were = own.filter(({ limit: { measure } }) => measure === limit.measure);
      const at = were.length === 0 ? all.length : all.findIndex(({ budget }) => budget === were[0]);
      const stay = all.filter(({ budget }) => !were.includes(budget));
      const rules = (were[0] ?? own[0])?.rules ?? [{ on: 'spent', at: 1, act: 'warn' } as const];
      const taken = new Set(stay.map(({ budget }) => budget.id));
      const id = ['run', limit.text, `${limit.text} (2)`].find((one) => !taken.has(one))!;
      all = stay.toSpliced(at, 0, begin({ id, limit, rules, scope: { of: 'run' }, period: { kind: 'whole' } }));
      return were;
    },
  };
}

function sightOf({ budget, used }: InForce, known: Known, others: Others | null): Sight {
  const { limit, period } = budget;
  const before = used.at(known.now_ms, period, { own: ownSpent(limit, known), from_ms: others?.from_ms ?? null });
  const all = others?.spent ?? NOTHING;
  const ends = { until_ms: period.kind === 'calendar' ? (others?.to_ms ?? null) : null };
  return runSight(limit, { ...known, ...ends, renews_ms: others?.renews_ms ?? null }, without(all, before));
}

interface UsedBefore {
  /** What this run had used before the period of a moment began, since its first look. */
  at(now_ms: number, period: Budget['period'], now: { readonly own: Spent; readonly from_ms: number | null }): Spent;
}

/** So many marks of a rolling window are kept. */
const MARKS = 1440;

function createUsedBefore(): UsedBefore {
  let from: number | null = null;
  let before: Spent = NOTHING;
  /** What had been used by a moment, of a rolling window. */
  const marks: { readonly at_ms: number; readonly own: Spent }[] = [];
  return {
    at(now_ms, period, { own, from_ms }) {
      if (period.kind === 'calendar') {
        if (from !== null && from_ms !== null && from_ms > from) before = own;
        from = from_ms ?? from;
      } else if (period.kind === 'rolling') {
        if (now_ms - (marks.at(-1)?.at_ms ?? Number.NEGATIVE_INFINITY) >= period.ms / MARKS)
          marks.push({ at_ms: now_ms, own });
        while (marks.length > 0 && marks[0]!.at_ms <= now_ms - period.ms) before = marks.shift()!.own;
      }
      return before;
    },
  };
}
