// Turns the samples of one device into pieces of energy that tile the run's window without hole or overlap.
//
// A counter is the truth: a piece runs from one change of the counter to the next, and polled power only shapes
// its inside. A gauge is integrated by trapezoids over every sample, repeats included (docs/methodology.md#gauges).
// What could not be seen becomes an estimated piece with bounds, or one without energy: never a silent zero.

import {
  blurOf,
  clearestMove,
  cutPiece,
  type GapReason,
  gauged,
  maxOf,
  minOf,
  outsideDoubt,
  type Piece,
  type Point,
  sumOf,
  unknownPiece,
  widestGap,
} from './pieces.ts';
import type { Sample } from './port.ts';
import { createSpread } from './spread.ts';
import { createUnwrapper } from './unwrap.ts';

export interface IntegratorOptions {
  /** Start of the window, epoch ms: energy before it is cut off. */
  readonly from_ms: number;
  /** Nominal sampling period, s; more than 3 of them between samples is a gap. */
  readonly period_s: number;
  /** Highest plausible power, W; null where unknown. */
  readonly limit_w: number | null;
  /** What a gauge's value stands for: the instant of the read, or the mean since the last read. */
  readonly gauge: 'instant' | 'mean-since-last';
  /** Range of a counter that begins again at 0, J; absent where a fall is always a reset. */
  readonly wraps_at_j?: number | undefined;
  /** Longest time in s for which the counter holds a value, where that is known; else it is seen from the samples. */
  readonly holds_s?: number | null;
}

/** What was noticed on the way, for notes, warnings and intervals. */
export interface Findings {
  readonly resets: number;
  readonly stalls: number;
  /** Bound in J on how stale the counter was at both edges of the window. */
  readonly edge_j: number;
  /** Energy in J by counter and by polled power over the same time; equal zeros where only one is there. */
  readonly counter_j: number;
  readonly polled_j: number;
  /** Share of the power's variance that is between neighbouring samples: near 1 = faster than the sampling. */
  readonly roughness: number;
  /** Standard deviation over mean of the sampled power. */
  readonly swing: number;
  readonly samples: number;
}

export interface Integrator {
  push(sample: Pick<Sample, 'at_ms' | 'energy_j' | 'power_w'>): Piece[];
  /** Tells where the window ends: samples may go on a little, so that the energy up to there is known. */
  until(to_ms: number): void;
  /** Closes the window at to_ms. */
  end(to_ms: number): Piece[];
  findings(): Findings;
}

/** A counter that has not moved for so long, in ms and in periods, gives way to polled power. */
const STALLED_MS = 1000;
const STALLED_PERIODS = 10;
const GAP_PERIODS = 3;
/** Power below is noise: a counter in whole mJ may rightly stand. */
const FLOWING_W = 1;
/** Short excursions above the limit are real (up to about twice); a counter that jumps beyond that is not. */
const OVERSHOOT = 3;
/**
 * What a counter that wraps is taken to reach where no limit is told, W: a processor package or its memory. Twice the
 * highest rated power of a server processor in 2026, 500 W (AMD EPYC 9965, Intel Xeon 6980P; makers' data sheets).
 */
const UNSAID_W = 1000;

/** An integrator of one device; samples go in by time, pieces come out that tile [from_ms, end). */
export function createIntegrator(options: IntegratorOptions): Integrator {
  const { from_ms, period_s, limit_w, wraps_at_j: range_j } = options;
  /** Bounds what was not seen, W; 0 where nothing is known but what was polled. */
  const bound_w = limit_w ?? (range_j === undefined ? 0 : UNSAID_W);
  const wraps =
    range_j === undefined ? null : createUnwrapper({ range_j, limit_w: bound_w, overshoot: OVERSHOOT, period_s });
  let newest_ms = Number.NEGATIVE_INFINITY;
  const gapMs = GAP_PERIODS * period_s * 1000;
  const stalledMs = Math.max(STALLED_MS, STALLED_PERIODS * period_s * 1000);
  /** Samples not yet turned into pieces: the first is where the last piece ended. */
  let pending: Point[] = [];
  let unreadable = false;
  let ended = false;
  let lastPower: number | null = null;
  let resets = 0;
  /** Stretches in which power was integrated because the counter stood still, until it moves again. */
  let stalls = 0;
  /** Whether the counter has been seen to move, and when it last did, epoch ms. */
  let changed = false;
  let moved_ms: number | null = null;
  /** The longest time between two of its moves, ms. */
  let stillest_ms = 0;
  /** Their J: the counter's next rise contains them, and they must not count twice. */
  let aheadJ = 0;
  let counterJ = 0;
  let polledJ = 0;
  let edgeStart: number | null = null;
  let edgeEnd = 0;
  /** How late the start of the next piece may be known, ms: a counter is stale by up to its own update. */
  let startBlur = period_s * 1000;
  /** Highest power seen around there, W. */
  let startPower = 0;
  const power = createSpread();
  /** Where the emitted pieces reach to, so that the tiling never overlaps. */
  let reached = from_ms;

  let windowEnd = Number.POSITIVE_INFINITY;
  /** Samples after the window's end, once that is known: they tell when the counter moves next. */
  const after: Point[] = [];

  /** What of the pieces is inside the window and not yet told; a hole before them is said to be unknown. */
  const clip = (pieces: Piece[]): Piece[] => {
    const out: Piece[] = [];
    for (const piece of pieces) {
      const cut = cutPiece(piece, reached, windowEnd);
      if (cut === null) continue;
      if (cut.from_ms > reached) out.push(unknownPiece(reached, cut.from_ms, 'late-first-reading'));
      reached = cut.to_ms;
      out.push(cut);
    }
    return out;
  };

  const between = (points: Point[]): Piece[] => {
    const first = points[0]!;
    const last = points[points.length - 1]!;
    const span = last.at_ms - first.at_ms;
    const held = unreadable;
    if (first.energy_j !== null && last.energy_j !== null) {
      const risen = last.energy_j - first.energy_j;
      const gap = widestGap(points) > gapMs;
      const hole = held ? 'unreadable' : 'too-far-apart';
      const since = moved_ms ?? first.at_ms;
      if (risen !== 0) {
        stillest_ms = Math.max(stillest_ms, last.at_ms - since);
        moved_ms = last.at_ms;
      }
      if (risen < 0) {
        resets++;
        aheadJ = 0;
        return clip([estimated(points, 'counter-reset', Math.max(0, last.energy_j))]);
      }
      const hidden = points.slice(1).reduce((s, { hidden_j }) => s + (hidden_j ?? 0), 0);
      if (hidden > 0) {
        changed = true;
        return clip([wrappedUnseen(points, risen, hidden)]);
      }
      const flowing = Math.max(first.power_w ?? 0, last.power_w ?? 0) > FLOWING_W;
      // A counter that has not moved over a gap tells nothing of it: as over a stall, its next rise does.
      if (risen === 0 && gap && flowing) {
        const piece = estimated(points, hole, 0);
        aheadJ += piece.energy_j ?? 0;
        return clip([piece]);
      }
      // The first change holds what was used since one that nobody saw: up to there power knows better.
      if (!changed && risen > 0) {
        const pieces = !gap ? gauged(points, options.gauge) : flowing ? [estimated(points, hole, 0)] : [];
        if (pieces.length > 0) {
          changed = true;
          startBlur = blurOf(points);
          startPower = maxOf(points) ?? 0;
          aheadJ = 0;
          stalls = 0;
          return clip(pieces);
        }
      }
      const elapsed_ms = last.at_ms - since;
      const most =
        wraps?.reach_j(elapsed_ms) ?? (limit_w === null ? null : OVERSHOOT * limit_w * (elapsed_ms / 1000 + period_s));
      if (most !== null && risen - aheadJ > most) {
        return clip([estimated(points, 'implausible', 0)]);
      }
      changed ||= risen > 0;
      return clip(counted(points, { risen, since }, gap ? hole : null));
    }
    if (first.power_w === null || last.power_w === null) return [];
    if (span > gapMs) return clip([estimated(points, held ? 'unreadable' : 'too-far-apart', 0)]);
    return clip(gauged(points, options.gauge));
  };

  /** Only the bounds are known: value from power around the hole, at most the limit throughout. */
  const estimated = (points: Point[], why: GapReason, atLeast: number): Piece => {
    const first = points[0]!;
    const last = points[points.length - 1]!;
    const seconds = (last.at_ms - first.at_ms) / 1000;
    const around = [first.power_w ?? lastPower, last.power_w].filter((w) => w !== null);
    const mean = around.length > 0 ? around.reduce((a, b) => a + b, 0) / around.length : null;
    const most = Math.max(bound_w, power.max(), ...around) * seconds;
    const floor = atLeast <= most ? atLeast : 0; // a counter that shows more did not begin again at 0
    if (mean === null && atLeast === 0) return unknownPiece(first.at_ms, last.at_ms, why);
    const value = Math.min(most, Math.max(floor, (mean ?? 0) * seconds));
    return {
      ...{ from_ms: first.at_ms, to_ms: last.at_ms, energy_j: value, low_j: floor, high_j: most },
      ...{ min_w: null, max_w: null, how: first.energy_j === null ? 'gauge' : 'counter', state: 'estimated', why },
    };
  };

  /** The counter may have gone round any number of times up to a bound: estimated between the fewest and the most. */
  const wrappedUnseen = (points: Point[], risen: number, hidden: number): Piece => {
    const [first, last] = [points[0]!, points[points.length - 1]!];
    if (lastPower === null) return unknownPiece(first.at_ms, last.at_ms, 'wrapped-unseen');
    const likely = (lastPower * (last.at_ms - first.at_ms)) / 1000;
    const value = Math.min(risen + hidden, Math.max(risen, likely));
    return {
      ...{ from_ms: first.at_ms, to_ms: last.at_ms, energy_j: value, low_j: risen, high_j: risen + hidden },
      ...{ min_w: null, max_w: null, how: 'counter', state: 'estimated', why: 'wrapped-unseen' },
    };
  };

  const counted = (
    points: Point[],
    { risen, since }: { risen: number; since: number },
    why: GapReason | null,
  ): Piece[] => {
    const state = why === null ? 'measured' : 'filled';
    const first = points[0]!;
    const last = points[points.length - 1]!;
    const seconds = (last.at_ms - first.at_ms) / 1000;
    const whole = state === 'filled' ? [] : gauged(points, options.gauge);
    const shaped = sumOf(whole);
    if (first.at_ms >= from_ms && whole.length > 0) {
      counterJ += risen;
      polledJ += shaped + aheadJ;
    }
    const rest = Math.max(0, risen - aheadJ);
    if (risen > 0) {
      aheadJ = Math.max(0, aheadJ - risen);
      stalls = 0;
    }
    const mean = rest / seconds;
    lastPower = last.power_w ?? risen / ((last.at_ms - since) / 1000);
    const most = Math.max(maxOf(points) ?? mean, mean);
    const doubt = outsideDoubt(whole, from_ms, windowEnd);
    if (edgeStart === null && last.at_ms > from_ms) edgeStart = Math.max(most, startPower) * (startBlur / 1000) + doubt;
    startBlur = blurOf(points);
    startPower = most;
    edgeEnd = most * (startBlur / 1000) + (last.at_ms > windowEnd ? doubt : 0);
    // Polled power says how the counted energy is spread inside the piece, not how much there is. What fell outside the
    // window is taken off as polled, not in proportion: the counter's moves on either side of an edge are seen as they
    // happen (bursts), those inside the window late.
    const shape = whole.flatMap((piece) => cutPiece(piece, from_ms, windowEnd) ?? []);
    const inside = sumOf(shape);
    const outside = shaped - inside;
    if (inside > 0 && (shape.length > 1 || outside > 0)) {
      const scale = Math.max(0, rest - outside) / inside;
      return shape.map((piece) => {
        const energy = piece.energy_j! * scale;
        return { ...piece, energy_j: energy, low_j: energy, high_j: energy, how: 'counter', state, why };
      });
    }
    return [
      {
        from_ms: first.at_ms,
        to_ms: last.at_ms,
        energy_j: rest,
        low_j: rest,
        high_j: rest,
        min_w: minOf(points) ?? mean,
        max_w: maxOf(points) ?? mean,
        how: 'counter',
        state,
        why,
      },
    ];
  };

  const push: Integrator['push'] = (sample) => {
    if (ended) return [];
    const point: Point = { at_ms: sample.at_ms, energy_j: sample.energy_j, power_w: sample.power_w };
    if (wraps !== null && point.energy_j !== null) {
      if (point.at_ms <= newest_ms) return [];
      newest_ms = point.at_ms;
      Object.assign(point, wraps.push(point.at_ms, point.energy_j));
    }
    if (point.at_ms <= windowEnd) return take(point);
    after.push(point);
    return [];
  };

  const take = (point: Point): Piece[] => {
    if (point.energy_j === null && point.power_w === null) {
      unreadable = true;
      return [];
    }
    const last = pending[pending.length - 1];
    if (last !== undefined && point.at_ms <= last.at_ms) return [];
    if (point.power_w !== null && point.at_ms >= from_ms) power.add(point.power_w);
    if (last === undefined) {
      pending = [point];
      moved_ms = point.at_ms;
      unreadable = false;
      return point.at_ms > from_ms && point.power_w !== null ? head(point, point.power_w) : [];
    }
    const first = pending[0]!;
    pending.push(point);
    const out: Piece[] = [];
    if (reached === from_ms && first.at_ms > from_ms) out.push(...headBeforeCounter(first, point));
    const waits = first.energy_j !== null && point.energy_j === first.energy_j && point.at_ms - last.at_ms <= gapMs;
    if (waits && point.at_ms - first.at_ms < stalledMs) return out;
    // A counter that stands still while power flows is not telling: power is integrated instead.
    const stalled = waits && (point.power_w ?? 0) > FLOWING_W && first.power_w !== null;
    if (stalled) {
      stalls++;
      const pieces = gauged(pending, options.gauge);
      aheadJ += pieces.reduce((s, piece) => s + piece.energy_j!, 0);
      out.push(...clip(pieces));
    } else if (point.energy_j === null || first.energy_j === null) {
      // A gauge, or a counter that vanished or came: power carries over if it can.
      out.push(...between(pending.map((p) => ({ ...p, energy_j: null }))));
    } else out.push(...between(pending));
    if (point.power_w !== null) lastPower = point.power_w;
    pending = [point];
    unreadable = false;
    return out;
  };

  /** The first sample came after the window's start: bounded, and labelled unless within one period. */
  const head = (first: Point, watts: number): Piece[] => {
    const seconds = (first.at_ms - from_ms) / 1000;
    const near = seconds <= period_s;
    const most = Math.max(bound_w, watts) * seconds;
    return clip([
      {
        ...{ from_ms, to_ms: first.at_ms, energy_j: watts * seconds, low_j: near ? watts * seconds : 0 },
        ...{ high_j: near ? watts * seconds : most, min_w: watts, max_w: watts },
        ...{ how: 'gauge', state: near ? 'measured' : 'estimated', why: near ? null : 'late-first-reading' },
      },
    ]);
  };

  /** As head(), for a counter without power: its first rise tells the power before. */
  const headBeforeCounter = (first: Point, next: Point): Piece[] => {
    if (first.energy_j === null || next.energy_j === null || next.energy_j <= first.energy_j) return [];
    return head(first, ((next.energy_j - first.energy_j) / (next.at_ms - first.at_ms)) * 1000);
  };

  const end: Integrator['end'] = (to_ms) => {
    ended = true;
    windowEnd = to_ms;
    const out = closing();
    if (to_ms <= reached) return out;
    const lastPoint = pending[pending.length - 1];
    if (lastPoint === undefined) {
      return clip([unknownPiece(from_ms, to_ms, unreadable ? 'unreadable' : 'never-read')]);
    }
    if (pending.length > 1) {
      // The counter has not moved since pending[0]: its next rise is not ours to see.
      const shape = gauged(pending, options.gauge);
      const rate = lastPower ?? 0;
      const seconds = (lastPoint.at_ms - pending[0]!.at_ms) / 1000;
      edgeEnd += shape.length > 0 ? 0 : rate * seconds;
      if (shape.length > 0) out.push(...clip(shape));
      else out.push(...clip([tailPiece(pending[0]!.at_ms, lastPoint.at_ms, rate)]));
    }
    if (to_ms > reached) {
      const watts = lastPoint.power_w ?? lastPower;
      if (watts === null) return [...out, ...clip([unknownPiece(reached, to_ms, 'no-last-reading')])];
      out.push(...clip([tailPiece(reached, to_ms, watts)]));
    }
    return out;
  };

  /** What the samples after the window's end tell of its last stretch. */
  const closing = (): Piece[] => {
    const points = [...pending, ...after];
    const move = pending.length > 0 && widestGap(points) <= gapMs ? clearestMove(points, pending.length) : -1;
    if (move < 0) return after.flatMap((point) => take(point));
    const out = between(points.slice(0, move + 1));
    pending = [points[move]!];
    return out;
  };

  const tailPiece = (from: number, to: number, watts: number): Piece => {
    const seconds = (to - from) / 1000;
    const near = to - from <= 1.5 * period_s * 1000;
    const value = watts * seconds;
    const most = Math.max(bound_w, watts, power.max()) * seconds;
    return {
      ...{ from_ms: from, to_ms: to, energy_j: value, low_j: near ? value : 0, high_j: near ? value : most },
      ...{ min_w: watts, max_w: watts, how: 'gauge', state: near ? 'measured' : 'estimated' },
      why: near ? null : 'no-last-reading',
    };
  };

  return {
    push,
    until: (to_ms) => {
      windowEnd = to_ms;
    },
    end,
    findings() {
      const seen = power.result();
      // Without power nothing tells what a standing counter holds back: up to a whole update at each edge.
      const held_ms = Math.min(stillest_ms, 1000 * (options.holds_s ?? Number.POSITIVE_INFINITY));
      const blind_j = seen.samples === 0 ? (2 * (lastPower ?? 0) * held_ms) / 1000 : 0;
      const edge_j = Math.max((edgeStart ?? 0) + edgeEnd, blind_j);
      return { ...{ resets, stalls, edge_j, counter_j: counterJ, polled_j: polledJ }, ...seen };
    },
  };
}
