// A ledger and budgets → what of each is spent in its period, by the account of joulebook total: a run across an edge counts
// with its part, a second of a device once.
//
// What a run that goes on meters itself is told apart: it knows that better than its files do. Where it shares a device,
// the sum of the others is made less by what the run will count that is theirs.

import { exactly, type Figure, isKnown, unknown } from '../core/figure.ts';
import type { Budget, Limit } from '../decide/budget.ts';
import { periodAt, type Stretch } from '../decide/period.ts';
import { inScope } from '../decide/scope.ts';
import { isRatio, NOTHING, type Spent, sightOf } from '../decide/spent.ts';
import { createSum } from '../emissions/sums.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import type { Accounted } from '../report/build.ts';
import type { Slice } from '../report/slices.ts';
import { linesOf } from '../report/total.ts';
import { tokensBetween } from '../workload/tokens-between.ts';
import { cumulativeAt } from '../workload/work.ts';
import { apartId, type LedgerSlices, ledgerSlices, type Own, runSpan } from './ledger-slices.ts';

export interface SpendingWishes {
  readonly budgets: readonly Budget[];
  readonly now_ms: number;
  /** Who asks: what it metered is left out. */
  readonly own?: Own;
  /** Further edges of stretches that are asked for, epoch ms. */
  readonly edges_ms?: readonly number[];
}

/** What of a budget is spent, as others' and of earlier segments. It goes through JSON unharmed. */
export interface SpentOf extends Stretch {
  readonly id: string;
  readonly spent: Spent;
  /** When the period begins anew, or a rolling window that is full has let go of enough; null: never, or it is not full. */
  readonly renews_ms: number | null;
}

export interface Spending {
  readonly entries: readonly RunEntry[];
  readonly damaged: readonly string[];
  /** What of a budget's scope, or of one run in it, was spent in a stretch; its edges are of those that were asked for. */
  spent(budget: Budget, stretch: Stretch, only?: RunEntry): Promise<Spent>;
  /** Those whose runs count, in the time that was asked for. */
  counting(budget: Budget): readonly RunEntry[];
  /** From a run's beginning to its end, or to its last row. */
  spanOf(entry: RunEntry): { readonly from_ms: number; readonly to_ms: number };
}

/** What of each budget is spent. Rejects with Fault ledger-newer, engine-missing, engine-failed. */
export async function spentOf(ledger: string, wishes: SpendingWishes): Promise<SpentOf[]> {
  // The first run of all: it makes the ledger.
  if (!hasLedger(ledger)) return wishes.budgets.map((budget) => nothingOf(budget, wishes.now_ms));
  const reader = await openReader();
  try {
    const spending = await openSpending(reader, ledger, wishes);
    const told: SpentOf[] = [];
    for (const budget of wishes.budgets) told.push(await toldOf(spending, budget, wishes.now_ms));
    return told;
  } finally {
    reader.close();
  }
}

function nothingOf({ id, period }: Budget, now_ms: number): SpentOf {
  const stretch = periodAt(period, Math.floor(now_ms));
  return { id, ...stretch, spent: NOTHING, renews_ms: stretch.to_ms };
}

/** What of one is spent, and when it begins anew. */
export async function toldOf(spending: Spending, budget: Budget, now_ms: number): Promise<SpentOf> {
  const stretch = periodAt(budget.period, Math.floor(now_ms));
  const spent = await spending.spent(budget, stretch);
  const full = (sightOf(budget.limit.measure, spent).spent?.value ?? 0) >= budget.limit.value;
  const renews_ms = full && budget.period.kind === 'rolling' ? await letGo(spending, budget, now_ms) : stretch.to_ms;
  return { id: budget.id, ...stretch, spent, renews_ms };
}

/** A rolling window lets go of what it holds in so many parts: when it will be free is told to one of them. */
const PARTS = 24;
function partsOf({ period }: Budget, now_ms: number): number[] {
  if (period.kind !== 'rolling') return [];
  return Array.from({ length: PARTS }, (_, i) => Math.floor(now_ms) - period.ms + Math.round((period.ms * i) / PARTS));
}

/** When what is spent by now will be below the limit by its age alone; null: a ratio, which age does not mend for sure. */
async function letGo(spending: Spending, budget: Budget, now_ms: number): Promise<number | null> {
  if (budget.period.kind !== 'rolling' || isRatio(budget.limit.measure)) return null;
  for (const from_ms of partsOf(budget, now_ms).slice(1)) {
    const left = await spending.spent(budget, { from_ms, to_ms: null });
    if (left.value < budget.limit.value) return from_ms + budget.period.ms;
  }
  return Math.floor(now_ms) + budget.period.ms;
}

/** Reads what spending is told from, up to now. Rejects as spentOf. */
export async function openSpending(reader: Reader, ledger: string, wishes: SpendingWishes): Promise<Spending> {
  const { budgets, own } = wishes;
  const until_ms = Math.floor(wishes.now_ms);
  const stretches = budgets.map(({ period }) => periodAt(period, until_ms));
  const edges_ms = [
    ...stretches.flatMap(({ from_ms }) => from_ms ?? []),
    ...budgets.flatMap((budget) => partsOf(budget, until_ms)),
    ...(wishes.edges_ms ?? []),
  ].map(Math.floor);
  const ever = stretches.some(({ from_ms }) => from_ms === null) || edges_ms.length === 0;
  const window = {
    ...{ since_ms: ever ? null : Math.min(...edges_ms), until_ms, by: [], time_zone: 'UTC', edges_ms },
    ...(own === undefined ? {} : { apart: own }),
  };
  const all = await ledgerSlices(reader, ledger, window);
  const apart = own === undefined ? null : apartId(own.run);
  const isOwn = ({ entry }: Slice) => entry.record.id === apart;
  const alone = all.slices.some(isOwn)
    ? await ledgerSlices(reader, ledger, { ...window, runs: new Set([apart!]) })
    : null;
  const figures = figuresOf(all);
  const alones = alone === null ? null : figuresOf(alone);
  const tokens = tokensOf(reader, all);

  const counts = (budget: Budget, { record }: RunEntry): boolean =>
    budget.scope.of === 'run' ? record.id === own?.run : record.id !== apart && inScope(budget.scope, record);

  return {
    entries: all.entries,
    damaged: all.damaged,
    spanOf: (entry) => runSpan(entry, all.spanOf),
    counting: (budget) => all.entries.filter((entry) => counts(budget, entry)),
    async spent(budget, { from_ms, to_ms }, only) {
      const { limit, scope } = budget;
      const [from, to] = [from_ms ?? Number.NEGATIVE_INFINITY, Math.min(to_ms ?? until_ms, until_ms)];
      const within = (slice: Slice) => slice.from_ms >= from && slice.to_ms <= to;
      const done = await tokens(isRatio(limit.measure), within);
      const whose = ({ whose: { kind }, entry }: Slice) =>
        (kind === 'run' || scope.of === 'all') && (only === undefined || entry === only);
      const theirs = all.slices.filter(
        (slice) => within(slice) && whose(slice) && counts(budget, slice.entry) && done?.get(slice.entry) !== null,
      );
      const sum = createSum();
      for (const slice of theirs) {
        const { figure, known } = figures(slice, limit);
        sum.add(slice.entry.record.id, figure, known);
      }
      const made = sum.json();
      const value = made.value ?? made.known;
      const twice = alones === null ? 0 : known(alones, alone!.slices) - known(figures, all.slices.filter(isOwn));
      return {
        ...{ value: value - twice, low: made.low - twice, high: made.high - twice },
        tokens:
          done === null ? null : [...new Set(theirs.map(({ entry }) => entry))].reduce((s, e) => s + done.get(e)!, 0),
        ...(made.value === null ? { unknown_runs: made.unknown_runs, why: made.why } : { unknown_runs: 0, why: null }),
      };

      function known(of: FiguresOf, slices: readonly Slice[]): number {
        return slices.filter(within).reduce((s, slice) => {
          const { figure, known } = of(slice, limit);
          return s + (isKnown(figure) ? figure.value : known);
        }, 0);
      }
    },
  };
}

/** Of a slice what a limit counts, and what of it is known where not all is. */
type FiguresOf = (slice: Slice, limit: Limit) => { readonly figure: Figure; readonly known: number };

function figuresOf({ account }: Pick<LedgerSlices, 'account'>): FiguresOf {
  const accounts = new Map<Slice, Accounted>();
  return (slice, limit) => {
    const told = accounts.get(slice) ?? account(slice);
    accounts.set(slice, told);
    const { it_j, operational_g, cost } = linesOf({ slice, account: told });
    const plain = (figure: Figure) => ({ figure, known: 0 });
    switch (limit.measure) {
      case 'energy':
      case 'j_per_token':
        return { figure: it_j, known: slice.energy.devices.reduce((s, { energy_j }) => s + (energy_j ?? 0), 0) };
      case 'emissions':
      case 'g_per_million_tokens':
        return plain(operational_g);
      case 'water':
        return plain(it_j.value === 0 ? exactly(0) : told.further.water_l);
      case 'money': {
        const { currency } = told.report;
        if (currency === limit.currency || it_j.value === 0) return plain(cost);
        return plain(unknown(currency === null ? 'no price is known' : `it is priced in ${currency}`));
      }
    }
  };
}

/** The tokens of each run in the slices that are within; null for one whose log tells none. All null where they are not asked. */
function tokensOf(reader: Reader, { entries, slices, spanOf }: LedgerSlices) {
  const progress = new Map<RunEntry, ReturnType<typeof cumulativeAt>>();
  return async (asked: boolean, within: (slice: Slice) => boolean): Promise<Map<RunEntry, number | null> | null> => {
    if (!asked) return null;
    const out = new Map<RunEntry, number | null>();
    for (const entry of entries) {
      const told = progress.get(entry) ?? cumulativeAt(await reader.steps(entry), entry.record.work);
      progress.set(entry, told);
      const spans = slices.filter((slice) => slice.entry === entry && within(slice));
      // Slices of several hosts and owners lie over the same time.
      const times = new Map(spans.map(({ from_ms, to_ms }) => [from_ms, to_ms]));
      const { from_ms: started_ms } = runSpan(entry, spanOf);
      const done = [...times].map(([from_ms, to_ms]) => tokensBetween(told, { from_ms, to_ms, started_ms }));
      out.set(entry, done.some((one) => one === null) ? null : done.reduce<number>((s, one) => s + one!, 0));
    }
    return out;
  };
}
