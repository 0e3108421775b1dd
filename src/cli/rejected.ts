// The rows of a file that an import leaves out, by what is wrong with them.

export interface RejectedRows {
  readonly why: string;
  readonly rows: number;
  /** Counted from 1; null where it is not known. */
  readonly first_row: number | null;
}

/** As an import's JSON tells them. */
export const rejectedRows = (
  rejected: Iterable<readonly [string, { readonly count: number; readonly first: number }]>,
): RejectedRows[] => [...rejected].map(([why, { count, first }]) => ({ why, rows: count, first_row: first || null }));

/** A line each, to stderr. */
export function tellRejected(rejected: readonly RejectedRows[]): void {
  for (const { why, rows, first_row } of rejected)
    process.stderr.write(`  left out: ${rows} × ${why}${first_row === null ? '' : `, first in row ${first_row}`}\n`);
}
