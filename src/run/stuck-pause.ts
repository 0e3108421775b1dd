// A pause for a rolling window → why it will not end by itself, told once: what the job draws while it stands alone keeps the
// window spent, so that only people can let it go on.

import type { Budget } from '../decide/budget.ts';
import type { Looked } from '../decide/decision.ts';
import { periodText } from '../decide/period.ts';
import { isRatio } from '../decide/spent.ts';
import { PATIENCE, rank } from '../decide/verdict.ts';
import { three } from '../report/format.ts';
import { type Known, ownSpent } from './sight.ts';

/** By then readings are of the job as it stands. */
const STANDS_MS = 10_000;

export interface StuckPause {
  /** To be called at each look; in words, once a pause. */
  at(look: { readonly held: boolean; readonly looked: readonly Looked[]; readonly known: Seen }): string | null;
}

type Seen = Omit<Known, 'figures'> & { readonly figures: Known['figures'] & { readonly power_w: number | null } };

export function createStuckPause(): StuckPause {
  let since_ms: number | null = null;
  let told = false;
  return {
    at({ held, looked, known }) {
      if (!held) [since_ms, told] = [null, false];
      since_ms ??= held ? known.now_ms : null;
      if (since_ms === null || told || known.now_ms - since_ms < STANDS_MS) return null;
      const holding = looked.filter(({ verdict }) => verdict.holding.some(({ act }) => rank(act) >= rank('pause')));
      const [why] = holding.flatMap(({ budget }) => keptSpent(budget, known) ?? []);
      told = why !== undefined;
      return why ?? null;
    },
  };
}

/** Why age alone never brings a rolling window below its limit; null: it does, or nobody can tell. */
function keptSpent({ id, limit, period }: Budget, known: Seen): string | null {
  const { energy_j, power_w } = known.figures;
  if (period.kind !== 'rolling' || isRatio(limit.measure) || power_w === null || !energy_j) return null;
  const kept = (ownSpent(limit, known).value / energy_j) * power_w * (period.ms / 1000);
  if (kept < limit.value * (1 - PATIENCE.spent_margin)) return null;
  const of = `${limit.text} (${periodText(period)}, budget ${id})`;
  return `the pause does not end by itself: the ${three(power_w)} W that are drawn while the job stands keep ${of} spent`;
}
