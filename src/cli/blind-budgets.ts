// Budgets and what is known of a run before it begins → those that could not be judged for as long as it runs.
//
// Such a limit would hold nothing up, and whoever gave it counts on it.

import { usage } from '../core/fault.ts';
import type { Budget } from '../decide/budget.ts';
import type { RunRecord } from '../ledger/records.ts';
import type { Chain } from '../run/intensity.ts';

export interface KnownBefore {
  readonly chain: Pick<Chain, 'zone' | 'series'>;
  readonly record: Pick<RunRecord, 'price'>;
  say(message: string): void;
}

/** One of the run's own is refused, a standing one is told: others may be judged by it. Throws Fault usage. */
export function checkSight(budgets: readonly Budget[], about: KnownBefore): void {
  for (const { id, limit, scope } of budgets) {
    const blind = blindFor(limit, about);
    if (blind === null || (limit.measure === 'water' && scope.of !== 'run')) continue; // the others' water is known
    const [why, hint] = blind;
    if (scope.of === 'run') throw usage(`--budget ${limit.text} could not be judged: ${why}`, hint);
    about.say(`budget ${id} does nothing here: ${why}; ${hint}`);
  }
}

/** Why, and what would be right; null: it can be judged, or may be later. */
function blindFor({ measure, currency }: Budget['limit'], { chain, record: { price } }: KnownBefore) {
  if (measure === 'emissions' || measure === 'g_per_million_tokens')
    return chain.zone === null && chain.series.length === 0
      ? (['no zone is known', 'say where this runs with --zone, or give --intensity FILE'] as const)
      : null;
  if (measure === 'water')
    return ['water is not told while a run goes on', 'limit energy, emissions or money'] as const;
  if (measure !== 'money' || price?.currency === currency) return null;
  const hint = `give --price, such as 0.12${currency}/kWh`;
  return [price === null ? 'no flat price is known' : `the price is in ${price.currency}`, hint] as const;
}
