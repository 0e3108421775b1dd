// UTC that never jumps: taken once from the wall clock, then advanced by the monotonic one.
//
// Two processes of one boot agree when they share an anchor, since the monotonic clock is the machine's.

export interface Anchor {
  /** Epoch ms at the instant when the monotonic clock showed `mono_ms`. */
  readonly utc_ms: number;
  readonly mono_ms: number;
}

/** Both clocks at this instant, ms. */
export function newAnchor(): Anchor {
  return { utc_ms: performance.timeOrigin + performance.now(), mono_ms: monotonicMs() };
}

/** Epoch ms, fractional, by the anchor. */
export function clockOf(anchor: Anchor): () => number {
  const offset = monotonicMs() - performance.now();
  return () => anchor.utc_ms + (performance.now() + offset - anchor.mono_ms);
}

function monotonicMs(): number {
  const [s, ns] = process.hrtime();
  return s * 1000 + ns / 1e6;
}
