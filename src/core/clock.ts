// UTC that never jumps: taken once from the wall clock, then advanced by the monotonic one, and by the time that the machine
// slept meanwhile, which that one leaves out.
//
// Two processes of one boot agree when they share an anchor, since the monotonic clock is the machine's. A wall clock that is
// set moves nothing; that it moved is what makes us ask whether the machine slept.

import { readFileSync } from 'node:fs';

export interface Anchor {
  /** Epoch ms at the instant when the monotonic clock showed `mono_ms`. */
  readonly utc_ms: number;
  readonly mono_ms: number;
  /** By how much the time since boot was ahead of the monotonic clock: what it gained since, the machine slept. Null: not known. */
  readonly ahead_ms: number | null;
}

/** A move of the wall clock below it is none: the kernel's steering of it, and a process that was held between two readings. */
const MOVED_MS = 200;
/** What the kernel tells of the time since boot is rounded to 10 ms. */
const SLEPT_MS = 100;

/** Both clocks at this instant, ms; `procfs` is where /proc is seen. */
export function newAnchor(procfs: string): Anchor {
  return {
    utc_ms: performance.timeOrigin + performance.now(),
    mono_ms: monotonicMs(),
    ahead_ms: bootAheadMs(procfs),
  };
}

/** Epoch ms, fractional, by the anchor. */
export function clockOf(anchor: Anchor, procfs: string): () => number {
  const offset = monotonicMs() - performance.now();
  let slept_ms = sleptSince(anchor, procfs);
  let wall_ms = Date.now() - performance.now();
  return () => {
    const mono_ms = performance.now();
    const moved_ms = Date.now() - mono_ms - wall_ms;
    if (Math.abs(moved_ms) > MOVED_MS) {
      wall_ms += moved_ms;
      slept_ms = Math.max(slept_ms, sleptSince(anchor, procfs));
    }
    return anchor.utc_ms + (mono_ms + offset - anchor.mono_ms) + slept_ms;
  };
}

function sleptSince({ ahead_ms }: Anchor, procfs: string): number {
  const now_ms = ahead_ms === null ? null : bootAheadMs(procfs);
  const slept_ms = now_ms === null ? 0 : now_ms - ahead_ms!;
  return slept_ms > SLEPT_MS ? slept_ms : 0;
}

/** The time since boot, with sleep (proc(5), uptime), less the monotonic clock; null where it cannot be read. */
function bootAheadMs(procfs: string): number | null {
  try {
    const since_boot_ms = 1000 * Number(readFileSync(`${procfs}/uptime`, 'utf8').split(' ')[0]);
    return Number.isFinite(since_boot_ms) ? since_boot_ms - monotonicMs() : null;
  } catch {
    return null;
  }
}

function monotonicMs(): number {
  const [s, ns] = process.hrtime();
  return s * 1000 + ns / 1e6;
}
