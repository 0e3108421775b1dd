// Makes one rising count of a counter that begins again at 0 when its range is full, and says what may hide in a rise.
//
// A fall is a wrap only where the power it stands for is possible; otherwise the counter was reset. After a hold-up even
// a rise may hide whole ranges: how many cannot be known, only how many the power limit allows.

export interface Unwrapped {
  /** J since the counter's first reading or its last reset, plus what it showed then. */
  readonly energy_j: number;
  /** J that the rise since the last reading may hold beyond what is seen: whole ranges; 0 = the rise is sure. */
  readonly hidden_j: number;
}

export interface WrapOptions {
  /** Range of the counter, J. */
  readonly range_j: number;
  /** Highest power that is possible for longer, W. */
  readonly limit_w: number;
  /** So many times the limit is possible for up to EXCURSION_S. */
  readonly overshoot: number;
  /** Sampling period, s: a value may be so old. */
  readonly period_s: number;
}

const EXCURSION_S = 1;

/** Takes readings by time; each becomes a count that falls only where the counter was reset. */
export function createUnwrapper({ range_j, limit_w, overshoot, period_s }: WrapOptions) {
  let last: { at_ms: number; raw_j: number } | null = null;
  let moved_ms = 0;
  let offset_j = 0;

  /** Most J that can be used in so many ms. */
  const reach_j = (ms: number): number => {
    const seconds = ms / 1000 + period_s;
    return limit_w * (seconds + (overshoot - 1) * Math.min(seconds, EXCURSION_S));
  };

  return {
    reach_j,
    push(at_ms: number, raw_j: number): Unwrapped {
      const before = last;
      last = { at_ms, raw_j };
      if (before === null) {
        moved_ms = at_ms;
        return { energy_j: raw_j, hidden_j: 0 };
      }
      const risen = raw_j - before.raw_j;
      const least = risen >= 0 ? risen : risen + range_j;
      const sinceMove_ms = at_ms - moved_ms;
      if (risen !== 0) moved_ms = at_ms;
      if (risen < 0 && (least < 0 || least > reach_j(sinceMove_ms))) {
        offset_j = 0;
        return { energy_j: raw_j, hidden_j: 0 };
      }
      if (risen < 0) offset_j += range_j;
      const more = Math.floor((reach_j(at_ms - before.at_ms) - least) / range_j);
      return { energy_j: raw_j + offset_j, hidden_j: Math.max(0, more) * range_j };
    },
  };
}
