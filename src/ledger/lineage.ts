// Which runs a run comes of: its parent, the parent of that, and so on.
//
// Two amendments made at once may close a circle: each run is told once, so it ends all the same.

import type { RunRecord } from './records.ts';
import type { RunEntry } from './runs.ts';

/** The runs above one, the nearest first; a parent that is not in the ledger any more ends them. */
export function ancestorsOf({ id, parent }: Pick<RunRecord, 'id' | 'parent'>, all: readonly RunEntry[]): RunRecord[] {
  const byId = new Map(all.map(({ record }) => [record.id, record]));
  const seen = new Set([id]);
  const out: RunRecord[] = [];
  for (let next = parent; next !== undefined && !seen.has(next); ) {
    seen.add(next);
    const record = byId.get(next);
    if (record === undefined) break;
    out.push(record);
    next = record.parent;
  }
  return out;
}
