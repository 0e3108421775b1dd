// A run's log over time → columns, with the energy that had been used by each line.

import type { LogCourse, LogPart } from '../../ledger/log-course.ts';
import type { Series } from '../contract/series.ts';

type Steps = NonNullable<Series['steps']>;

export interface Beside {
  readonly edges_ms: readonly number[];
  /** Since the run began, at the end of each stretch. */
  readonly energy: NonNullable<Series['energy']>;
}

export function stepsOf({ parts, count }: LogCourse, { edges_ms, energy }: Beside): Steps {
  const column = <T>(value: (part: LogPart) => T): T[] => parts.map(value);
  const told = (name: 'loss' | 'lr' | 'tokens_per_s') => ({
    first: column((part) => part[`${name}_first`]),
    last: column((part) => part[`${name}_last`]),
    min: column((part) => part[`${name}_min`]),
    max: column((part) => part[`${name}_max`]),
  });
  const sums = [energy.before?.value ?? null, ...energy.value];
  return {
    ...{ count, from_ms: column(({ from_ms }) => from_ms), to_ms: column(({ to_ms }) => to_ms) },
    lines: column(({ lines }) => lines),
    step: { first: column(({ step_first }) => step_first), last: column(({ step_last }) => step_last) },
    epoch: { last: column(({ epoch_last }) => epoch_last) },
    ...{ loss: told('loss'), lr: told('lr'), tokens_per_s: told('tokens_per_s') },
    it_j: between(
      edges_ms,
      sums,
      column(({ to_ms }) => to_ms),
    ),
  };
}

/** Straight between the sums at the edges; `at_ms` rises. */
function between(
  edges_ms: readonly number[],
  sums: readonly (number | null)[],
  at_ms: readonly number[],
): (number | null)[] {
  let i = 0;
  return at_ms.map((at) => {
    while (i + 2 < edges_ms.length && edges_ms[i + 1]! <= at) i++;
    const [a, b] = [sums[i] ?? null, sums[i + 1] ?? null];
    if (a === null || b === null) return null;
    const share = (at - edges_ms[i]!) / (edges_ms[i + 1]! - edges_ms[i]!);
    return a + (b - a) * Math.min(1, Math.max(0, share));
  });
}
