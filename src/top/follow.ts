// A run looked at again and again, with what is learned of its grid meanwhile: for joulebook top and the server.

import type { Limit } from '../decide/budget.ts';
import type { IntensitySeries } from '../grid/series.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { staysOf } from '../ledger/stays.ts';
import { createGridWatch } from '../run/grid-watch.ts';
import { createWatch, type View, type Watch } from './watch.ts';

/** The intensities that count for a run, and why there are none. */
export interface Known {
  readonly series: readonly IntensitySeries[];
  readonly none: string | null;
}

export interface Followed {
  /** Reads what is new, of the run as its files tell it now. Never rejects. */
  look(entry: RunEntry, now_ms: number, stretches: number): Promise<View>;
  /** See Watch. */
  readonly past: Watch['past'];
}

/** `chain` tells what is known now, with the PUE in where that changes; it is asked anew when more was learned. */
export function follow(
  ledger: string,
  entry: RunEntry,
  { chain, limits }: { readonly chain: () => Known; readonly limits: readonly Limit[] },
): Followed {
  const first = chain();
  const watch = createWatch(entry.record, { chain: first.series, none: first.none, limits });
  const zones = staysOf(entry.record, entry.writers).flatMap(({ zone }) => zone ?? []);
  const refresh = createGridWatch({ ledger, zones }, () => {
    const { series, none } = chain();
    watch.learn(series, none);
  });
  return {
    look(one, now_ms, stretches) {
      refresh(now_ms);
      return watch.look(one, now_ms, stretches);
    },
    past: watch.past,
  };
}
