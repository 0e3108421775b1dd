// Runs that came to nothing: they failed or were interrupted, and nobody went on from where they ended.

import type { RunEntry, WriterEntry } from './runs.ts';

/** When a writer ended, epoch ms. */
type EndOf = (writer: WriterEntry) => number;

/** Ids of the runs that came to nothing. A run that another goes on from (its parent) did not, unless that one did too. */
export function lostRuns(runs: readonly RunEntry[], endOf: EndOf): Set<string> {
  const lost = new Set(runs.filter((run) => cameToNothing(run, endOf)).map(({ record }) => record.id));
  const parents = runs.flatMap(({ record: { id, parent } }) => (parent === undefined ? [] : [{ id, parent }]));
  for (let found = true; found; ) {
    const saved = parents.filter(({ id, parent }) => lost.has(parent) && !lost.has(id));
    for (const { parent } of saved) lost.delete(parent);
    found = saved.length > 0;
  }
  return lost;
}

/** Whether one of its segments broke off, and none that began after that ended well or still goes on. */
function cameToNothing({ writers, record }: RunEntry, endOf: EndOf): boolean {
  if (record.kind === 'monitor') return false; // its end is nobody's failure
  const broken = writers.filter(({ state }) => state === 'failed' || state === 'interrupted');
  const well = writers.filter((writer) => !broken.includes(writer));
  return broken.some((one) => !well.some(({ record: { started_at_ms } }) => started_at_ms >= endOf(one)));
}
