// Whose log tells how far a run got: ranks of one job each print the same steps, and steps count once.
//
// Of writers that ran at the same time and logged steps one counts: the lowest rank, else the one that logged most.
// Writers one after the other (a resume) all count. Everything stays in the ledger.

export interface Log {
  /** The writer's folder. */
  readonly folder: string;
  readonly rank: number | null;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly lines: number;
}

/** The folders of the writers whose steps are the run's progress. */
export function progressOf(logs: readonly Log[]): Set<string> {
  const order = [...logs].sort(
    (a, b) => (a.rank ?? Number.MAX_VALUE) - (b.rank ?? Number.MAX_VALUE) || b.lines - a.lines || a.from_ms - b.from_ms,
  );
  const taken: Log[] = [];
  for (const log of order) {
    if (taken.every((other) => log.to_ms <= other.from_ms || other.to_ms <= log.from_ms)) taken.push(log);
  }
  return new Set(taken.map(({ folder }) => folder));
}
