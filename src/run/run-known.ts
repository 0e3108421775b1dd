// Steps and figures of a run → what its budgets are judged by: the tokens of its steps, what a joule costs, and how sure the
// figures are.
//
// How sure they are is told by the account of a report, which is made anew only now and then.

import { reasonOf } from '../core/fault.ts';
import type { RunRecord } from '../ledger/records.ts';
import { type TokenPace, tokenPace, tokensBy } from '../workload/tokens-between.ts';
import { cumulativeAt } from '../workload/work.ts';
import type { Segment } from './enforcement.ts';
import type { Figures, Steps } from './live-account.ts';
import { type Known, priceOfJoule, type Spread, spreadOf } from './sight.ts';

export interface RunKnown {
  /** Another segment tells how sure the figures are. */
  begin(segment: Pick<Segment, 'now' | 'report'> | null): void;
  /** To be called at each look. */
  at(now_ms: number, figures: Figures): Known;
}

/** How sure the figures are is looked at anew after 2 s, 4 s, 8 s …: a gap at the start is soon the lesser part. Later each minute. */
const SPREAD_MS = { first: 2000, most: 60_000 };
const NO_SPREAD: Spread = { low: 1, high: 1 };
/** Lines that are cheap to count anew each second. */
const FEW_STEPS = 2000;

/** `steps` are the latest ones at each look. */
export function createRunKnown(
  { price: flat, pue, work }: Pick<RunRecord, 'price' | 'pue' | 'work'>,
  steps: Steps,
  warn: (message: string) => void,
): RunKnown {
  const price_per_j = flat === null ? null : priceOfJoule(flat.per_kwh, pue);
  let segment: Parameters<RunKnown['begin']>[0] = null;
  let spread: Known['spread'] = { energy: NO_SPREAD, emissions: NO_SPREAD };
  let due = { at_ms: Number.POSITIVE_INFINITY, wait_ms: SPREAD_MS.first };
  let [pace, started_ms, counted] = [null as TokenPace | null, null as number | null, 0];

  const countTokens = () => {
    counted++;
    if (steps.rows.length === 0) return;
    if (steps.rows.length > FEW_STEPS && counted % 10 !== 0) return;
    pace = tokenPace(cumulativeAt(steps.rows, work), started_ms ?? steps.rows[0]!.at_ms);
  };
  const measureSpread = (now_ms: number) => {
    if (segment === null || now_ms < due.at_ms) return;
    due = { at_ms: now_ms + due.wait_ms, wait_ms: Math.min(due.wait_ms * 2, SPREAD_MS.most) };
    const { report } = segment;
    void import('../report/build.ts')
      .then(({ accountOf }) => {
        const { energy, emissions } = accountOf({ ...report(), brief: true }).report;
        spread = { energy: spreadOf(energy.it_j), emissions: spreadOf(emissions.operational_g) };
      })
      .catch((error) => warn(`how sure the figures are is not known: ${reasonOf(error)}`));
  };
  return {
    begin(next) {
      segment = next;
      if (next !== null) due = { at_ms: next.now() + SPREAD_MS.first, wait_ms: SPREAD_MS.first };
    },
    at(now_ms, figures) {
      started_ms ??= now_ms;
      countTokens();
      measureSpread(now_ms);
      const tokens = pace === null ? null : tokensBy(pace, now_ms);
      return {
        ...{ now_ms, figures, tokens, tokens_told: pace?.tokens ?? null },
        ...{ price_per_j, currency: flat?.currency ?? null, spread },
      };
    },
  };
}
