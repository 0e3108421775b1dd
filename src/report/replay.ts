// What a replay of budgets came to, as JSON (joulebook/budget-replay/v1) and as text with a picture.
//
// What would have been done up to the first order that stops the job is sure, as far as the run tells it; what that would
// have saved is a counterfactual, and says so.

import { minuteOf } from '../core/timestamp.ts';
import type { Budget, Reach } from '../decide/budget.ts';
import type { Order } from '../decide/orders.ts';
import type { Done, Look, Replayed } from '../decide/replay.ts';
import { isRatio } from '../decide/spent.ts';
import type { Verdict } from '../decide/verdict.ts';
import { amountOf } from './amount.ts';
import { duration, percent } from './format.ts';
import type { ReportJson } from './model.ts';
import { type SpendPoint, spendChart } from './spend-chart.ts';

export interface ReplayJson {
  readonly schema: 'joulebook/budget-replay/v1';
  readonly run: { readonly id: string; readonly name: string | null };
  readonly from_ms: number;
  readonly to_ms: number;
  readonly look_ms: number;
  readonly budgets: readonly ReplayedBudget[];
  /** What would have been done, up to the order that would have stopped the job. */
  readonly orders: readonly OrderJson[];
  /** What the first order to stop the job would have saved; null: there is none. */
  readonly counterfactual: Counterfactual | null;
  readonly warnings: readonly string[];
}

export interface ReplayedBudget extends Budget {
  /** At the end of the run as it really went, in the unit of the measure; null: not known. */
  readonly spent: Reach | null;
  readonly standing: Verdict['standing'];
  readonly why: string | null;
  /** Of each look, as the run really went. */
  readonly looks: readonly {
    readonly at_ms: number;
    readonly spent: number | null;
    readonly share: number | null;
    readonly overrun: number | null;
    readonly standing: Verdict['standing'];
  }[];
}

export interface OrderJson extends Order {
  /** s after the run began. */
  readonly after_s: number;
  /** What was known of each budget then. */
  readonly seen: readonly {
    readonly budget: string;
    readonly spent: Reach | null;
    readonly end: Reach | null;
    readonly overrun: number | null;
    readonly crosses_ms: number | null;
    readonly why: string | null;
  }[];
}

export interface Counterfactual {
  readonly act: Order['act'];
  readonly at_ms: number;
  /** By budget: what the run used after that, in the unit of the measure; null: not known, or a rate. */
  readonly saved: readonly { readonly budget: string; readonly value: number | null; readonly share: number | null }[];
  /** s of the run that came after it. */
  readonly left_s: number;
  readonly why: string;
}

interface Parts {
  readonly report: Pick<ReportJson, 'run'>;
  readonly budgets: readonly Budget[];
  readonly looks: readonly Look[];
  readonly look_ms: number;
  readonly made: Replayed;
  readonly warnings: readonly string[];
}

export function replayJson({ report, budgets, looks, look_ms, made, warnings }: Parts): ReplayJson {
  const { id, name, started_at_ms: from_ms } = report.run;
  const to_ms = looks.at(-1)!.now_ms;
  return {
    ...{ schema: 'joulebook/budget-replay/v1', run: { id, name }, from_ms, to_ms, look_ms },
    budgets: budgets.map((budget, i) => ({
      ...budget,
      spent: looks.at(-1)!.sights[i]!.spent,
      ...{ standing: made.verdicts.at(-1)![i]!.standing, why: made.verdicts.at(-1)![i]!.why },
      looks: looks.map(({ now_ms, sights }, n) => {
        const { share, overrun, standing } = made.verdicts[n]![i]!;
        const spent = sights[i]!.spent?.value ?? null;
        return { at_ms: now_ms, spent, share: share?.value ?? null, overrun, standing };
      }),
    })),
    orders: made.done.map((done) => orderJson(done, budgets, from_ms)),
    counterfactual: made.halt === null ? null : counterfactualOf(made.halt, budgets, looks),
    warnings,
  };
}

function orderJson({ order, sights }: Done, budgets: readonly Budget[], from_ms: number): OrderJson {
  const seen = budgets.map(({ id }, i) => {
    const { spent, end, overrun, crosses_ms, why } = sights[i]!;
    return { budget: id, spent, end, overrun, crosses_ms, why };
  });
  return { ...order, after_s: (order.at_ms - from_ms) / 1000, seen };
}

function counterfactualOf({ order, sights }: Done, budgets: readonly Budget[], looks: readonly Look[]): Counterfactual {
  const last = looks.at(-1)!;
  const saved = budgets.map(({ id, limit }, i) => {
    const [then, whole] = [sights[i]!.spent?.value ?? null, last.sights[i]!.spent?.value ?? null];
    const rate = isRatio(limit.measure);
    if (then === null || whole === null || rate) return { budget: id, value: null, share: null };
    const value = Math.max(0, whole - then);
    return { budget: id, value, share: whole > 0 ? value / whole : null };
  });
  const left_s = (last.now_ms - order.at_ms) / 1000;
  const until = order.act === 'pause' ? 'had nobody resumed it; idle power while it stood is not taken off, and ' : '';
  const why = `${until}the work of the ${duration(left_s)} after that would not have been done`;
  return { act: order.act, at_ms: order.at_ms, saved, left_s, why };
}

/** As text: a line an order, and a picture of each budget. */
export function replayText(made: ReplayJson, columns: number): string {
  const { run, from_ms, to_ms, look_ms, budgets, orders, counterfactual, warnings } = made;
  const lines = [
    `${run.name ?? run.id}: from ${minuteOf(from_ms)}, ${duration((to_ms - from_ms) / 1000)}, looked at every ${duration(look_ms / 1000)}`,
    ...budgets.flatMap((budget) => ['', ...budgetLines(budget, made, columns)]),
    '',
    ...(orders.length === 0 ? ['nothing would have been done'] : ['would have been done:']),
    ...orders.map(orderLine),
    ...(counterfactual === null ? [] : ['', ...counterfactualLines(counterfactual, budgets)]),
    ...warnings.map((message) => `note: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

function budgetLines(budget: ReplayedBudget, made: ReplayJson, columns: number): string[] {
  const { limit, spent, standing, why, looks } = budget;
  const much = amountOf(limit);
  const share = spent === null ? null : spent.value / limit.value;
  const told =
    share === null
      ? `what the run came to is not known: ${why}`
      : `the run came to ${much(spent!.value)}, ${percent(share)} of it (${standing})`;
  const points = looks.map(({ at_ms, share }): SpendPoint => ({ at_ms, share }));
  const marks = made.orders.map(({ at_ms }, i) => ({ at_ms, letter: letterOf(i) }));
  const chart = { points, marks, until_ms: made.counterfactual?.at_ms ?? null };
  return [
    `budget ${limit.text}: ${told}`,
    ...spendChart(chart, columns, (at_ms) => duration((at_ms - made.from_ms) / 1000)),
  ];
}

function orderLine({ after_s, act, because, why }: OrderJson, i: number): string {
  const reasons = [...new Set(because.map((reason) => reason.why))].join('; ');
  return `  ${letterOf(i)} after ${duration(after_s)}: ${act}, because ${reasons}${why === null ? '' : ` (${why})`}`;
}

function counterfactualLines({ act, saved, why }: Counterfactual, budgets: readonly ReplayedBudget[]): string[] {
  const amounts = saved.flatMap(({ value, share }, i) =>
    value === null || share === null ? [] : [`${amountOf(budgets[i]!.limit)(value)} (${percent(share)})`],
  );
  const much =
    amounts.length === 0 ? 'what it would have saved is not known' : `it would have saved ${amounts.join(', ')}`;
  return [`counterfactual: by this ${act} ${much}, ${why}`];
}

const letterOf = (i: number): string => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[i % 26]!;
