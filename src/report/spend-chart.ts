// What is spent of a limit over time as a chart of text: the limit is a line, and what was done stands below at its time.

/** What was spent at an instant, as a share of the limit; null: not known. */
export interface SpendPoint {
  readonly at_ms: number;
  readonly share: number | null;
}

export interface SpendChart {
  readonly points: readonly SpendPoint[];
  /** Marks below the time at which something was done: one letter each. */
  readonly marks: readonly { readonly at_ms: number; readonly letter: string }[];
  /** From here on it would not have been so; null: all of it is. */
  readonly until_ms: number | null;
}

const ROWS = 10;
/** What was, and what would not have been. */
const [WAS, WOULD_NOT] = ['*', '.'];

/** Lines; none where nothing is known or no time passed. `axis` writes the ends of the time. */
export function spendChart(
  { points, marks, until_ms }: SpendChart,
  columns: number,
  axis: (at_ms: number) => string,
): string[] {
  const known = points.flatMap(({ at_ms, share }) => (share === null ? [] : [{ at_ms, share }]));
  const [from_ms, to_ms] = [points[0]?.at_ms ?? 0, points.at(-1)?.at_ms ?? 0];
  if (known.length === 0 || to_ms <= from_ms) return [];
  const most = known.reduce((top, { share }) => Math.max(top, share), 1);
  const label = (row: number) => (row === limitRow ? 'limit' : row === 0 ? percent(most) : row === ROWS ? '0 %' : '');
  const rowOf = (share: number) => Math.round((1 - share / most) * ROWS);
  const limitRow = rowOf(1);
  const width = Math.max(20, Math.min(columns - 12, 70));
  const column = (at_ms: number) => Math.min(width - 1, Math.floor(((at_ms - from_ms) / (to_ms - from_ms)) * width));
  const cells = Array.from({ length: ROWS + 1 }, (_, row) =>
    new Array<string>(width).fill(row === limitRow ? '-' : ' '),
  );
  for (const { at_ms, share } of known)
    cells[rowOf(share)]![column(at_ms)] = until_ms !== null && at_ms > until_ms ? WOULD_NOT : WAS;
  const below = new Array<string>(width).fill(' ');
  for (const { at_ms, letter } of marks) below[column(at_ms)] = letter;
  const [left, right] = [axis(from_ms), axis(to_ms)];
  return [
    ...cells.map((row, i) => `  ${label(i).padStart(6)} |${row.join('')}`.trimEnd()),
    `  ${' '.repeat(6)} +${'-'.repeat(width)}`,
    ...(marks.length > 0 ? [`  ${' '.repeat(6)}  ${below.join('')}`.trimEnd()] : []),
    `  ${' '.repeat(6)}  ${left}${right.padStart(width - left.length)}`,
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
