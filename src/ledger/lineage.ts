// Which runs a run comes of (its parent, the parent of that, and so on), and which runs led to a model.
//
// Two amendments made at once may close a circle: each run is told once, so it ends all the same.

import type { RunRecord } from './records.ts';
import type { RunEntry } from './runs.ts';

type One = Pick<RunRecord, 'id' | 'model' | 'parent'>;
export type ById<R extends One = RunRecord> = ReadonlyMap<string, R>;

export const byId = (runs: readonly RunEntry[]): ById => new Map(runs.map(({ record }) => [record.id, record]));

/** The runs above one, the nearest first; a parent that is not in the ledger any more ends them. */
export function ancestorsOf<R extends One>({ id, parent }: R, all: ById<R>): R[] {
  const seen = new Set([id]);
  const out: R[] = [];
  for (let next = parent; next !== undefined && !seen.has(next); ) {
    seen.add(next);
    const record = all.get(next);
    if (record === undefined) break;
    out.push(record);
    next = record.parent;
  }
  return out;
}

export interface Family<R extends One> {
  /** Runs of the model, and those above them that name no model. */
  readonly own: readonly R[];
  /** The models that it was made from, the nearest first. */
  readonly bases: readonly Base<R>[];
}

export interface Base<R extends One> {
  readonly model: string;
  /** Those above a run of the child, and all that made the base, with what names no model above them. */
  readonly runs: readonly R[];
  /** Other models that were made from it too. */
  readonly shared_with: readonly string[];
}

/** The runs that led to a model, each once; `made` picks of a base's runs those that made it. */
export function familyOf<R extends One>(
  model: string,
  all: ById<R>,
  made: (runs: readonly R[]) => readonly R[],
): Family<R> {
  const taken = new Set<string>();
  const groups = new Map<string, R[]>([[model, []]]);
  const take = (run: R, of: string) => {
    if (taken.has(run.id)) return;
    taken.add(run.id);
    groups.set(of, [...(groups.get(of) ?? []), run]);
  };
  const named = (name: string) => [...all.values()].filter((run) => run.model === name);
  for (const [name] of groups) {
    const its = name === model ? named(name) : [...groups.get(name)!, ...made(named(name))];
    for (const run of its) take(run, name);
    for (const run of its) {
      let of = name;
      for (const above of ancestorsOf(run, all)) {
        of = above.model ?? of;
        take(above, of); // a group that comes of it is looked at in its turn
      }
    }
  }
  const bases = [...groups]
    .slice(1)
    .map(([name, runs]) => ({ model: name, runs, shared_with: childrenOf(name, all, model) }));
  return { own: groups.get(model)!, bases };
}

/** Models but one with a run that comes of this model's. */
function childrenOf<R extends One>(base: string, all: ById<R>, but: string): string[] {
  const found = new Set<string>();
  for (const run of all.values()) {
    if (run.model === undefined || run.model === base || run.model === but || found.has(run.model)) continue;
    if (ancestorsOf(run, all).some((above) => above.model === base)) found.add(run.model);
  }
  return [...found].sort();
}
