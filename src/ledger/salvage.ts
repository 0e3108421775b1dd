// Runs that came to nothing: they failed or were interrupted, and nobody went on from where they ended.

import type { RunEntry, WriterEntry } from './runs.ts';

/** When a writer ended, epoch ms. */
type EndOf = (writer: WriterEntry) => number;

/**
 * Since when runs came to nothing, epoch ms by id: -Infinity where all of a run did, else from its first segment that broke off
 * after others had ended well. A run that another goes on from (its parent) did not, unless all of that one did too.
 */
export function lostSince(runs: readonly RunEntry[], endOf: EndOf): Map<string, number> {
  const lost = new Map(
    runs.flatMap((run): [string, number][] => {
      const since = sinceOf(run, endOf);
      return since === null ? [] : [[run.record.id, since]];
    }),
  );
  const parents = runs.flatMap(({ record: { id, parent } }) => (parent === undefined ? [] : [{ id, parent }]));
  for (let found = true; found; ) {
    const saved = parents.filter(({ id, parent }) => lost.has(parent) && lost.get(id) !== Number.NEGATIVE_INFINITY);
    for (const { parent } of saved) lost.delete(parent);
    found = saved.length > 0;
  }
  return lost;
}

/** From which segment on it broke off, with none after it that ended well or still goes on; null: it did not. */
function sinceOf({ writers, record }: RunEntry, endOf: EndOf): number | null {
  if (record.kind === 'monitor') return null; // its end is nobody's failure
  const broken = writers.filter(({ state }) => state === 'failed' || state === 'interrupted');
  const well = writers.filter((writer) => !broken.includes(writer));
  const lost = broken.filter((one) => !well.some(({ record: { started_at_ms } }) => started_at_ms >= endOf(one)));
  if (lost.length === 0) return null;
  const first = Math.min(...lost.map(({ record: { started_at_ms } }) => started_at_ms));
  // Ranks that ended well beside one that broke off save nothing.
  return well.some((one) => one.state === 'finished' && endOf(one) <= first) ? first : Number.NEGATIVE_INFINITY;
}
