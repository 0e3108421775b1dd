// How much one question may ask for where its words do not show it: refused before it is begun, with what would be right.

import { usage } from '../core/fault.ts';

/** Runs of a comparison, over all its sides: each is read in full. A group is of one tag, and that may be of every run. */
export const MOST_RUNS = 200;

/** Throws Fault usage. */
export function fewEnough<T extends { readonly entries: readonly unknown[] }>(sides: readonly T[]): readonly T[] {
  const runs = sides.reduce((sum, { entries }) => sum + entries.length, 0);
  if (runs <= MOST_RUNS) return sides;
  throw usage(
    `these groups have ${runs} runs, too many to compare at one time`,
    `name groups of at most ${MOST_RUNS} runs together, or use joulebook compare`,
  );
}
