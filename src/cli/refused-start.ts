// Budgets of which all is spent before a run begins → why it may not start, kept in the ledger and told as any other decision.

import type { Standing } from '../app/budgets.ts';
import type { Settings } from '../app/settings.ts';
import { reasonOf } from '../core/fault.ts';
import { minuteOf } from '../core/timestamp.ts';
import type { Budget } from '../decide/budget.ts';
import { decisionDocument, decisionRow, type Looked, NOTHING_KNOWN } from '../decide/decision.ts';
import { periodText } from '../decide/period.ts';
import { freshMemory, judge, refusal } from '../decide/verdict.ts';
import { keepRefused } from '../ledger/refused-starts.ts';
import type { BudgetKeeper } from '../run/budget-keeper.ts';
import { createNotifier } from '../run/notifier.ts';
import type { Channel } from '../run/notify/channel.ts';
import { type Known, runSight } from '../run/sight.ts';

interface Asked {
  readonly budgets: readonly Budget[];
  readonly standing: readonly Standing[];
  readonly keeper: BudgetKeeper;
}

export interface Refusal {
  /** A sentence. */
  readonly text: string;
  readonly why: string;
  readonly looked: Looked;
}

/** One for each budget that is spent before anything of this run is. */
export function refusals({ budgets, standing, keeper }: Asked): Refusal[] {
  const now_ms = Date.now();
  return budgets.flatMap((budget) => {
    const others = keeper.others(budget, now_ms);
    const sight = runSight(budget.limit, { ...nothingYet(now_ms, budget), renews_ms: others.renews_ms }, others.spent);
    const why = refusal(budget, sight);
    if (why === null) return [];
    const of = standing.some((one) => one.budget === budget)
      ? `budget ${budget.id}, ${periodText(budget.period)}`
      : 'by this run';
    const renews = others.renews_ms === null ? '' : `; it begins anew at ${minuteOf(others.renews_ms)}`;
    // What it would come to nobody asks: nothing is to begin.
    const seen = { ...sight, why: null };
    const looked = { budget, sight: seen, verdict: judge(budget, freshMemory(budget), seen).verdict };
    return [{ text: `${why} (${of}${renews})`, why, looked }];
  });
}

const nothingYet = (now_ms: number, { limit }: Budget): Known => ({
  now_ms,
  figures: { energy_j: 0, emissions_g: 0, partial: false, projection: null, grid: null },
  ...{ tokens: null, price_per_j: 0, currency: limit.currency, renews_ms: null },
  spread: { energy: { low: 1, high: 1 }, emissions: { low: 1, high: 1 } },
});

export interface RefusedRun {
  readonly settings: Pick<Settings, 'folder' | 'user'>;
  readonly record: { readonly id: string; readonly name: string | null };
  readonly channels: readonly Channel[];
  readonly env: NodeJS.ProcessEnv;
  say(message: string): void;
}

/** Keeps it in the ledger and tells those who are told of decisions, for a few seconds at most. What fails is said. Never rejects. */
export async function tellRefused(refused: readonly Refusal[], run: RefusedRun): Promise<void> {
  const { settings, channels, env, say } = run;
  const { id, name } = run.record;
  const at_ms = Date.now();
  const because = refused.map(({ why }) => ({ act: 'stop' as const, rule: null, why }));
  const by = refused.map(({ looked }) => looked.budget.id);
  const looked = refused.map((one) => one.looked);
  // Of one run that is tried again and again each is another.
  const row = decisionRow({ act: 'refuse', at_ms, by, because, why: null }, at_ms, { looked, ...NOTHING_KNOWN });
  try {
    keepRefused(settings.folder, { run: id, name, user: settings.user, decision: row });
  } catch (error) {
    say(`the ledger does not tell of this: ${reasonOf(error)}`);
  }
  if (channels.length === 0) return;
  const notifier = createNotifier(channels, { env, warn: say });
  notifier.tell(decisionDocument({ run: id, name, writer: null }, row));
  await notifier.settle();
}
