// Runs that came to nothing: they failed, were interrupted or stopped by a budget, and nobody went on from where they ended.

import type { RunEntry, WriterEntry } from './runs.ts';

/** When a writer ended, epoch ms. */
type EndOf = (writer: WriterEntry) => number;

export interface Lost {
  /** What it broke off by. */
  readonly cause: 'failed' | 'stopped';
  readonly since_ms: number;
}

/**
 * By what and since when runs came to nothing, by id: -Infinity where all of a run did, else from its first segment that broke off
 * after others had ended well. A run that another goes on from (its parent) did not, unless all of that one did too.
 */
export function lostSince(runs: readonly RunEntry[], endOf: EndOf): Map<string, Lost> {
  const lost = new Map(
    runs.flatMap((run): [string, Lost][] => {
      const found = lostIn(run, endOf);
      return found === null ? [] : [[run.record.id, found]];
    }),
  );
  const parents = runs.flatMap(({ record: { id, parent } }) => (parent === undefined ? [] : [{ id, parent }]));
  for (let found = true; found; ) {
    const saved = parents.filter(
      ({ id, parent }) => lost.has(parent) && lost.get(id)?.since_ms !== Number.NEGATIVE_INFINITY,
    );
    for (const { parent } of saved) lost.delete(parent);
    found = saved.length > 0;
  }
  return lost;
}

const BROKEN: ReadonlySet<string> = new Set(['failed', 'interrupted', 'stopped']);

/** By what and from which segment on it broke off, with none after it that ended well or still goes on; null: it did not. */
function lostIn({ writers, record }: RunEntry, endOf: EndOf): Lost | null {
  if (record.kind === 'monitor') return null; // its end is nobody's failure
  const broken = writers.filter(({ state }) => BROKEN.has(state));
  const well = writers.filter((writer) => !broken.includes(writer));
  const lost = broken.filter((one) => !well.some(({ record: { started_at_ms } }) => started_at_ms >= endOf(one)));
  if (lost.length === 0) return null;
  const last = Math.max(...lost.map(({ record: { started_at_ms } }) => started_at_ms));
  // Of ranks at once the others fail by the one that is stopped.
  const cause = lost.some((one) => one.state === 'stopped' && endOf(one) > last) ? 'stopped' : 'failed';
  const first = Math.min(...lost.map(({ record: { started_at_ms } }) => started_at_ms));
  // Ranks that ended well beside one that broke off save nothing.
  const kept = well.some((one) => one.state === 'finished' && endOf(one) <= first);
  return { cause, since_ms: kept ? first : Number.NEGATIVE_INFINITY };
}
