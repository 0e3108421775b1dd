// From a count within an epoch to one of the whole job, for bars that start anew each epoch.
//
// Some count epochs from 0 (Lightning), some from 1: the first seen tells, and where that is neither, a count "3/10" is
// taken to be from 1. Without names of epochs, a bar that begins again after it was full goes on from there.

import type { Step } from '../step.ts';

export interface Counted {
  readonly n: number;
  readonly total: number;
}
export interface Named {
  readonly epoch: number;
  /** Epochs of the job, as written. */
  readonly of: string | undefined;
}

export type Place = Pick<Step, 'step' | 'total' | 'epoch'>;

/** Places of one stream's bars; `first` is the first epoch's number where the program is known for it. */
export function createEpochs(first: 0 | 1 | null = null): { at(bar: Counted, named: Named | null): Place } {
  let base: number | null = first;
  let last: Counted | null = null;
  let done = 0;
  let repeats = false;
  // Counted from 0 the number behind the stroke is the last one's, where the program is known; else nobody knows.
  const epochsOf = (written: number) => (base === 1 ? written : first === 0 ? written + 1 : null);
  return {
    at(bar, named) {
      if (named !== null) {
        base ??= named.epoch === 0 || (named.epoch > 1 && named.of === undefined) ? 0 : 1;
        const before = Math.max(0, named.epoch - base);
        const epochs = named.of === undefined ? null : epochsOf(Number(named.of));
        return {
          step: whole(before * bar.total + bar.n),
          total: epochs === null ? null : whole(epochs * bar.total),
          epoch: bar.total === 0 ? before : before + bar.n / bar.total,
        };
      }
      if (last !== null && bar.total === last.total && bar.n < last.n && last.n === last.total) {
        done += last.total;
        repeats = true;
      }
      last = bar;
      return { step: whole(done + bar.n), total: repeats ? null : bar.total, epoch: null };
    },
  };
}

const whole = (value: number): number | null => (Number.isSafeInteger(value) ? value : null);
