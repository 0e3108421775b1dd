// Work whose cost is not known beforehand, done again and again: after each time it rests twenty times as long as it took.

/** The share of the time that the work may take is 1 in so many. */
const SHARE = 20;

export interface Rest {
  /** Whether it is over. */
  readonly over: boolean;
  /** Does the work, and rests. */
  after<T>(work: () => T): T;
}

/** Rests `least` ms at least. */
export function createRest(least = 0): Rest {
  let until_ms = Number.NEGATIVE_INFINITY;
  return {
    get over() {
      return performance.now() >= until_ms;
    },
    after(work) {
      const from = performance.now();
      const done = work();
      const to = performance.now();
      until_ms = to + Math.max(least, (to - from) * SHARE);
      return done;
    },
  };
}
